"""What things cost: bars of medians with their range, and how seconds grow."""

from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from hw.plots.style import COLORS, new_figure


def cost_bars(rows):
    """Medians as bars, with lines from the smallest to the largest measurement.

    Parameters
    ----------
    rows : pandas.DataFrame
        With ``way median min max unit ratio``, all of one unit; those without a ratio are ours. Rows without a median
        are left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = rows.dropna(subset="median")
    fig = new_figure(0.7 + 0.28 * len(rows))
    ax = fig.subplots()
    spread = [rows["median"] - rows["min"], rows["max"] - rows["median"]]
    colors = [COLORS[0] if ours else "0.7" for ours in rows["ratio"].isna()]
    ax.barh(rows["way"], rows["median"], 0.7, xerr=spread, color=colors, error_kw={"elinewidth": 1, "capsize": 2})
    for place, row in enumerate(rows.itertuples()):
        ax.annotate(f"{row.median:.3g}", (row.max, place), (5, 0), textcoords="offset points", va="center", fontsize=8)
    ax.set(xlabel=rows["unit"].iloc[0], xlim=(0, 1.1 * rows["max"].max()))
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    return fig


def growth_curves(curves):
    """Seconds against size, both on logarithmic axes, a panel each; dashed where they would grow in proportion.

    Parameters
    ----------
    curves : dict[str, pandas.DataFrame]
        By what grows: its ``size``, and ``median min max`` in seconds; at most four panels stand side by side.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fig = new_figure(2.1)
    for ax, (name, curve) in zip(fig.subplots(1, len(curves), squeeze=False)[0], curves.items(), strict=True):
        size, median = curve["size"], curve["median"]
        spread = [median - curve["min"], curve["max"] - median]
        ax.plot(size, median.iloc[0] * size / size.iloc[0], "--", color="0.6", linewidth=1)
        ax.errorbar(size, median, yerr=spread, fmt="o-", color=COLORS[0], markersize=3, linewidth=1.2, capsize=2)
        ax.set(xscale="log", yscale="log", xlabel=name)
        ax.xaxis.set_major_locator(FixedLocator(size))
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.set_ylim(min(curve["min"].min(), median.iloc[0] / 2), max(curve["max"].max(), median.iloc[0] * 2))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:,g}")
            axis.set_minor_locator(NullLocator())
        ax.tick_params(axis="x", labelrotation=45, labelsize=7)
    fig.supylabel("seconds", fontsize=9)
    return fig
