"""Curves over epochs, of one network and of a sweep, and heat maps of a sweep's scores."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from hw.plots.cells import draw_cells
from hw.plots.style import BLUE, COLORS, INK, ORANGE, new_figure, styled

AXIS_LABELS = {
    "mse": "mean squared error",
    "reconstruction": "reconstruction, nats",
    "kl": "divergence, nats",
}
MOST_PANELS = 6  # learning rates, and hidden sizes, whose curves fit on a page
LIGHT_BLUES = LinearSegmentedColormap.from_list("light blues", ["#f4f7fa", "#d2e3f0", "#7fb0d6"])


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
    fig = new_figure(2.7)
    axes = fig.subplots(1, len(scores), squeeze=False)[0]
    curves = (("train", "training", BLUE, "-"), ("val", "validation", ORANGE, "--"))
    for ax, score in zip(axes, scores, strict=True):
        for prefix, name, color, style in curves:
            column = f"{prefix}_{score}"
            for i, history in enumerate(each for each in histories if column in each):
                ax.plot(
                    history["epoch"],
                    history[column],
                    style,
                    color=color,
                    label=name if i == 0 else None,
                    linewidth=1.5 if i == 0 else 0.7,
                    alpha=1 if i == 0 else 0.5,
                    marker="." if len(history) < 15 else None,
                )
        if log is not None and f"train_{score}" in log:
            published = log[f"train_{score}"]
            ax.plot(log["epoch"], published, "x", color=INK, label="training, published")
        ax.set(xlabel="epoch", ylabel=AXIS_LABELS.get(score, score))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
    return fig


@styled
def sweep_curves(results: Sequence[SweepResult], scores: Mapping[str, str]) -> Figure:
    """Curves of the configurations, a panel each, all on the same axes.

    Of more than ``MOST_PANELS`` learning rates or hidden sizes, a sample is drawn: evenly spaced,
    with those of the highest and of the lowest last score. The legend says so.

    Parameters
    ----------
    results
        One per trial; seeds of a configuration share a panel.
    scores
        History columns and their names in the legend, at most four.

    Returns
    -------
    Figure
        Learning rates from left to right, hidden sizes from top to bottom; a single configuration
        is one large panel.
    """
    extremes = _find_extremes(results, list(scores)[-1])
    all_rates, rates = _sample(results, "learning_rate", extremes)
    all_sizes, sizes = _sample(results, "hidden_size", extremes)
    single = len(rates) == len(sizes) == 1
    fig = new_figure(2.9 if single else 1.5 * len(sizes) + 0.3)
    axes = fig.subplots(len(sizes), len(rates), squeeze=False, sharex=True, sharey=True)
    panels = {
        (rate, size): axes[i, j] for i, size in enumerate(sizes) for j, rate in enumerate(rates)
    }
    separator = ", " if len(rates) <= 4 else "\n"
    for result in results:
        rate = result.settings["learning_rate"]
        size = result.settings["hidden_size"]
        if (rate, size) in panels:
            ax = panels[rate, size]
            _draw_trial(ax, result, scores, first=result.seed == results[0].seed)
            if result.diverged or not ax.get_title():
                mark = " (diverged)" if result.diverged else ""
                ax.set_title(f"rate {rate:g}{separator}{size} units{mark}", fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    handles, names = axes[0, 0].get_legend_handles_labels()
    legend = fig.legend(handles, names, loc="outside upper right", ncols=len(scores))
    if len(panels) < len(all_rates) * len(all_sizes):
        legend.set_title(
            f"{len(rates)} of {len(all_rates)} learning rates, "
            f"{len(sizes)} of {len(all_sizes)} hidden sizes"
        )
    return fig


def _draw_trial(ax: Axes, result: SweepResult, scores: Mapping[str, str], *, first: bool) -> None:
    """Draw one seed's curves; only the first seed's are in the legend."""
    styles = ("-", "--", ":", "-.")
    for (score, name), style, color in zip(scores.items(), styles, COLORS, strict=False):
        ax.plot(
            result.history["epoch"],
            result.history[score],
            style,
            color=color,
            label=name if first else None,
            linewidth=1.3 if first else 0.6,
            alpha=1 if first else 0.5,
        )


def _find_extremes(results: Sequence[SweepResult], score: str) -> list[SweepResult]:
    """The results whose last epoch has the lowest and the highest finite score, if any has one."""
    last = {i: float(result.history[score].iloc[-1]) for i, result in enumerate(results)}
    finite = [i for i, value in last.items() if np.isfinite(value)]
    return [results[pick(finite, key=last.__getitem__)] for pick in (min, max) if finite]


def _sample(
    results: Sequence[SweepResult], setting: str, needed: Sequence[SweepResult]
) -> tuple[list[Any], list[Any]]:
    """All values of a setting, and at most ``MOST_PANELS`` of them, with the needed ones."""
    values = list(dict.fromkeys(result.settings[setting] for result in results))
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
    """Scores over learning rate and hidden size, a heat map each.

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
    written = n_columns * len(scores) <= 16  # a number takes 0.35 inches
    fig = new_figure(max(2.4, 0.17 * n_rows + 0.9))
    axes = fig.subplots(1, len(scores), squeeze=False)[0]
    for ax, (score, name) in zip(axes, scores.items(), strict=True):
        cells = table.pivot(index="hidden_size", columns="learning_rate", values=score)
        values = cells.to_numpy(float)
        low = np.nanmin(values)
        high = np.nanmax(values)
        scaled = (values - low) / (high - low or 1)
        texts = [[f"{x:.4f}" if written and np.isfinite(x) else "" for x in row] for row in values]
        rates = [f"{rate:.3g}" for rate in cells.columns]
        draw_cells(ax, LIGHT_BLUES(scaled), texts, [str(size) for size in cells.index], rates)
        title = name if written else f"{name}, {low:.4f} to {high:.4f}"
        ax.set(title=title, xlabel="learning rate", ylabel="hidden units")
        if n_columns * len(scores) > 10:
            ax.tick_params("x", rotation=90, labelsize=6)
    return fig
