"""The code space of an autoencoder."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike

from hw.plots.images import as_ink
from hw.plots.style import (
    COLORS,
    COLUMN,
    DASHES,
    FULL,
    LINE,
    PAPER,
    SMALL,
    SOFT,
    class_colors,
    minus,
    new_figure,
    place_axes,
    styled,
)

HEIGHT = 68.0  # mm, of a panel
LABEL_BOX = {"boxstyle": "round,pad=0.08", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.8}
SHARP = 4  # as wide and high are the pixels of a map: viewers that enlarge blur small ones
MOST_POINTS = 1_000  # of a class, among which its densest place is searched


@styled
def code_scatter(
    panels: Mapping[str, ArrayLike], labels: ArrayLike, class_names: Sequence[str]
) -> Figure:
    """Two-dimensional codes, one panel for each way to compute them.

    Classes differ in colour and are named at their densest place.

    Parameters
    ----------
    panels
        (N, 2) by the panel's title.
    labels
        (N,), in 0..K−1.
    class_names
        K names.

    Returns
    -------
    Figure
        The points are pixels, everything else is vectors.
    """
    n_columns = min(2, len(panels))
    n_rows = -(-len(panels) // n_columns)
    above = 5.0 if len(panels) > 1 else 0.3  # a single panel is named by its caption
    line = above + HEIGHT + 1
    fig = new_figure(n_rows * line, FULL if n_columns > 1 else COLUMN, layout=None)
    for i, (title, points) in enumerate(panels.items()):
        row, column = divmod(i, n_columns)
        left = column * (COLUMN + FULL - 2 * COLUMN) + 0.3
        ax = place_axes(fig, left, row * line + above, COLUMN - 0.6, HEIGHT)
        _scatter_classes(ax, np.asarray(points), np.asarray(labels), class_names)
        ax.set(title=title if len(panels) > 1 else "", xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color=LINE)
    return fig


def _scatter_classes(
    ax: Axes, points: np.ndarray, labels: np.ndarray, class_names: Sequence[str]
) -> None:
    """Draw points (N, 2) by class, then the names on top."""
    colors = np.array([to_rgb(color) for color in class_colors(class_names)])
    order = np.random.default_rng(0).permutation(len(labels))  # no class lies on top of all others
    ax.scatter(
        points[order, 0],
        points[order, 1],
        s=3.2,
        c=colors[labels[order]],
        alpha=0.85,
        linewidths=0,
        rasterized=True,
    )
    present = np.unique(labels)
    places = np.array([_densest_place(points[labels == k]) for k in present])
    names = [class_names[k] for k in present]
    lowest = points.min(0)
    highest = points.max(0)
    for name, (x, y) in zip(names, _spread(places, points, names), strict=True):
        half = min(0.013 * len(name), 0.5) * (highest[0] - lowest[0])  # of the name, about
        x = np.clip(x, lowest[0] + half, highest[0] - half)
        ax.text(x, y, name, weight="bold", ha="center", va="center", bbox=LABEL_BOX)
    pad = 0.03 * (highest - lowest)
    ax.set(
        xlim=(lowest[0] - pad[0], highest[0] + pad[0]),
        ylim=(lowest[1] - pad[1], highest[1] + pad[1]),
    )


def _densest_place(points: np.ndarray) -> np.ndarray:
    """The point (2,) that needs the smallest circle to enclose a quarter of the points (N, 2)."""
    some = points[:: -(-len(points) // MOST_POINTS)]
    squares = ((some[:, None] - some[None]) ** 2).sum(2)  # (N, N)
    radii = np.partition(squares, len(some) // 4, axis=1)[:, len(some) // 4]
    densest: np.ndarray = some[radii.argmin()]
    return densest


def _spread(places: np.ndarray, points: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Places (K, 2) of names, moved up until no name covers another, about."""
    width, height = np.ptp(points, axis=0) * (0.025 * max(map(len, names)), 0.06)
    spread = places.astype(np.float64)
    order = np.argsort(places[:, 1])
    for i, k in enumerate(order):
        while (np.abs(spread[order[:i]] - spread[k]) < (width, height)).all(1).any():
            spread[k, 1] += height / 2
    return spread


@styled
def code_map(decode: Callable[[np.ndarray], np.ndarray], points: ArrayLike, n: int = 15) -> Figure:
    """Images decoded from a grid over a code plane, with finer steps where there are more codes.

    Parameters
    ----------
    decode
        Takes points (M, 2), returns images (M, H, W) in [0, 1].
    points
        (N, 2), codes of images. The grid spans the middle 98 % of them in both directions; between
        any two neighbouring grid lines there are equally many.
    n
        Images in a row and in a column.
    """
    levels = np.linspace(0.01, 0.99, n)
    across, up = np.quantile(np.asarray(points), levels, axis=0).T.astype(np.float32)
    grid = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)  # from the top left
    images = decode(grid)
    height, width, *colours = images.shape[1:]
    sheet = images.reshape(n, n, height, width, *colours).swapaxes(1, 2)
    sheet = sheet.reshape(n * height, n * width, *colours)
    pixels = as_ink(sheet).repeat(SHARP, 0).repeat(SHARP, 1)
    fig = new_figure(COLUMN - 3, COLUMN, layout=None)
    side = COLUMN - 12.5
    ax = place_axes(fig, 12, 0.5, side, side)
    ax.imshow(pixels, extent=(0, n, 0, n), aspect="auto", interpolation="none")
    ticks = np.linspace(0, n - 1, 6).round().astype(int)
    ax.set_xticks(ticks + 0.5, [minus(f"{value:.2g}") for value in across[ticks]])
    ax.set_yticks(ticks + 0.5, [minus(f"{value:.2g}") for value in up[ticks]])
    ax.set(xlabel="first coordinate", ylabel="second coordinate")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return fig


@styled
def error_curves(
    logs: Mapping[str, pd.Series],
    references: Mapping[str, float],
    xlabel: str = "epoch",
    ylabel: str = "error",
) -> Figure:
    """Errors over epochs on a logarithmic axis, with reference levels.

    Parameters
    ----------
    logs
        Errors by their name, indexed by the epoch; at most four.
    references
        Levels by their name, drawn as dotted lines.
    xlabel, ylabel
        Names of the axes.
    """
    fig = new_figure(52, COLUMN)
    ax = fig.subplots()
    for (name, log), color, dash in zip(logs.items(), COLORS, DASHES, strict=False):
        marker = "x" if len(log) < 20 else None
        ax.plot(log.index, log, linestyle=dash, color=color, label=name, marker=marker)
    for name, level in references.items():
        ax.axhline(level, color=SOFT, linestyle=":", linewidth=0.8)
        place: dict[str, Any] = {
            "xycoords": ("axes fraction", "data"),
            "ha": "right",
            "va": "bottom",
        }
        ax.annotate(name, (1, level), color=SOFT, fontsize=SMALL, bbox=LABEL_BOX, **place)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend()
    return fig
