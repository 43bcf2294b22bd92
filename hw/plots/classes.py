"""How a classifier does on each class, and how well its confidence matches its accuracy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import confusion_matrix as count_confusions

from hw.data import Split
from hw.plots.cells import DARKEST, draw_cells
from hw.plots.style import (
    BLUE,
    COLUMN,
    FULL,
    LETTER,
    LINE,
    MIDDLE,
    ORANGE,
    SKY,
    SMALL,
    SOFT,
    WASH,
    new_figure,
    place_axes,
    styled,
)


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
    fig = new_figure(52, MIDDLE)
    ax = fig.subplots()
    width = 0.8 / len(splits)
    colors = (BLUE, SKY, LINE, ORANGE)
    for i, (name, split) in enumerate(splits.items()):
        counts = np.bincount(split.labels, minlength=len(class_names))
        centres = np.arange(len(class_names)) + (i - (len(splits) - 1) / 2) * width
        ax.bar(centres, counts, width, label=name, color=colors[i])
    ax.set_xticks(range(len(class_names)), class_names, rotation=30, ha="right")
    ax.tick_params(axis="x", length=0)
    ax.set(ylabel="images")
    fig.legend(ncols=len(splits), loc="outside upper right")
    return fig


@styled
def confusion_matrix(labels: ArrayLike, y_pred: ArrayLike, class_names: Sequence[str]) -> Figure:
    """Confusion matrix in numbers of examples; zeros are left out.

    Rows are true classes, columns predicted ones. Correct predictions are grey. Errors are orange,
    the darker the more frequent.

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
    shades = np.where(counts, 0.05 + (DARKEST - 0.05) * (counts / most) ** 0.7, 0).clip(0, 1)
    colors = [[WASH if i == j else to_rgba(ORANGE, shades[i, j]) for j in classes] for i in classes]
    texts = [[str(count) if count else "" for count in row] for row in counts]
    longest = max(map(len, class_names)) * LETTER
    left = longest + 2
    top = 0.8 * longest + 2
    width = COLUMN if len(class_names) <= 12 else FULL
    side = width - left - 0.6 * len(class_names[-1]) * LETTER  # its name leans over the edge
    fig = new_figure(top + side + 0.3, width, layout=None)
    ax = place_axes(fig, left, top, side, side)
    draw_cells(ax, colors, texts, class_names, class_names)
    ax.set_xticks([])
    for k, name in enumerate(class_names):
        lean: dict[str, Any] = {
            "rotation": 50,
            "rotation_mode": "anchor",
            "ha": "left",
            "va": "baseline",
        }
        ax.text(k + 0.45, -0.2, name, fontsize=SMALL, **lean)
    return fig


@styled
def reliability_diagram(table: pd.DataFrame) -> Figure:
    """Accuracy against confidence, with the number of examples below.

    Parameters
    ----------
    table
        As :func:`hw.metrics.reliability_table` returns it.
    """
    fig = new_figure(58, COLUMN)
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
    confidence = table["confidence"].to_numpy()
    accuracy = table["accuracy"].to_numpy()
    count = table["count"].to_numpy()
    upper.plot([0, 1], [0, 1], color=LINE, linewidth=0.7)
    upper.fill_between(confidence, confidence, accuracy, color=BLUE, alpha=0.1, linewidth=0)
    upper.plot(confidence, accuracy, "o-", color=BLUE, clip_on=False)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    upper.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1), xticks=ticks, yticks=ticks)
    note: dict[str, Any] = {"color": SOFT, "fontsize": SMALL, "style": "italic"}
    upper.text(0.3, 0.14, "perfect calibration", ha="left", va="center", **note)
    lower.bar(confidence, count, width=0.05, color=SKY)
    most = int(count.argmax())
    lower.annotate(
        f"{count[most]:,}",
        (confidence[most], count[most]),
        (-3, -1),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=SMALL,
    )
    lower.set(xlabel="confidence", ylabel="images", yticks=[])
    lower.spines["left"].set_visible(False)
    return fig


@styled
def class_bars(values: ArrayLike, class_names: Sequence[str], label: str) -> Figure:
    """A bar for each class with its value, the largest above, and their mean as a line.

    Parameters
    ----------
    values
        (K,), not negative.
    class_names
        K names.
    label
        What the values are.
    """
    values = np.asarray(values)
    order = np.argsort(values)
    fig = new_figure(10 + 3.8 * len(values), COLUMN)
    ax = fig.subplots()
    ax.barh(range(len(values)), values[order], 0.62, color=BLUE)
    mean = float(values.mean())
    ax.axvline(mean, color=SOFT, linestyle=(0, (3, 2)), linewidth=0.6)
    top = len(values) - 0.45
    ax.text(mean, top, "mean", ha="center", va="bottom", color=SOFT, style="italic", fontsize=SMALL)
    exponent = int(np.floor(np.log10(values.max()))) if values.max() > 0 else 0
    decimals = max(0, 2 - exponent)
    for y, value in enumerate(values[order]):
        across = ax.get_yaxis_transform()
        ax.text(1, y, f"{value:,.{decimals}f}", transform=across, ha="right", va="center")
    ax.set_yticks(range(len(values)), [class_names[k] for k in order])
    ax.set(xlim=(0, values.max() * 1.25 or 1), ylim=(-0.6, top), xlabel=label)
    ax.locator_params(axis="x", nbins=4)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return fig
