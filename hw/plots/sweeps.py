"""Curves of the configurations of a sweep, and heat maps of their scores."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from hw.plots.cells import DARKEST, draw_cells
from hw.plots.style import (
    BLUE,
    COLORS,
    COLUMN,
    DASHES,
    FULL,
    INK,
    ORANGE,
    SMALL,
    SOFT,
    WASH,
    minus,
    new_figure,
    place_axes,
    styled,
)

MOST_PANELS = 6  # learning rates, and hidden sizes, whose curves fit on a page
PANEL = 24.0  # mm, height of a configuration's curves
CELL = (10.5, 6.5)  # mm, the smallest width with a number in it, and the height
HEAD = 1.2  # height of a panel, of its curves: a note stands above them


class SweepResult(Protocol):
    """A trained configuration, such as :class:`hw.training.Result`.

    Attributes
    ----------
    settings
        With ``learning_rate`` and ``hidden_size``.
    seed
        Seed of this run.
    history
        A row per epoch, with the column ``epoch``.
    diverged
        Whether the loss stopped being finite.
    """

    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def seed(self) -> int: ...
    @property
    def history(self) -> pd.DataFrame: ...
    @property
    def diverged(self) -> bool: ...


@styled
def sweep_curves(
    results: Sequence[SweepResult],
    scores: Mapping[str, str],
    best: Mapping[str, Any] | None = None,
) -> Figure:
    """Curves of the configurations, a panel each, all on the same axes.

    If a training score and its validation score are drawn, the difference of their last values is
    written into the panel. Of more than ``MOST_PANELS`` learning rates or hidden sizes, a sample is
    drawn: evenly spaced, with those of the highest and of the lowest last score. The legend says
    so.

    Parameters
    ----------
    results
        One per trial; seeds of a configuration share a panel.
    scores
        History columns and their names in the legend, at most four.
    best
        Settings of the configuration whose panel is shaded.

    Returns
    -------
    Figure
        Learning rates from left to right, the largest first, hidden sizes from top to bottom; a
        single configuration is one panel in a column.
    """
    extremes = _find_extremes(results, list(scores)[-1])
    all_rates, rates = _sample(results, "learning_rate", extremes, largest_first=True)
    all_sizes, sizes = _sample(results, "hidden_size", extremes)
    single = len(rates) == len(sizes) == 1
    fig = new_figure(44 if single else 16 + PANEL * len(sizes), COLUMN if single else FULL)
    axes = fig.subplots(len(sizes), len(rates), squeeze=False, sharex=True, sharey=True)
    panels = {
        (rate, size): axes[i, j] for i, size in enumerate(sizes) for j, rate in enumerate(rates)
    }
    for (rate, size), ax in panels.items():
        settings = {"learning_rate": rate, "hidden_size": size}
        own = [result for result in results if settings.items() <= result.settings.items()]
        for result in own:
            _draw_trial(ax, result, scores, first=result.seed == results[0].seed)
        _note(ax, own, list(scores))
    if best and not single and (best["learning_rate"], best["hidden_size"]) in panels:
        panels[best["learning_rate"], best["hidden_size"]].set_facecolor(WASH)
    low, high = axes[0, 0].get_ylim()
    axes[0, 0].set_ylim(low, low + HEAD * (high - low))
    _name_panels(axes, rates, sizes)
    handles, names = axes[0, 0].get_legend_handles_labels()
    ncols = 2 if single else len(scores)
    legend = fig.legend(handles, names, loc="outside upper left", ncols=ncols)
    if len(panels) < len(all_rates) * len(all_sizes):
        legend.set_title(
            f"{len(rates)} of {len(all_rates)} learning rates, "
            f"{len(sizes)} of {len(all_sizes)} hidden sizes"
        )
    return fig


def _name_panels(axes: np.ndarray, rates: Sequence[Any], sizes: Sequence[Any]) -> None:
    """Write learning rates above the panels (R, C), hidden sizes at their right, once each."""
    if axes.size == 1:
        axes[0, 0].set_title(f"rate {rates[0]:.3g}, {sizes[0]} units")
    else:
        for ax, rate in zip(axes[0], rates, strict=True):
            ax.set_title(f"rate {rate:.3g}", loc="center")
        for ax, size in zip(axes[:, -1], sizes, strict=True):
            turned: dict[str, Any] = {
                "rotation": -90,
                "rotation_mode": "anchor",
                "ha": "center",
                "va": "baseline",
            }
            place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
            ax.annotate(f"{size} units", (1, 0.5), (5, 0), annotation_clip=False, **place, **turned)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
    axes[0, 0].locator_params(axis="x", integer=True, nbins=4)
    axes[0, 0].locator_params(axis="y", nbins=4)


def _draw_trial(ax: Axes, result: SweepResult, scores: Mapping[str, str], *, first: bool) -> None:
    """Draw one seed's curves; only the first seed's are in the legend."""
    for (score, name), dash, color in zip(scores.items(), DASHES, COLORS, strict=False):
        ax.plot(
            result.history["epoch"],
            result.history[score],
            linestyle=dash if first else "-",
            color=color,
            label=name if first else None,
            linewidth=1.1 if first else 0.35,
            alpha=1 if first else 0.5,
        )


def _note(ax: Axes, results: Sequence[SweepResult], scores: Sequence[str]) -> None:
    """Write into a panel that a seed diverged, or else by how much the first one overfits."""
    note = ""
    if any(result.diverged for result in results):
        note = "diverged"
    elif results and len(scores) == 2 and scores[1] == scores[0].replace("train_", "val_"):
        last = results[0].history.iloc[-1]
        note = minus(f"gap {last[scores[1]] - last[scores[0]]:.2f}")
    place: dict[str, Any] = {"transform": ax.transAxes, "ha": "right", "va": "top"}
    ax.text(0.97, 0.97, note, fontsize=SMALL, color=SOFT, **place)


def _find_extremes(results: Sequence[SweepResult], score: str) -> list[SweepResult]:
    """The results whose last epoch has the lowest and the highest finite score, if any has one."""
    last = {i: float(result.history[score].iloc[-1]) for i, result in enumerate(results)}
    finite = [i for i, value in last.items() if np.isfinite(value)]
    return [results[pick(finite, key=last.__getitem__)] for pick in (min, max) if finite]


def _sample(
    results: Sequence[SweepResult],
    setting: str,
    needed: Sequence[SweepResult],
    *,
    largest_first: bool = False,
) -> tuple[list[Any], list[Any]]:
    """All values of a setting in order, and up to ``MOST_PANELS`` of them, with the needed ones."""
    found = {result.settings[setting] for result in results}
    values = sorted(found, reverse=largest_first)
    wanted = {values.index(result.settings[setting]) for result in needed}
    n = min(MOST_PANELS, len(values))
    chosen = {round(i) for i in np.linspace(0, len(values) - 1, n).tolist()}
    for index in wanted - chosen:
        distances = {abs(other - index): other for other in chosen - wanted}
        chosen.remove(distances[min(distances)])
        chosen.add(index)
    return values, [values[i] for i in sorted(chosen)]


@styled
def sweep_heatmaps(table: pd.DataFrame, scores: Mapping[str, str]) -> Figure:
    """Scores over learning rate and hidden size, a heat map each; the highest is framed.

    Columns with negative values are differences: orange below zero, blue above, none framed.

    Parameters
    ----------
    table
        As :func:`hw.sweep.summary` returns it.
    scores
        Columns and their names.

    Returns
    -------
    Figure
        With the score in each cell, or, if the cells are too small for that, its range in the
        title.
    """
    n_rows = table["hidden_size"].nunique()
    n_columns = table["learning_rate"].nunique()
    left = 13.0
    above = 5.0
    below = 9.0
    gap = 6.0
    width = FULL if len(scores) > 1 or n_columns * CELL[0] > COLUMN - left else COLUMN
    across = (width - len(scores) * left - (len(scores) - 1) * gap) / len(scores) - 0.5
    down = min(CELL[1] * n_rows, 140.0)
    written = across / n_columns >= CELL[0]
    fig = new_figure(above + down + below, width, layout=None)
    for i, (score, name) in enumerate(scores.items()):
        ax = place_axes(fig, left + i * (left + across + gap), above, across, down)
        cells = table.pivot(index="hidden_size", columns="learning_rate", values=score)
        cells = cells[cells.columns[::-1]]  # the largest rate first, as in the tables
        _draw_heatmap(ax, cells, written=written)
        low = float(np.nanmin(cells.to_numpy(float)))
        high = float(np.nanmax(cells.to_numpy(float)))
        title = name if written else minus(f"{name}, {low:.4f} to {high:.4f}")
        ax.set(title=title, xlabel="learning rate", ylabel="hidden units")
        for axis, most in ((ax.xaxis, across / 13), (ax.yaxis, down / 4)):
            ticks = axis.get_ticklocs()
            labels = [label.get_text() for label in axis.get_ticklabels()]
            step = int(-(-len(ticks) // most))
            axis.set_ticks(ticks[::step], labels[::step])
    return fig


def _draw_heatmap(ax: Axes, cells: pd.DataFrame, *, written: bool) -> None:
    """Colour, and number if written, of each cell; the highest of scores is framed."""
    values = cells.to_numpy(float)
    low = np.nanmin(values)
    high = np.nanmax(values)
    if low < 0:
        shades = np.abs(values) / np.nanmax(np.abs(values))
    else:
        shades = 0.1 + 0.9 * (values - low) / (high - low or 1)
    colors = [
        [
            to_rgba(ORANGE if value < 0 else BLUE, DARKEST * shade if np.isfinite(value) else 0)
            for value, shade in zip(*row, strict=True)
        ]
        for row in zip(values, shades, strict=True)
    ]
    form = "+.4f" if low < 0 else ".4f"
    texts = [
        [minus(format(x, form)) if written and np.isfinite(x) else "" for x in row]
        for row in values
    ]
    sizes = [str(size) for size in cells.index]
    draw_cells(ax, colors, texts, sizes, [format(rate, ".3g") for rate in cells.columns])
    if 0 <= low < high:
        highest = ax.patches[int(np.nanargmax(values))]
        highest.set(edgecolor=INK, linewidth=0.7)
