"""Curves over epochs of one network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw.plots.style import (
    BLUE,
    COLUMN,
    DASHES,
    FULL,
    INK,
    MIDDLE,
    ORANGE,
    new_figure,
    styled,
)

AXIS_LABELS = {
    "mse": "mean squared error",
    "reconstruction": "reconstruction, nats",
    "kl": "divergence, nats",
}


@styled
def learning_curves(
    histories: Sequence[pd.DataFrame],
    scores: Sequence[str] = ("loss", "accuracy"),
    log: pd.DataFrame | None = None,
) -> Figure:
    """Training and validation scores over the epochs; thin lines for all seeds but the first.

    Parameters
    ----------
    histories
        As :func:`hw.fit` returns them, one per seed; without validation there is one curve less.
    scores
        Columns without ``train_`` and ``val_``, a panel each.
    log
        A published log, with the column ``epoch`` and some of ``train_…``, drawn as crosses.
    """
    fig = new_figure(48, (COLUMN, MIDDLE, FULL)[min(len(scores), 3) - 1])
    axes = fig.subplots(1, len(scores), squeeze=False)[0]
    curves = (("train", "training", BLUE, DASHES[0]), ("val", "validation", ORANGE, DASHES[1]))
    for ax, score in zip(axes, scores, strict=True):
        for prefix, name, color, dash in curves:
            column = f"{prefix}_{score}"
            for i, history in enumerate(each for each in histories if column in each):
                ax.plot(
                    history["epoch"],
                    history[column],
                    linestyle=dash if i == 0 else "-",
                    color=color,
                    label=name if i == 0 else None,
                    linewidth=1.2 if i == 0 else 0.4,
                    alpha=1 if i == 0 else 0.55,
                    marker="." if len(history) < 15 else None,
                )
        if log is not None and f"train_{score}" in log:
            published = log[f"train_{score}"]
            ax.plot(log["epoch"], published, "x", color=INK, label="training, published")
        ax.set_title(AXIS_LABELS.get(score, score))
        ax.set_xlabel("epoch")
        ax.locator_params(axis="x", integer=True, nbins=5)
        ax.locator_params(axis="y", nbins=5)
        _name_ends(ax)
    return fig


@styled
def paired_curves(histories: Mapping[str, pd.DataFrame], score: str = "loss") -> Figure:
    """Training and validation scores of two runs on the same axes: lines, and rings upon them.

    Parameters
    ----------
    histories
        As :func:`hw.fit` returns them, by name; one or two.
    score
        Column without ``train_`` and ``val_``.
    """
    fig = new_figure(54, COLUMN)
    ax = fig.subplots()
    styles: tuple[dict[str, Any], ...] = (
        {"linestyle": "-", "linewidth": 1.1},
        {"linestyle": "", "marker": "o", "markersize": 2.6, "markerfacecolor": "none"},
    )
    for (name, history), style in zip(histories.items(), styles, strict=False):
        for prefix, word, color in (("train", "training", BLUE), ("val", "validation", ORANGE)):
            label = f"{word}, {name}"
            ax.plot(
                history["epoch"], history[f"{prefix}_{score}"], color=color, label=label, **style
            )
    ax.set(xlabel="epoch", ylabel=AXIS_LABELS.get(score, score))
    ax.locator_params(axis="x", integer=True, nbins=5)
    fig.legend(loc="outside upper left", ncols=len(histories))
    return fig


def _name_ends(ax: Axes) -> None:
    """Name curves at their right ends, and what has no ends in a legend."""
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    crosses = [line for line in lines if line.get_linestyle() == "None"]
    if crosses:
        ax.legend(handles=crosses)
    low, high = ax.get_ylim()
    ends = []
    for line in (line for line in lines if line not in crosses):
        x, y = np.asarray(line.get_xydata(), float).T
        if np.isfinite(y).any():
            last = np.flatnonzero(np.isfinite(y))[-1]
            ends.append((y[last], x[last], line))
    ends.sort(key=lambda end: end[0])
    close = len(ends) == 2 and ends[1][0] - ends[0][0] < 0.1 * (high - low)
    for (y, x, line), shift in zip(ends, (-5, 5) if close else (0, 0), strict=False):
        place: dict[str, Any] = {
            "textcoords": "offset points",
            "va": "center",
            "annotation_clip": False,
        }
        ax.annotate(str(line.get_label()), (x, y), (4, shift), color=line.get_color(), **place)
