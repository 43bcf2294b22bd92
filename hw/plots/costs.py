"""Running times and other costs: medians with their range, and how seconds grow with size."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from hw.plots.style import BLUE, LINE, MIDDLE, SMALL, SOFT, new_figure, styled


@styled
def cost_bars(rows: pd.DataFrame) -> Figure:
    """Medians as bars, with lines from the smallest to the largest measurement.

    Parameters
    ----------
    rows
        With the columns ``way median min max unit ratio``, all of one unit. Rows without a ratio
        are ours and blue; rows without a median are left out.
    """
    rows = rows.dropna(subset="median")
    fig = new_figure(10 + 5 * len(rows), MIDDLE)
    ax = fig.subplots()
    spread = [rows["median"] - rows["min"], rows["max"] - rows["median"]]
    colors = [BLUE if ours else LINE for ours in rows["ratio"].isna()]
    line: dict[str, Any] = {"elinewidth": 0.8, "capsize": 1.5, "ecolor": SOFT}
    ax.barh(rows["way"], rows["median"], 0.62, xerr=spread, color=colors, error_kw=line)
    for y, (median, largest) in enumerate(zip(rows["median"], rows["max"], strict=True)):
        ax.annotate(
            f"{median:.3g}",
            (largest, y),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )
    ax.set(xlabel=rows["unit"].iloc[0], xlim=(0, 1.15 * rows["max"].max()))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return fig


@styled
def growth_curves(curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Seconds against size, both on logarithmic axes; a dashed line shows proportional growth.

    Parameters
    ----------
    curves
        By what grows, a panel each, at most four: its ``size``, and ``median min max`` in seconds.
    """
    fig = new_figure(46)
    axes = fig.subplots(1, len(curves), squeeze=False)[0]
    for ax, (name, curve) in zip(axes, curves.items(), strict=True):
        size = curve["size"]
        median = curve["median"]
        first = median.iloc[0]
        spread = [median - curve["min"], curve["max"] - median]
        line: dict[str, Any] = {"color": BLUE, "capsize": 2}
        ax.plot(size, first * size / size.iloc[0], "--", color=LINE, linewidth=1)
        ax.errorbar(size, median, yerr=spread, fmt="o-", **line)
        ax.set(xscale="log", yscale="log", xlabel=name)
        ax.xaxis.set_major_locator(FixedLocator(size.tolist()))
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.set_ylim(min(curve["min"].min(), first / 2), max(curve["max"].max(), first * 2))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:,g}")
            axis.set_minor_locator(NullLocator())
        ax.tick_params(axis="x", labelrotation=45)
    axes[0].set_ylabel("seconds")
    return fig
