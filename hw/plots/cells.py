"""Tables of coloured cells with a text in each: what confusion matrices and heat maps share."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

GAP = 0.04  # on each side of a cell, as a fraction of its size
DARKEST = 0.5  # opacity of a colour behind a number, be the page light or dark


def draw_cells(
    ax: Axes,
    colors: Sequence[Sequence[Any]],
    texts: Sequence[Sequence[str]],
    row_names: Sequence[str],
    column_names: Sequence[str],
) -> None:
    """Fill axes with coloured cells, from the top left.

    Parameters
    ----------
    ax
        Empty axes; cell (i, j) spans j..j+1 from left to right and i..i+1 from top to bottom.
    colors, texts
        A row for each of the R `row_names`, in it one for each of the C `column_names`.
    row_names, column_names
        R and C tick labels.
    """
    for i, row in enumerate(colors):
        for j, color in enumerate(row):
            size = 1 - 2 * GAP
            ax.add_patch(Rectangle((j + GAP, i + GAP), size, size, facecolor=color, linewidth=0))
            ax.text(j + 0.5, i + 0.52, texts[i][j], ha="center", va="center_baseline", fontsize=8)
    ax.set(xlim=(0, len(column_names)), ylim=(len(row_names), 0))
    ax.set_xticks([j + 0.5 for j in range(len(column_names))], column_names)
    ax.set_yticks([i + 0.5 for i in range(len(row_names))], row_names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
