"""The code space of an autoencoder."""

import numpy as np
import seaborn as sns

from hw.plots.style import COLORS, WIDTH, new_figure


def code_scatter(panels, labels, class_names):
    """Two-dimensional codes, coloured by class, a panel for each way to get them.

    Parameters
    ----------
    panels : dict[str, array_like]
        (N, 2) by the panel's title.
    labels : array_like
        (N,), in 0..K−1.
    class_names : tuple[str, ...]
        K names.

    Returns
    -------
    matplotlib.figure.Figure
        The points are pixels, the rest are vectors; classes differ in colour and in marker.
    """
    n_columns = min(2, len(panels))
    n_rows = -(-len(panels) // n_columns)
    colors, markers = sns.color_palette("tab10"), "osD^v<>PX*"
    width = WIDTH if n_columns > 1 else WIDTH * 0.65
    fig = new_figure(width / n_columns * n_rows + 0.5, width=width)
    axes = fig.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes[len(panels) :]:
        ax.axis("off")
    for ax, (title, points) in zip(axes, panels.items(), strict=False):
        for k, name in enumerate(class_names):
            x, y = np.asarray(points)[np.asarray(labels) == k].T
            ax.scatter(x, y, s=5, alpha=0.6, linewidths=0, color=colors[k % 10], marker=markers[k % 10], label=name,
                       rasterized=True)  # fmt: skip
        ax.set(title=title, xlabel="first coordinate", ylabel="second coordinate")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=5, markerscale=2.5)
    return fig


def code_map(decode, points, n=15):
    """Images decoded from a grid over a code plane, whose lines lie closer where there are more codes.

    Parameters
    ----------
    decode : callable
        Takes points (M, 2), returns images (M, H, W) in [0, 1].
    points : array_like
        (N, 2): the codes that are there; between two lines of the grid lie as many of them everywhere, and the grid
        spans the middle 98 % of them in both directions.
    n : int
        Images in a row and in a column.
    """
    across, up = np.quantile(np.asarray(points), np.linspace(0.01, 0.99, n), axis=0).T.astype(np.float32)
    grid = np.stack(np.meshgrid(across, up[::-1]), axis=-1).reshape(-1, 2)  # from top left, row by row
    images = decode(grid)
    height, width = images.shape[1:]
    sheet = images.reshape(n, n, height, width).swapaxes(1, 2).reshape(n * height, n * width)
    fig = new_figure(WIDTH * 0.8, width=WIDTH * 0.8)
    ax = fig.subplots()
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=1, extent=(0, n, 0, n), aspect="auto")
    places = np.linspace(0, n - 1, 6).round().astype(int)
    ax.set_xticks(places + 0.5, [f"{value:.3g}" for value in across[places]])
    ax.set_yticks(places + 0.5, [f"{value:.3g}" for value in up[places]])
    ax.set(xlabel="first coordinate", ylabel="second coordinate")
    ax.grid(visible=False)
    return fig


def error_curves(logs, references, xlabel="epoch", ylabel="error"):
    """Errors over epochs on logarithmic axes, with levels to compare them with.

    Parameters
    ----------
    logs : dict[str, pandas.Series]
        Errors by their name, indexed by the epoch.
    references : dict[str, float]
        Levels by their name, drawn as dotted lines.
    xlabel, ylabel : str
        Of the axes.
    """
    fig = new_figure(3.0)
    ax = fig.subplots()
    for (name, log), color, style in zip(logs.items(), COLORS, ("-", "--", "-.", ":"), strict=False):
        ax.plot(log.index, log, style, color=color, label=name, marker="x" if len(log) < 20 else None)
    for name, level in references.items():
        ax.axhline(level, color="0.3", linestyle=":", linewidth=1)
        ax.annotate(
            name,
            (1, level),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=7,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log")
    ax.legend()
    return fig
