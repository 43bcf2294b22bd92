"""What a sweep found: a table of its configurations, the best one, and tests between neighbours."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from scipy.stats import t, ttest_rel

from hw.training import Result, Trainable

LEVEL = 0.05  # of the tests between neighbours, all together


def summary(results: Sequence[Result], score: str | None = None) -> pd.DataFrame:
    """Average the scores in the best epoch over seeds, for each configuration.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them.
    score
        The column whose spread is given; None: the one that the networks monitor.

    Returns
    -------
    DataFrame
        A row per configuration, in the order of `results`: its settings (lists as text, such as
        ``256-128``), then ``train_…`` and ``val_…``, the standard deviation over seeds ``spread``
        of `score`, and ``diverged``, the number of seeds that did.
    """
    score = score or _monitored(results)
    names = map(str, results[0].history)
    columns = [name for name in names if name.startswith(("train_", "val_"))]
    frame = pd.DataFrame(
        configuration_of(result)
        | result.best_epoch[columns].to_dict()
        | {"diverged": result.diverged}
        for result in results
    )
    groups = frame.groupby(list(results[0].settings), sort=False)
    table = groups[columns].mean()
    table["spread"] = groups[score].std()
    table["diverged"] = groups["diverged"].sum()
    return table.reset_index()


def best(
    results: Sequence[Result],
    score: str | None = None,
    mode: Literal["max", "min"] | None = None,
) -> list[Result]:
    """Select the configuration with the best mean of a score in the best epoch.

    Configurations that diverged with any seed are left out.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them.
    score
        Column of the history; None: the one that the networks monitor.
    mode
        ``max`` if higher is better, ``min`` if lower is; None: as for the monitored column.

    Returns
    -------
    list
        Its results, one for each seed.

    Raises
    ------
    ValueError
        If every configuration diverged.
    """
    score = score or _monitored(results)
    mode = mode or cast(Trainable, results[0].model).monitor_mode
    table = summary(results, score)
    table = table[table["diverged"] == 0]
    if table.empty:
        raise ValueError("every configuration diverged: lower the learning rates")
    row = table[score].idxmax() if mode == "max" else table[score].idxmin()
    winner = table[list(results[0].settings)].to_dict("index")[row]
    return [result for result in results if configuration_of(result) == winner]


def compare_neighbours(results: Sequence[Result], score: str | None = None) -> pd.DataFrame:
    """Test whether neighbouring configurations differ, with a paired t-test over seeds.

    Neighbours differ in one setting, by one step in the order of its values.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them, with at least two seeds.
    score
        Column of the history; None: the one that the networks monitor.

    Returns
    -------
    DataFrame
        A row per pair of neighbours: ``from``, ``to``, the mean ``difference`` of the score, its
        ``p``, and ``significant``, ``yes`` or ``no`` at 5 % after Holm's correction (Holm 1979)
        for the number of pairs. ``detectable`` says how little the test can find: the smallest
        difference of this pair, with its scatter over seeds, that would be significant if no other
        is. Empty for a single seed.
    """
    score = score or _monitored(results)
    scores = pd.DataFrame(
        configuration_of(result) | {"seed": result.seed, score: result.best_epoch[score]}
        for result in results
    )
    names = list(results[0].settings)
    table = scores.pivot(index=names, columns="seed", values=score).dropna()
    keys = [key if isinstance(key, tuple) else (key,) for key in table.index]
    by_key = dict(zip(keys, table.to_numpy(), strict=True))  # (seeds,) for each configuration
    n_seeds = len(table.columns)
    pairs = _neighbours(scores[names], by_key) if n_seeds > 1 else []
    quantile = t.ppf(1 - LEVEL / 2 / max(1, len(pairs)), max(1, n_seeds - 1))
    rows = []
    for before, after in pairs:
        differences = by_key[after] - by_key[before]  # (seeds,)
        row = {
            "from": _words(names, before),
            "to": _words(names, after),
            "difference": differences.mean(),
            "detectable": quantile * differences.std(ddof=1) / math.sqrt(n_seeds),
            "p": float(ttest_rel(by_key[after], by_key[before]).pvalue),
        }
        rows.append(row)
    frame = pd.DataFrame(rows, columns=["from", "to", "difference", "detectable", "p"])
    frame = frame.sort_values("p", ignore_index=True)
    thresholds = LEVEL / (len(frame) - np.arange(len(frame)))
    significant = np.minimum.accumulate(frame["p"] <= thresholds)  # none after the first failure
    frame["significant"] = np.where(significant, "yes", "no")
    return frame


def configuration_of(result: Result) -> dict[str, Any]:
    """Settings of a result as the values of a table: lists become text, such as ``256-128``."""
    return {
        name: "-".join(map(str, value)) if isinstance(value, list) else value
        for name, value in result.settings.items()
    }


def _monitored(results: Sequence[Result]) -> str:
    return cast(Trainable, results[0].model).monitor


def _words(names: Sequence[str], values: Sequence[Any]) -> str:
    """A configuration in words, such as ``learning rate 0.01, hidden size 64``."""
    pairs = zip(names, values, strict=True)
    return ", ".join(
        f"{name.replace('_', ' ')} {f'{value:g}' if isinstance(value, float) else value}"
        for name, value in pairs
    )


def _neighbours(
    configurations: pd.DataFrame, known: Mapping[tuple[Any, ...], Any]
) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Pairs of known configurations that are one step apart in one setting.

    Numbers are in their order, other values in the order in which they appear.
    """
    pairs = []
    for position, name in enumerate(configurations):
        column = configurations[name]
        levels = column.drop_duplicates()
        if pd.api.types.is_numeric_dtype(column):
            levels = levels.sort_values()
        steps = dict(pairwise(levels))
        for before in known:
            if before[position] in steps:
                after = (*before[:position], steps[before[position]], *before[position + 1 :])
                if after in known:
                    pairs.append((before, after))
    return pairs
