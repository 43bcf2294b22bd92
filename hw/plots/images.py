"""Images side by side."""

import numpy as np

from hw.plots.style import WIDTH, new_figure

FONT_SIZE = 6.5  # points, of what stands above an image
LINE = 0.13  # inches that a line of it takes
SHARP = 600  # pixels that a sheet is at least wide, about: viewers smooth what they enlarge


def image_grid(images, titles=None, n_columns=10):
    """Grey images side by side.

    Parameters
    ----------
    images : array_like
        (N, H, W), any number type; black is each grid's smallest value.
    titles : list[str], optional
        One above each image.
    n_columns : int
        Images in a row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    images = np.asarray(images)
    lines = max((title.count("\n") + 1 for title in titles or []), default=0)
    rows = [images[start : start + n_columns] for start in range(0, len(images), n_columns)]
    sheet, left, top = _sheet(rows, n_columns, lines * LINE)
    fig = new_figure(WIDTH * sheet.shape[0] / sheet.shape[1])
    ax = _show(fig, sheet, vmin=images.min(), vmax=images.max())
    for number, title in enumerate(titles or []):
        row, column = divmod(number, n_columns)
        ax.text(left[column] + images.shape[2] / 2, top[row], title, ha="center", va="bottom", fontsize=FONT_SIZE)
    return fig


def image_rows(rows, titles=None):
    """Grey images in named rows, for comparing them column by column.

    Parameters
    ----------
    rows : dict[str, array_like]
        By the row's name: images (M, H, W) in [0, 1]; rows may be of different lengths.
    titles : list[str], optional
        One above each column.

    Returns
    -------
    matplotlib.figure.Figure
    """
    images = [np.asarray(row) for row in rows.values()]
    n_columns, (height, width) = max(map(len, images)), images[0].shape[1:]
    sheet, left, top = _sheet(images, n_columns)
    fig = new_figure(WIDTH * len(rows) / (n_columns + 2) * 0.9 + (0.2 if titles else 0))
    ax = _show(fig, sheet, vmin=0, vmax=1)
    ax.set_yticks(top + height / 2, rows)
    if titles:
        ax.set_xticks(left + width / 2, titles, fontsize=FONT_SIZE)
    return fig


def class_samples(split, class_names, per_class=12):
    """The first images of each class, a row per class.

    Parameters
    ----------
    split : hw.Split
        N images.
    class_names : tuple[str, ...]
        K names.
    per_class : int
        Images in a row.
    """
    images = split.images if split.images.dtype != np.uint8 else split.images / np.float32(split.white)
    return image_rows({name: images[split.labels == k][:per_class] for k, name in enumerate(class_names)})


def _sheet(rows, n_columns, title=0.0):
    """Rows of images (M, H, W) in one, with NaN between them, `title` inches of it above each row.

    One image in one pair of axes, since a pair for each image takes seconds to lay out.

    Returns
    -------
    tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]
        The sheet; its columns at which images begin (n_columns,), and its rows at which they do (len(rows),).
    """
    height, width = rows[0].shape[1:]
    gap = max(1, width // 12)
    across = n_columns * (width + gap) - gap
    above = max(gap, round(title * across / WIDTH))
    left, top = np.arange(n_columns) * (width + gap), np.arange(len(rows)) * (height + above) + above
    sheet = np.full((top[-1] + height, across), np.nan, dtype=np.float32)
    for y, row in zip(top, rows, strict=True):
        for x, image in zip(left, row, strict=False):
            sheet[y : y + height, x : x + width] = image
    return sheet, left, top


def _show(fig, sheet, **limits):
    """Axes without frame or marks that hold a sheet, one unit a pixel of it."""
    height, width = sheet.shape
    finer = -(-SHARP // width)
    ax = fig.subplots()
    ax.imshow(sheet.repeat(finer, 0).repeat(finer, 1), cmap="gray", interpolation="none", extent=(0, width, height, 0),
              **limits)  # fmt: skip
    ax.spines[:].set_visible(False)
    ax.set(xticks=[], yticks=[])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.grid(visible=False)
    return ax
