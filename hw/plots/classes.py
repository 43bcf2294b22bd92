"""How a classifier does on each class, and how well its confidence matches its accuracy."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import confusion_matrix as count_confusions

from hw.data import Split
from hw.plots.cells import draw_cells
from hw.plots.style import BLUE, COLORS, ORANGE, SOFT, WASH, WIDTH, new_figure, styled


@styled
def class_balance(splits: Mapping[str, Split], class_names: Sequence[str]) -> Figure:
    """Number of images per class in each split.

    Parameters
    ----------
    splits
        By their names in the legend, at most four; empty ones are left out.
    class_names
        K names.
    """
    splits = {name: split for name, split in splits.items() if len(split)}
    fig = new_figure(2.4)
    ax = fig.subplots()
    width = 0.8 / len(splits)
    hatches = ("", "//", "..", "xx")
    for i, (name, split) in enumerate(splits.items()):
        counts = np.bincount(split.labels, minlength=len(class_names))
        centres = np.arange(len(class_names)) + (i - (len(splits) - 1) / 2) * width
        ax.bar(centres, counts, width, label=name, color=COLORS[i], hatch=hatches[i])
    _label_classes(ax, class_names)
    ax.set(ylabel="images")
    fig.legend(ncols=len(splits), loc="outside upper right")
    return fig


@styled
def confusion_matrix(labels: ArrayLike, y_pred: ArrayLike, class_names: Sequence[str]) -> Figure:
    """Confusion matrix in numbers of examples; zeros are left out.

    Correct predictions are grey. Errors are orange, the darker the more frequent.

    Parameters
    ----------
    labels, y_pred
        (N,) each, in 0..K−1.
    class_names
        K names.
    """
    classes = np.arange(len(class_names))
    counts = count_confusions(labels, y_pred, labels=classes)  # (K, K), rows are true classes
    most = max(1, counts[~np.eye(len(classes), dtype=bool)].max(initial=0))
    shades = np.where(counts, 0.06 + 0.74 * (counts / most) ** 0.7, 0).clip(0, 1)
    colors = [[WASH if i == j else to_rgba(ORANGE, shades[i, j]) for j in classes] for i in classes]
    texts = [[str(count) if count else "" for count in row] for row in counts]
    fig = new_figure(WIDTH * 0.72, width=WIDTH * 0.72)
    ax = fig.subplots()
    draw_cells(ax, colors, texts, class_names, class_names)
    ax.set(xlabel="predicted class", ylabel="true class", aspect="equal")
    ax.set_xticklabels(class_names, rotation=40, ha="right", rotation_mode="anchor")
    return fig


@styled
def reliability_diagram(table: pd.DataFrame) -> Figure:
    """Accuracy against confidence, with the number of examples below.

    Parameters
    ----------
    table
        As :func:`hw.metrics.reliability_table` returns it.
    """
    fig = new_figure(3.2, width=WIDTH * 0.6)
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], ":", color=SOFT, label="perfect calibration")
    upper.plot(table["confidence"], table["accuracy"], "o-", color=BLUE, label="classifier")
    upper.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    upper.legend()
    lower.bar(table["confidence"], table["count"], width=0.04, color=BLUE)
    lower.set(xlabel="confidence", ylabel="images", yscale="log")
    return fig


@styled
def class_bars(values: ArrayLike, class_names: Sequence[str], ylabel: str) -> Figure:
    """A value for each class, and their mean as a line.

    Parameters
    ----------
    values
        (K,).
    class_names
        K names.
    ylabel
        What the values are.
    """
    values = np.asarray(values)
    fig = new_figure(2.4)
    ax = fig.subplots()
    ax.bar(range(len(values)), values, 0.7, color=BLUE)
    ax.axhline(float(values.mean()), color=SOFT, linestyle="--", label="mean of the classes")
    _label_classes(ax, class_names)
    ax.set(ylabel=ylabel)
    fig.legend(loc="outside upper right")
    return fig


def _label_classes(ax: Axes, class_names: Sequence[str]) -> None:
    ax.set_xticks(range(len(class_names)), class_names, rotation=30, ha="right")
    ax.grid(visible=False, axis="x")
