"""What a sweep found: a table of its configurations, the best one, and tests between neighbours."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import t, ttest_rel

from hw.training import Result

LEVEL = 0.05  # of the tests between neighbours, all together

_CONFIGURATION = ["learning_rate", "hidden_size"]
Configuration = tuple[float, int]  # learning rate and hidden size

_SCORES = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "val_macro_f1"]


def summary(results: Sequence[Result]) -> pd.DataFrame:
    """Average the scores in the best epoch over seeds, for each configuration.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them.

    Returns
    -------
    DataFrame
        A row per configuration: ``learning_rate hidden_size``, then ``train_loss val_loss
        train_accuracy val_accuracy val_macro_f1``, the standard deviation over seeds ``spread`` of
        the last, and ``diverged``, the number of seeds that did.
    """
    frame = pd.DataFrame(
        result.settings | result.best_epoch[_SCORES].to_dict() | {"diverged": result.diverged}
        for result in results
    )
    groups = frame.groupby(_CONFIGURATION, sort=False)
    table = groups[_SCORES].mean()
    table["spread"] = groups["val_macro_f1"].std()
    table["diverged"] = groups["diverged"].sum()
    return table.reset_index().sort_values(
        _CONFIGURATION, ascending=[False, True], ignore_index=True
    )


def best(results: Sequence[Result]) -> list[Result]:
    """Select the configuration with the highest mean validation macro F1.

    Configurations that diverged with any seed are left out.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them.

    Returns
    -------
    list
        Its results, one for each seed.

    Raises
    ------
    ValueError
        If every configuration diverged.
    """
    table = summary(results)
    table = table[table["diverged"] == 0]
    if table.empty:
        raise ValueError("every configuration diverged: lower learning_rates")
    winner = table.set_index(_CONFIGURATION)["val_macro_f1"].idxmax()
    return [result for result in results if _configuration(result) == winner]


def compare_neighbours(results: Sequence[Result]) -> pd.DataFrame:
    """Test whether neighbouring configurations differ, with a paired t-test over seeds.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them, with at least two seeds.

    Returns
    -------
    DataFrame
        A row per pair of configurations that are neighbours in the grid: ``from``, ``to``, the mean
        ``difference`` of validation macro F1, its ``p``, and ``significant``, ``yes`` or ``no`` at
        5 % after Holm's correction (Holm 1979) for the number of pairs. ``detectable`` says how
        little the test can find: the smallest difference of this pair, with its scatter over
        seeds, that would be significant if no other is. Empty for a single seed.
    """
    scores = pd.DataFrame(
        result.settings | {"seed": result.seed, "f1": result.best_epoch["val_macro_f1"]}
        for result in results
    )
    table = scores.pivot(index=_CONFIGURATION, columns="seed", values="f1").dropna()
    f1 = dict(zip(table.index, table.to_numpy(), strict=True))  # (seeds,) for each configuration
    n_seeds = len(table.columns)
    pairs = _neighbours(list(f1)) if n_seeds > 1 else []
    quantile = t.ppf(1 - LEVEL / 2 / max(1, len(pairs)), max(1, n_seeds - 1))
    rows = []
    for before, after in pairs:
        differences = f1[after] - f1[before]  # (seeds,)
        row = {
            "from": "rate {:g}, {} units".format(*before),
            "to": "rate {:g}, {} units".format(*after),
            "difference": differences.mean(),
            "detectable": quantile * differences.std(ddof=1) / math.sqrt(n_seeds),
            "p": float(ttest_rel(f1[after], f1[before]).pvalue),
        }
        rows.append(row)
    frame = pd.DataFrame(rows, columns=["from", "to", "difference", "detectable", "p"])
    frame = frame.sort_values("p", ignore_index=True)
    thresholds = LEVEL / (len(frame) - np.arange(len(frame)))
    significant = np.minimum.accumulate(frame["p"] <= thresholds)  # none after the first failure
    frame["significant"] = np.where(significant, "yes", "no")
    return frame


def _configuration(result: Result) -> Configuration:
    return result.settings["learning_rate"], result.settings["hidden_size"]


def _neighbours(configurations: Sequence[Configuration]) -> list[tuple[Configuration, ...]]:
    """Pairs of configurations that are one step apart in one setting."""
    learning_rates = sorted({learning_rate for learning_rate, _ in configurations})
    hidden_sizes = sorted({hidden_size for _, hidden_size in configurations})

    def steps(one: Configuration, other: Configuration) -> int:
        rate_steps = learning_rates.index(one[0]) - learning_rates.index(other[0])
        size_steps = hidden_sizes.index(one[1]) - hidden_sizes.index(other[1])
        return abs(rate_steps) + abs(size_steps)

    return [pair for pair in combinations(configurations, 2) if steps(*pair) == 1]
