"""The published results (published.toml), and tables that compare ours with them."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from hw.metrics import mean_and_spread

Z95 = 1.96
"""Standard errors on either side of a normal mean that cover 95 %."""


@cache
def published() -> dict[str, dict[str, Any]]:
    """All published systems by their short names, as in published.toml.

    Returns
    -------
    dict
        Each system has ``task``, ``title``, ``recipe``, and some of ``scores`` (by name), ``log``
        and ``grid`` (columns by name).
    """
    text = files("hw.published").joinpath("published.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def compare(
    task: str,
    scores: Mapping[str, Sequence[float]],
    standard_errors: Mapping[str, float],
    higher_is_better: bool = True,
) -> pd.DataFrame:
    """Compare our scores with those of every published system of the same task.

    A difference counts only if it exceeds 1.96 · √(standard error² + spread² / number of seeds).
    The standard error is that of one score on this test set, the spread is the standard deviation
    over seeds (0 for one seed).

    Parameters
    ----------
    task
        As in published.toml: "classification", "reconstruction".
    scores
        Our values by the names of the published scores, one per seed.
    standard_errors
        By the same names: standard error of a single value, from the size of the test set.
    higher_is_better
        Which direction is an improvement.

    Returns
    -------
    DataFrame
        A row for each published score that we have too, with the columns ``system score published
        ours spread difference noise verdict``.
    """
    rows = []
    for system, entry in published().items():
        for score, value in entry.get("scores", {}).items():
            if entry["task"] == task and score in scores:
                row = {"system": system, "score": score, "published": value}
                row |= _judge(value, scores[score], standard_errors[score], higher_is_better)
                rows.append(row)
    return pd.DataFrame(rows)


def published_log(system: str) -> pd.DataFrame:
    """The published training log of a system, a row per printed epoch; empty if there is none."""
    return pd.DataFrame(published().get(system, {}).get("log", {"epoch": []}))


def compare_log(system: str, history: pd.DataFrame) -> pd.DataFrame:
    """Compare the published training log of a system with our history.

    Parameters
    ----------
    system
        Short name of a published system.
    history
        As :func:`hw.fit` returns it.

    Returns
    -------
    DataFrame
        A row for each published epoch that we trained, with the columns ``<score> published`` and
        ``<score> ours`` for each published score; empty if there is no published log.
    """
    log = published_log(system)
    ours = history[[name for name in log.columns if name in history]]
    merged = log.merge(ours, on="epoch", suffixes=(" published", " ours"))
    scores = sorted(set(merged.columns) - {"epoch"}, key=_score_then_published)
    return merged[["epoch", *scores]]


def compare_grid(system: str, table: pd.DataFrame) -> pd.DataFrame:
    """Compare the published grid of configurations with ours.

    Parameters
    ----------
    system
        Short name of a published system that has a grid.
    table
        As :func:`hw.sweep.summary` returns it.

    Returns
    -------
    DataFrame
        `table` with a column ``<score> published`` after each score that was published; NaN for
        configurations that were not.
    """
    grid = pd.DataFrame(published()[system]["grid"])
    keys = ["learning_rate", "hidden_size"]
    merged = table.merge(grid, how="left", on=keys, suffixes=("", " published"))
    columns = [name for column in table for name in (column, f"{column} published")]
    return merged[[name for name in columns if name in merged]]


def _judge(
    value: float, ours: Sequence[float], standard_error: float, higher_is_better: bool
) -> dict[str, float | str]:
    """Our mean against a published value: difference, noise and verdict."""
    mean, spread = mean_and_spread(ours)
    seed_error = 0.0 if math.isnan(spread) else spread / math.sqrt(len(ours))
    noise = Z95 * math.hypot(standard_error, seed_error)
    gain = mean - value if higher_is_better else value - mean
    verdict = "equal within noise"
    if gain > noise:
        verdict = "beaten"
    if gain < -noise:
        verdict = "not reached"
    return {
        "ours": mean,
        "spread": spread,
        "difference": mean - value,
        "noise": noise,
        "verdict": verdict,
    }


def _score_then_published(column: str) -> tuple[str, bool]:
    score, _, source = column.partition(" ")
    return score, source != "published"
