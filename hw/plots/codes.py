"""The code space of an autoencoder."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hw.plots.style import COLORS, SOFT, WIDTH, as_text_color, class_colors, new_figure, styled

MARKERS = "osD^v<>PX*"
LABEL_BOX = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
MOST_POINTS = 1_000  # of a class, among which its densest place is searched


@styled
def code_scatter(
    panels: Mapping[str, ArrayLike], labels: ArrayLike, class_names: Sequence[str]
) -> Figure:
    """Two-dimensional codes, one panel for each way to compute them.

    Classes differ in colour and marker, and are named at their densest place.

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
    width = WIDTH if n_columns > 1 else WIDTH * 0.65
    fig = new_figure(width / n_columns * n_rows, width=width)
    axes = fig.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes[len(panels) :]:
        ax.axis("off")
    for ax, (title, points) in zip(axes, panels.items(), strict=False):
        _scatter_classes(ax, np.asarray(points), np.asarray(labels), class_names)
        ax.set(title=title, xlabel="first coordinate", ylabel="second coordinate")
    return fig


def _scatter_classes(
    ax: Axes, points: np.ndarray, labels: np.ndarray, class_names: Sequence[str]
) -> None:
    """Draw points (N, 2) by class, then the names on top."""
    colors = class_colors(class_names)
    for k, name in enumerate(class_names):
        x, y = points[labels == k].T
        ax.scatter(
            x,
            y,
            s=5,
            color=colors[k],
            marker=MARKERS[k % len(MARKERS)],
            alpha=0.6,
            linewidths=0,
            label=name,
            rasterized=True,
        )
    present = np.unique(labels)
    places = np.array([_densest_place(points[labels == k]) for k in present])
    names = [class_names[k] for k in present]
    for k, name, (x, y) in zip(present, names, _spread(places, points, names), strict=True):
        text = ax.text(x, y, name, color=as_text_color(colors[k]), fontsize=8, weight="bold")
        text.set(bbox=LABEL_BOX, ha="center", va="center")


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
    height, width = images.shape[1:]
    sheet = images.reshape(n, n, height, width).swapaxes(1, 2).reshape(n * height, n * width)
    fig = new_figure(WIDTH * 0.8, width=WIDTH * 0.8)
    ax = fig.subplots()
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=1, extent=(0, n, 0, n), aspect="auto")
    ticks = np.linspace(0, n - 1, 6).round().astype(int)
    ax.set_xticks(ticks + 0.5, [f"{value:.3g}" for value in across[ticks]])
    ax.set_yticks(ticks + 0.5, [f"{value:.3g}" for value in up[ticks]])
    ax.set(xlabel="first coordinate", ylabel="second coordinate")
    ax.grid(visible=False)
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
    fig = new_figure(3.0)
    ax = fig.subplots()
    styles = ("-", "--", "-.", ":")
    for (name, log), color, style in zip(logs.items(), COLORS, styles, strict=False):
        marker = "x" if len(log) < 20 else None
        ax.plot(log.index, log, style, color=color, label=name, marker=marker)
    for name, level in references.items():
        ax.axhline(level, color=SOFT, linestyle=":", linewidth=1)
        ax.annotate(
            name,
            (1, level),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=7,
            bbox=LABEL_BOX,
        )
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    ax.legend()
    return fig
