"""The published results (published.toml) and the comparison with them."""

import math
import tomllib
from functools import cache
from importlib.resources import files

import pandas as pd

from hw.metrics import mean_and_spread

Z95 = 1.96  # two-sided 95 % of the normal distribution


@cache
def published():
    """All published systems by their short names, as published.toml has them.

    Returns
    -------
    dict[str, dict]
        Each with ``task``, ``title``, ``recipe``, and what was published: ``scores``, ``log``, ``grid``.
    """
    return tomllib.loads(files("hw.published").joinpath("published.toml").read_text(encoding="utf-8"))


def compare(task, scores, standard_errors, higher_is_better=True):
    """Our scores beside those of every published system of the same task.

    A difference counts only outside the noise: 1.96 · √(standard error² + spread² / number of seeds), the standard
    error being that of one score on this test set and the spread the standard deviation over seeds (0 for one seed).

    Parameters
    ----------
    task : str
        As in published.toml: "classification", "reconstruction".
    scores : dict[str, list[float]]
        Our values by the published scores' names, one for each seed.
    standard_errors : dict[str, float]
        Of a single value, from the size of the test set.
    higher_is_better : bool
        Which direction is an improvement.

    Returns
    -------
    pandas.DataFrame
        A row for each published score that we have too, with the columns ``system score published ours spread
        difference noise verdict``.
    """
    rows = []
    for system, facts in published().items():
        for score, value in facts.get("scores", {}).items():
            if facts["task"] == task and score in scores:
                rows.append({"system": system, "score": score, "published": value})
                rows[-1] |= _judge(value, scores[score], standard_errors[score], higher_is_better)
    return pd.DataFrame(rows)


def published_log(system):
    """The published training log of a system, a row per printed epoch; without rows where none was published."""
    return pd.DataFrame(published().get(system, {}).get("log", {"epoch": []}))


def compare_log(system, history):
    """The published training log of a system beside our history.

    Parameters
    ----------
    system : str
        Short name of a published system.
    history : pandas.DataFrame
        As :func:`hw.fit` returns it.

    Returns
    -------
    pandas.DataFrame
        A row for each published epoch that we trained, two columns for each published quantity; empty where the system
        has no published log.
    """
    log = published_log(system)
    ours = history[[name for name in log.columns if name in history]]
    merged = log.merge(ours, on="epoch", suffixes=(" published", " ours"))
    return merged[["epoch", *sorted(set(merged.columns) - {"epoch"}, key=_quantity_then_published)]]


def compare_grid(system, table):
    """The published grid of configurations beside ours.

    Parameters
    ----------
    system : str
        Short name of a published system that has a grid.
    table : pandas.DataFrame
        As :func:`hw.sweep.summary` returns it.

    Returns
    -------
    pandas.DataFrame
        `table` with a column ``<score> published`` behind each score that was published; NaN where it was not.
    """
    grid = pd.DataFrame(published()[system]["grid"])
    merged = table.merge(grid, how="left", on=["learning_rate", "hidden_size"], suffixes=("", " published"))
    return merged[[name for column in table for name in (column, f"{column} published") if name in merged]]


def _judge(value, ours, standard_error, higher_is_better):
    mean, spread = mean_and_spread(ours)
    noise = Z95 * math.hypot(standard_error, 0.0 if math.isnan(spread) else spread / math.sqrt(len(ours)))
    gain = (mean - value) * (1 if higher_is_better else -1)
    verdict = "beaten" if gain > noise else "not reached" if gain < -noise else "equal within noise"
    return {"ours": mean, "spread": spread, "difference": mean - value, "noise": noise, "verdict": verdict}


def _quantity_then_published(column):
    quantity, _, whose = column.partition(" ")
    return quantity, whose != "published"
