"""Tables that compare our results with the published ones."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from hw.config import TrainingConfig
from hw.metrics import binomial_standard_error, mean_and_spread
from hw.published.entries import published
from hw.published.verdicts import judge

COLUMNS = ["system", "score", "published", "ours", "spread", "difference", "noise", "margin"]
COLUMNS += ["verdict", "source"]


def compare(
    task: str,
    scores: Mapping[str, Sequence[float]],
    standard_errors: Mapping[str, float],
    higher_is_better: bool = True,
    config: TrainingConfig | None = None,
) -> pd.DataFrame:
    """Compare our scores with those of every published system of the same task.

    :mod:`hw.published.verdicts` says how they are judged.

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
    config
        The report's settings: only what was published on its data set is compared, what is in its
        file ``published`` included. Its own system is "reproduced" where another is "equivalent",
        and the verdict on a run that they shorten is "shortened run".

    Returns
    -------
    DataFrame
        A row for each published score that we have too, with the columns ``system score published
        ours spread difference noise margin verdict``. The verdict is "not comparable" on a score
        of which published.toml says so.
    """
    rows = []
    for system, entry in published(config).items():
        for score, value in entry.get("scores", {}).items():
            if entry["task"] != task or score not in scores:
                continue
            mean, spread = mean_and_spread(scores[score])
            margin = entry.get("margins", {}).get(score, 0.0)
            judged = judge(
                value,
                mean,
                spread,
                len(scores[score]),
                standard_error=standard_errors[score],
                margin=margin,
                higher_is_better=higher_is_better,
            )
            if "not_comparable" in entry:
                judged = {"difference": math.nan, "noise": math.nan, "verdict": "not comparable"}
            else:
                judged["verdict"] = _reported(judged["verdict"], config, system)
            row = {"system": system, "score": score, "published": value}
            row |= {"ours": mean, "spread": spread, "margin": margin or math.nan}
            row["source"] = entry.get("source", "")
            rows.append(row | judged)
    return pd.DataFrame(rows, columns=COLUMNS)


def compare_baselines(
    baselines: Mapping[str, float],
    scores: Sequence[float],
    higher_is_better: bool = False,
    config: TrainingConfig | None = None,
) -> pd.DataFrame:
    """Compare our scores with values without noise, such as the errors of PCA on the same rows.

    Parameters
    ----------
    baselines
        Values by name: each is computed from the data that our scores are, and would come out the
        same again.
    scores
        Our values, one per seed.
    higher_is_better
        Which direction is an improvement.
    config
        As in :func:`compare`.

    Returns
    -------
    DataFrame
        A row for each baseline, with the columns ``baseline value ours spread difference noise
        verdict``.
    """
    mean, spread = mean_and_spread(scores)
    rows = []
    for name, value in baselines.items():
        row = {"baseline": name, "value": value, "ours": mean, "spread": spread}
        settings = {"exact": True, "higher_is_better": higher_is_better}
        judged = judge(value, mean, spread, len(scores), **settings)
        judged["verdict"] = _reported(judged["verdict"], config, "")
        rows.append(row | judged)
    return pd.DataFrame(rows)


def published_log(system: str, config: TrainingConfig | None = None) -> pd.DataFrame:
    """The published training log of a system, a row per printed epoch; empty if there is none."""
    return pd.DataFrame(published(config).get(system, {}).get("log", {"epoch": []}))


def compare_log(
    system: str, history: pd.DataFrame, config: TrainingConfig | None = None
) -> pd.DataFrame:
    """Compare the published training log of a system with our history.

    Parameters
    ----------
    system
        Short name of a published system.
    history
        As :func:`hw.fit` returns it.
    config
        As in :func:`compare`.

    Returns
    -------
    DataFrame
        A row for each published epoch that we trained, with the columns ``<score> published`` and
        ``<score> ours`` for each published score; empty if there is no published log.
    """
    log = published_log(system, config)
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


def judge_grid(
    system: str,
    table: pd.DataFrame,
    *,
    n_seeds: int,
    n_images: int,
    score: str = "val_macro_f1",
    config: TrainingConfig | None = None,
) -> pd.DataFrame:
    """Judge each configuration of the published grid by the rule of :func:`compare`.

    Parameters
    ----------
    system
        Short name of a published system that has a grid.
    table
        As :func:`hw.sweep.summary` returns it; its ``spread`` must be that of `score`.
    n_seeds
        Seeds of each configuration; those that diverged are not counted.
    n_images
        Images that the scores are measured on. The standard error of a score is taken for that of
        a rate.
    score
        A column of `table` and of the published grid, in [0, 1], higher is better.
    config
        As in :func:`compare`.

    Returns
    -------
    DataFrame
        A row for each configuration that was published, with the columns ``learning_rate
        hidden_size published ours spread difference noise verdict``.
    """
    margin = published()[system].get("margins", {}).get(score, 0.0)
    rows = []
    for row in compare_grid(system, table).to_dict("records"):
        value = row[f"{score} published"]
        mean = row[score]
        if math.isnan(value):
            continue
        judged = judge(
            value,
            mean,
            row["spread"],
            n_seeds - row.get("diverged", 0),
            standard_error=binomial_standard_error(mean, n_images),
            margin=margin,
        )
        judged["verdict"] = _reported(judged["verdict"], config, system)
        configuration = {name: row[name] for name in ("learning_rate", "hidden_size")}
        ours = {"published": value, "ours": mean, "spread": row["spread"]}
        rows.append(configuration | ours | judged)
    return pd.DataFrame(rows)


def _reported(verdict: float | str, config: TrainingConfig | None, system: str) -> float | str:
    """The verdict of a report: none if it is shortened; on its own system, "reproduced"."""
    if config and config.shortening():
        return "shortened run"
    own = config is not None and config.system == system
    return "reproduced" if own and verdict == "equivalent" else verdict


def _score_then_published(column: str) -> tuple[str, bool]:
    score, _, source = column.partition(" ")
    return score, source != "published"
