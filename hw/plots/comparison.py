"""Published scores beside ours: rings, dots and bands."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from hw.plots.style import BLUE, LINE, MIDDLE, ORANGE, PAPER, SKY, new_figure, styled
from hw.words import in_words


@styled
def comparison_plot(comparison: pd.DataFrame, titles: dict[str, str] | None = None) -> Figure:
    """Published scores as rings, ours as dots in a band of noise.

    A ring outside the band is a difference that chance does not explain.

    Parameters
    ----------
    comparison
        As :func:`hw.compare` returns it: a row per score, of which ``system score published ours
        noise`` are drawn, with scores of one unit. It is not empty.
    titles
        What to call systems and scores; others are called as in tables.

    Returns
    -------
    Figure
        The first row at the top.
    """
    titles = titles or {}
    names = [
        ", ".join(titles.get(part, in_words(part)) for part in row)
        for row in comparison[["system", "score"]].itertuples(index=False)
    ]
    room = ConstrainedLayoutEngine(rect=(0.05, 0, 0.95, 1))  # fonts of readers may be wider
    fig = new_figure(14 + 5 * len(comparison), MIDDLE, room)
    ax = fig.subplots()
    rows = range(len(comparison))
    published = comparison["published"].to_numpy()
    ours = comparison["ours"].to_numpy()
    noise = comparison["noise"].to_numpy()
    ax.hlines(rows, published, ours, color=LINE, linewidth=0.5, zorder=1)
    ax.barh(rows, 2 * noise, 0.42, left=ours - noise, color=SKY, zorder=2)
    ring: dict[str, Any] = {
        "markerfacecolor": PAPER,
        "markeredgecolor": ORANGE,
        "markeredgewidth": 0.9,
    }
    ax.plot(published, rows, "o", markersize=4, zorder=3, label="published", **ring)
    ax.plot(ours, rows, "o", color=BLUE, markersize=3.6, zorder=4, label="ours ± noise")
    ax.set_yticks(rows, names)
    ax.set_ylim(len(comparison) - 0.4, -0.6)
    ax.margins(x=0.08)
    ax.locator_params(axis="x", nbins=5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    fig.legend(loc="outside upper right", ncols=2)
    return fig
