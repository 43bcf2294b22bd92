"""What the settings of a sweep do to a score, for any number of settings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from hw.plots.style import BLUE, LINE, ORANGE, new_figure, styled

MOST_LABELS = 7  # values of a setting that are written beside its axis
PER_ROW = 4  # panels of marginal effects
BAND = 0.16  # of the height: lines through one value are spread by their score
BLUES = LinearSegmentedColormap.from_list("blues", ["#dbe6ef", "#7fa9cc", BLUE, "#0c2f55"])


@styled
def parallel_coordinates(
    table: pd.DataFrame, settings: Sequence[str], score: str, name: str, *, mode: str = "max"
) -> Figure:
    """A line per configuration through its settings to its score; the best one is orange.

    Parameters
    ----------
    table
        A row per configuration, as :func:`hw.sweep.summary` returns it; those without a finite
        score are left out.
    settings
        Columns, an axis each, with the values in their order at equal distances.
    score
        Column that gives the last axis and the colour.
    name
        Of the score.
    mode
        ``max`` if higher is better, ``min`` if lower is.
    """
    levels_of = {setting: _levels(table[setting]) for setting in settings}
    table = table[np.isfinite(table[score])].sort_values(score, ascending=mode == "max")
    low = float(table[score].min())
    high = float(table[score].max())
    scaled = (table[score] - low) / ((high - low) or 1)
    columns = []
    fig = new_figure(2.8)
    ax = fig.subplots()
    for x, setting in enumerate(settings):
        levels = levels_of[setting]
        height = {level: i / max(len(levels) - 1, 1) for i, level in enumerate(levels)}
        band = min(BAND, 0.7 / max(len(levels) - 1, 1))
        columns.append(table[setting].map(height) + band * (scaled - 0.5))
        for i in _labelled(len(levels)):
            _write(ax, x, height[levels[i]], _text(levels[i]))
    lines = np.column_stack([*columns, scaled])  # (configurations, settings + 1)
    colors = BLUES(scaled if mode == "max" else 1 - scaled)
    for number, (line, color) in enumerate(zip(lines, colors, strict=True), start=1):
        is_best = number == len(lines)
        ax.plot(
            line,
            color=ORANGE if is_best else color,
            linewidth=1.8 if is_best else 0.8,
            alpha=1 if is_best or len(lines) < 60 else 0.5,
        )
    for value in (low, high):
        position = (value - low) / ((high - low) or 1)
        _write(ax, len(settings), position, f"{value:.4f}")
    for x in range(len(settings) + 1):
        ax.axvline(x, color=LINE, linewidth=0.8, zorder=0)
    ax.set_xticks(range(len(settings) + 1), [*map(_words, settings), name])
    ax.set_yticks([])
    ax.set(xlim=(-0.45, len(settings) + 0.1))
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return fig


@styled
def marginal_effects(
    table: pd.DataFrame, settings: Sequence[str], scores: Mapping[str, str]
) -> Figure:
    """The score at each value of each setting: a dot per configuration, the means joined.

    Parameters
    ----------
    table
        A row per configuration, as :func:`hw.sweep.summary` returns it.
    settings
        Columns, a panel each, with the values in their order at equal distances.
    scores
        One column and its name.
    """
    ((score, name),) = scores.items()
    n_rows = -(-len(settings) // PER_ROW)
    fig = new_figure(2.1 * n_rows + 0.2)
    axes = fig.subplots(n_rows, min(PER_ROW, len(settings)), squeeze=False, sharey=True)
    for ax, setting in zip(axes.flat, settings, strict=False):
        levels = _levels(table[setting])
        positions = table[setting].map({level: i for i, level in enumerate(levels)})
        spread = 0.12 * np.linspace(-1, 1, len(table)) if len(table) > len(levels) else 0.0
        ax.plot(positions + spread, table[score], ".", color=LINE, markersize=4)
        means = table.groupby(positions)[score].mean()
        ax.plot(means.index, means, "o-", color=BLUE, markersize=4, linewidth=1.3)
        shown = _labelled(len(levels))
        ax.set_xticks(shown, [_text(levels[i]) for i in shown], fontsize=7)
        ax.set(xlabel=_words(setting), xlim=(-0.4, len(levels) - 0.6))
        ax.grid(visible=False, axis="x")
    for ax in axes[:, 0]:
        ax.set_ylabel(name)
    for ax in axes.flat[len(settings) :]:
        ax.set_visible(False)
    return fig


def _levels(column: "pd.Series[Any]") -> list[Any]:
    """The values of a setting: numbers in ascending order, others as they appear."""
    levels = column.drop_duplicates()
    return list(levels.sort_values() if pd.api.types.is_numeric_dtype(levels) else levels)


def _labelled(n: int) -> list[int]:
    """Which of n values in a row are written: all, or a few at equal distances."""
    return sorted({round(i) for i in np.linspace(0, n - 1, min(n, MOST_LABELS)).tolist()})


def _text(level: Any) -> str:
    return f"{level:.3g}" if isinstance(level, float) else str(level)


def _write(ax: Axes, x: float, y: float, text: str) -> None:
    """A value to the left of its axis, on white."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    ax.text(x - 0.04, y, text, ha="right", va="center", fontsize=7, bbox=box, zorder=5)


def _words(setting: str) -> str:
    return setting.replace("_", " ")
