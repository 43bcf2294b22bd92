"""Curves over epochs, of one network and of a sweep, and heat maps of a sweep's scores."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from hw.plots.cells import draw_cells
from hw.plots.style import BLUE, COLORS, INK, ORANGE, new_figure, styled

AXIS_LABELS = {
    "mse": "mean squared error",
    "reconstruction": "reconstruction, nats",
    "kl": "divergence, nats",
}
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
        As :func:`hw.fit` returns them, one per seed.
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
            for i, history in enumerate(histories):
                ax.plot(
                    history["epoch"],
                    history[f"{prefix}_{score}"],
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
    """Curves of every configuration, a panel each, all on the same axes.

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
    rates = list(dict.fromkeys(result.settings["learning_rate"] for result in results))
    sizes = list(dict.fromkeys(result.settings["hidden_size"] for result in results))
    single = len(rates) == len(sizes) == 1
    fig = new_figure(2.9 if single else 1.5 * len(sizes) + 0.3)
    axes = fig.subplots(len(sizes), len(rates), squeeze=False, sharex=True, sharey=True)
    styles = ("-", "--", ":", "-.")
    for result in results:
        rate = result.settings["learning_rate"]
        size = result.settings["hidden_size"]
        ax = axes[sizes.index(size), rates.index(rate)]
        first = result.seed == results[0].seed
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
        mark = " (diverged)" if result.diverged else ""
        ax.set_title(f"rate {rate:g}, {size} units{mark}", fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    handles, names = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper right", ncols=len(scores))
    return fig


@styled
def sweep_heatmaps(table: pd.DataFrame, scores: Mapping[str, str]) -> Figure:
    """Scores over learning rate and hidden size, a heat map each.

    Parameters
    ----------
    table
        As :func:`hw.sweep.summary` returns it.
    scores
        Columns and their names.
    """
    fig = new_figure(2.4)
    axes = fig.subplots(1, len(scores), squeeze=False)[0]
    for ax, (score, name) in zip(axes, scores.items(), strict=True):
        cells = table.pivot(index="hidden_size", columns="learning_rate", values=score)
        values = cells.to_numpy(float)
        low = np.nanmin(values)
        scaled = (values - low) / (np.nanmax(values) - low or 1)
        texts = [["" if np.isnan(x) else f"{x:.4f}" for x in row] for row in values]
        rates = [f"{rate:g}" for rate in cells.columns]
        draw_cells(ax, LIGHT_BLUES(scaled), texts, [str(size) for size in cells.index], rates)
        ax.set(title=name, xlabel="learning rate", ylabel="hidden units")
    return fig
