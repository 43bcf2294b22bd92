"""Figures of a sweep over any settings, tested by their artists."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from hw import plots

SETTINGS = ["learning_rate", "hidden_sizes", "dropout"]


def _table(rates=(0.01, 0.001), sizes=("256-128", "64"), dropouts=(0.0, 0.2)):
    table = pd.DataFrame(product(rates, sizes, dropouts), columns=SETTINGS)
    return table.assign(val_accuracy=np.linspace(0.7, 0.9, len(table)))


def _lines(ax):
    return [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == len(SETTINGS) + 1]


@pytest.mark.parametrize(("mode", "best"), [("max", 0.9), ("min", 0.7)])
def test_every_configuration_is_a_line_and_the_best_stands_out(mode, best):
    table = _table()
    fig = plots.parallel_coordinates(table, SETTINGS, "val_accuracy", "accuracy", mode=mode)
    (ax,) = fig.axes
    assert len(_lines(ax)) == len(table)
    (thick,) = [line for line in ax.lines if line.get_linewidth() > 1.5]
    assert 0.7 + 0.2 * thick.get_ydata()[-1] == pytest.approx(best)
    texts = {text.get_text() for text in ax.texts}
    assert {"0.01", "0.001", "256-128", "64", "0", "0.2", "0.7000", "0.9000"} <= texts
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "learning rate",
        "hidden sizes",
        "dropout",
        "accuracy",
    ]


def test_a_configuration_without_a_score_has_no_line():
    table = _table()
    table.loc[3, "val_accuracy"] = np.nan
    (ax,) = plots.parallel_coordinates(table, SETTINGS, "val_accuracy", "accuracy").axes
    assert len(_lines(ax)) == len(table) - 1


def test_marginal_effects_join_the_means_at_each_value():
    table = _table()
    fig = plots.marginal_effects(table, SETTINGS, {"val_accuracy": "accuracy"})
    axes = [ax for ax in fig.axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in axes] == ["learning rate", "hidden sizes", "dropout"]
    for ax, setting in zip(axes, SETTINGS, strict=True):
        dots, means = (line.get_ydata() for line in ax.lines)
        assert len(dots) == len(table)
        expected = table.groupby(setting, sort=setting != "hidden_sizes")["val_accuracy"].mean()
        assert np.allclose(means, expected)


def test_hundreds_of_configurations_are_drawn_with_few_labels():
    rates = np.geomspace(1e-4, 1e-1, 40)
    table = _table(rates, ("16", "32"), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
    (ax,) = plots.parallel_coordinates(table, SETTINGS, "val_accuracy", "accuracy").axes
    assert len(_lines(ax)) == 560
    assert len(ax.texts) <= 7 + 2 + 7 + 2
    effects = plots.marginal_effects(table, SETTINGS, {"val_accuracy": "accuracy"})
    assert len(effects.axes[0].get_xticks()) <= 7
