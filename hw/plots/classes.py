"""What happens to each class, and how sure a classifier is."""

import numpy as np
import seaborn as sns
from sklearn.metrics import confusion_matrix as count_confusions

from hw.plots.style import COLORS, WIDTH, new_figure


def class_balance(splits, class_names):
    """Number of images per class in each split.

    Parameters
    ----------
    splits : dict[str, hw.Split]
        By name.
    class_names : tuple[str, ...]
        K names.
    """
    fig = new_figure(2.4)
    ax = fig.subplots()
    width = 0.8 / len(splits)
    for number, (name, split) in enumerate(splits.items()):
        counts = np.bincount(split.labels, minlength=len(class_names))
        places = np.arange(len(class_names)) + (number - (len(splits) - 1) / 2) * width
        ax.bar(places, counts, width, label=name, color=COLORS[number], hatch=("", "//", "..")[number % 3])
    ax.set_xticks(range(len(class_names)), class_names, rotation=30, ha="right")
    ax.set(ylabel="images")
    ax.grid(visible=False, axis="x")
    fig.legend(ncols=len(splits), loc="outside upper right")
    return fig


def confusion_matrix(labels, y_pred, class_names):
    """Confusion matrix, each row (true class) divided by its sum.

    Parameters
    ----------
    labels, y_pred : array_like
        (N,) each.
    class_names : tuple[str, ...]
        K names.
    """
    matrix = count_confusions(labels, y_pred, labels=np.arange(len(class_names)), normalize="true")
    fig = new_figure(WIDTH * 0.72)
    ax = fig.subplots()
    sns.heatmap(
        matrix, ax=ax, annot=True, fmt=".2f", cmap="Blues", vmin=0, vmax=1, square=True, annot_kws={"size": 7},
        xticklabels=class_names, yticklabels=class_names, cbar_kws={"label": "share of the true class", "shrink": 0.8},
    )  # fmt: skip
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.set_xticklabels(ax.get_xticklabels(), rotation=40, ha="right")
    return fig


def reliability_diagram(table):
    """Accuracy against confidence, with the number of examples below.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`hw.reliability_table` returns it.
    """
    fig = new_figure(3.2, width=WIDTH * 0.6)
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], ":", color="0.4", label="perfect calibration")
    upper.plot(table["confidence"], table["accuracy"], "o-", color=COLORS[0], label="classifier")
    upper.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    upper.legend()
    lower.bar(table["confidence"], table["count"], width=0.04, color=COLORS[0])
    lower.set(xlabel="confidence", ylabel="images", yscale="log")
    return fig


def class_bars(values, class_names, ylabel):
    """A value for each class, the mean of them as a line.

    Parameters
    ----------
    values : array_like
        (K,).
    class_names : tuple[str, ...]
        K names.
    ylabel : str
        What the values are.
    """
    fig = new_figure(2.4)
    ax = fig.subplots()
    ax.bar(range(len(values)), values, 0.7, color=COLORS[0])
    ax.axhline(np.mean(values), color="0.3", linestyle="--", label="mean of the classes")
    ax.set_xticks(range(len(class_names)), class_names, rotation=30, ha="right")
    ax.set(ylabel=ylabel)
    ax.grid(visible=False, axis="x")
    fig.legend(loc="outside upper right")
    return fig
