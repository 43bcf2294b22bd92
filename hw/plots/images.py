"""Images side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hw.data import Split
from hw.plots.style import WIDTH, new_figure, styled

FONT_SIZE = 6.5  # points, of titles above images
LINE_HEIGHT = 0.13  # inches, of one line of a title
MIN_WIDTH = 600  # pixels, about, of a sheet: small ones are blurred by viewers that enlarge them


@styled
def image_grid(
    images: ArrayLike, titles: Sequence[str] | None = None, n_columns: int = 10
) -> Figure:
    """Grey images side by side.

    Parameters
    ----------
    images
        (N, H, W) of any number type; the smallest value of all is black, the largest white.
    titles
        One above each image.
    n_columns
        Images in a row.
    """
    images = np.asarray(images)
    titles = titles or []
    n_lines = max((title.count("\n") + 1 for title in titles), default=0)
    rows = [images[start : start + n_columns] for start in range(0, len(images), n_columns)]
    sheet, left, top = _join(rows, n_columns, n_lines * LINE_HEIGHT)
    fig = new_figure(WIDTH * sheet.shape[0] / sheet.shape[1])
    ax = _show(fig, sheet, images.min(), images.max())
    for i, title in enumerate(titles):
        row, column = divmod(i, n_columns)
        middle = left[column] + images.shape[2] / 2
        ax.text(middle, top[row], title, ha="center", va="bottom", fontsize=FONT_SIZE)
    return fig


@styled
def image_rows(rows: Mapping[str, ArrayLike], titles: Sequence[str] | None = None) -> Figure:
    """Grey images in named rows, for comparing them column by column.

    Parameters
    ----------
    rows
        By the row's name: images (M, H, W) in [0, 1]; M may differ between rows.
    titles
        One above each column.
    """
    images = [np.asarray(row) for row in rows.values()]
    n_columns = max(map(len, images))
    height, width = images[0].shape[1:]
    sheet, left, top = _join(images, n_columns)
    fig = new_figure(WIDTH * len(rows) / (n_columns + 2) * 0.9 + (0.2 if titles else 0))
    ax = _show(fig, sheet, 0, 1)
    ax.set_yticks(top + height / 2, list(rows))
    if titles:
        ax.set_xticks(left + width / 2, titles, fontsize=FONT_SIZE)
    return fig


def class_samples(split: Split, class_names: Sequence[str], per_class: int = 12) -> Figure:
    """The first images of each class, one row per class.

    Parameters
    ----------
    split
        N images.
    class_names
        K names.
    per_class
        Images in a row.
    """
    rows = {}
    for k, name in enumerate(class_names):
        first = np.flatnonzero(split.labels == k)[:per_class]
        some = replace(split, images=split.images[first], labels=split.labels[first])
        rows[name] = some.scaled()
    return image_rows(rows)


def _join(
    rows: Sequence[np.ndarray], n_columns: int, title_height: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join rows of images (M, H, W) into one image, since many axes take seconds to lay out.

    Parameters
    ----------
    rows
        Images from left to right, at most `n_columns` each.
    n_columns
        Number of images that fit side by side.
    title_height
        Space above each row, in inches.

    Returns
    -------
    tuple
        The sheet, with NaN between images; its columns at which images begin, (n_columns,); and its
        rows at which they do, (len(rows),).
    """
    height, width = rows[0].shape[1:]
    gap = max(1, width // 12)
    sheet_width = n_columns * (width + gap) - gap
    above = max(gap, round(title_height * sheet_width / WIDTH))
    left = np.arange(n_columns) * (width + gap)
    top = np.arange(len(rows)) * (height + above) + above
    sheet = np.full((top[-1] + height, sheet_width), np.nan, dtype=np.float32)
    for y, row in zip(top, rows, strict=True):
        for x, image in zip(left, row, strict=False):
            sheet[y : y + height, x : x + width] = image
    return sheet, left, top


def _show(fig: Figure, sheet: np.ndarray, black: float, white: float) -> Axes:
    """Axes without frame or ticks that show a sheet, one unit per pixel."""
    height, width = sheet.shape
    factor = -(-MIN_WIDTH // width)
    pixels = sheet.repeat(factor, 0).repeat(factor, 1)
    ax = fig.subplots()
    ax.imshow(
        pixels,
        cmap="gray",
        vmin=black,
        vmax=white,
        interpolation="none",
        extent=(0, width, height, 0),
    )
    ax.spines[:].set_visible(False)
    ax.set(xticks=[], yticks=[])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.grid(visible=False)
    return ax
