"""Images side by side, as ink on the page: dark where they are bright."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hw.data import Split
from hw.plots.style import (
    BLUE,
    COLUMN,
    FULL,
    LETTER,
    ORANGE,
    SMALL,
    SOFT,
    new_figure,
    place_axes,
    styled,
)

GAP = 1.4  # mm between images
TITLE = 4.8  # mm for a line of text above images
LINE = 3.5  # mm for each further line
LARGEST = 24.0  # mm, width of an image
ABREAST = 10  # classes side by side
TIMES = 8  # as wide and high are the pixels: viewers that enlarge blur small images


@styled
def image_grid(
    images: ArrayLike,
    titles: Sequence[str] | None = None,
    n_columns: int = 10,
    width: float = FULL,
) -> Figure:
    """Images side by side.

    Parameters
    ----------
    images
        (N, H, W) of any number type; the smallest value of all is white, the largest black. Or
        (N, H, W, 3), in colour, in [0, 1] or 0..255.
    titles
        One above each image.
    n_columns
        Images in a row.
    width
        Of the figure, in mm.
    """
    images = np.asarray(images)
    titles = titles or []
    n_lines = max((title.count("\n") + 1 for title in titles), default=0)
    above = TITLE + (n_lines - 1) * LINE if n_lines else 0
    size = min(LARGEST, (width - (n_columns - 1) * GAP) / n_columns)
    height = size * images.shape[1] / images.shape[2]
    starts = range(0, len(images), n_columns)
    fig = new_figure(len(starts) * (above + height + GAP) - GAP, width, layout=None)
    ink = _stretch(images)
    for line, start in enumerate(starts):
        top = line * (above + height + GAP) + above
        ax = draw_row(fig, ink[start : start + n_columns], 0, top, size)
        for i, title in enumerate(titles[start : start + n_columns]):
            middle = i * (size + GAP) + size / 2
            ax.text(middle, -1.2, title, ha="center", va="baseline", fontsize=SMALL)
    return fig


@styled
def image_rows(
    rows: Mapping[str, ArrayLike], titles: Sequence[str] | None = None, width: float = FULL
) -> Figure:
    """Images in named rows, for comparing them column by column.

    Parameters
    ----------
    rows
        By the row's name: images (M, H, W) in [0, 1], or differences in [−1, 1], of which positive
        ones are orange, negative ones blue. M may differ between rows.
    titles
        One above each column.
    width
        Of the figure, in mm.
    """
    images = [np.asarray(row) for row in rows.values()]
    n_columns = max(map(len, images))
    left = max(map(len, rows)) * LETTER + 3  # fonts of readers may be wider
    size = min(LARGEST, (width - left - 1 - (n_columns - 1) * GAP) / n_columns)
    height = size * images[0].shape[1] / images[0].shape[2]
    above = TITLE if titles else 0
    fig = new_figure(above + len(rows) * (height + GAP) - GAP, width, layout=None)
    for line, (name, row) in enumerate(zip(rows, images, strict=True)):
        ax = draw_row(fig, row, left, above + line * (height + GAP), size)
        ax.text(-1.4, height / 2, name, ha="right", va="center", fontsize=SMALL)
        for i, title in enumerate(titles or [] if line == 0 else []):
            middle = i * (size + GAP) + size / 2
            ax.text(middle, -1.2, title, ha="center", va="baseline", fontsize=SMALL)
    return fig


@styled
def class_samples(split: Split, class_names: Sequence[str], per_class: int = 4) -> Figure:
    """The first images of each class, a column for each, at most ten of them side by side.

    Parameters
    ----------
    split
        N images.
    class_names
        K names.
    per_class
        Images of each class.
    """
    images = split.scaled()
    width = FULL if len(class_names) > ABREAST // 2 else COLUMN
    abreast = ABREAST if len(class_names) > ABREAST // 2 else ABREAST // 2
    size = (width - (abreast - 1) * GAP) / abreast
    height = size * images.shape[1] / images.shape[2]
    block = TITLE + per_class * (height + GAP) + GAP
    starts = range(0, len(class_names), abreast)
    fig = new_figure(len(starts) * block - 2 * GAP, width, layout=None)
    sheet = np.zeros((per_class, len(class_names), *images.shape[1:]), dtype=np.float32)
    for k in range(len(class_names)):
        own = images[np.flatnonzero(split.labels == k)[:per_class]]
        sheet[: len(own), k] = own
    for top, start in enumerate(starts):
        for line, row in enumerate(sheet[:, start : start + abreast]):
            ax = draw_row(fig, row, 0, top * block + TITLE + line * (height + GAP), size)
            for k, name in enumerate(class_names[start : start + abreast] if line == 0 else ()):
                ax.text(k * (size + GAP) + size / 2, -1.2, name, ha="center", va="baseline")
    return fig


@styled
def mistakes(
    images: ArrayLike,
    labels: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str],
    n_columns: int = 10,
) -> Figure:
    """Images taken for another class: below each its true class and, in orange, the other one.

    Parameters
    ----------
    images
        (N, H, W) of any number type; the smallest value of all is white, the largest black. Or
        (N, H, W, 3), in colour, in [0, 1] or 0..255.
    labels, y_pred
        (N,) each, in 0..K−1.
    class_names
        K names.
    n_columns
        Images in a row.
    """
    images = np.asarray(images)
    ink = _stretch(images)
    size = (FULL - (n_columns - 1) * GAP) / n_columns
    height = size * images.shape[1] / images.shape[2]
    line = height + TITLE + LINE + 1
    starts = range(0, len(images), n_columns)
    fig = new_figure(len(starts) * line - 1, layout=None)
    for row, start in enumerate(starts):
        ax = draw_row(fig, ink[start : start + n_columns], 0, row * line, size)
        chosen = slice(start, start + n_columns)
        pairs = zip(np.asarray(labels)[chosen], np.asarray(y_pred)[chosen], strict=True)
        for i, (true, other) in enumerate(pairs):
            left = i * (size + GAP)
            below: dict[str, Any] = {"va": "baseline", "fontsize": SMALL}
            ax.text(left, height + LINE, class_names[true], color=SOFT, **below)
            ax.text(left, height + 2 * LINE, class_names[other], color=ORANGE, **below)
    return fig


def _stretch(images: np.ndarray) -> np.ndarray:
    """Images with values in [0, 1]: grey ones use all of it, those in colour keep their colours."""
    if images.ndim == 4:
        return images / (255 if images.max() > 1 else 1)
    low = images.min()
    stretched: np.ndarray = (images - low) / ((images.max() - low) or 1)
    return stretched


def draw_row(fig: Figure, images: np.ndarray, left: float, top: float, size: float) -> Axes:
    """Images side by side at a place in mm.

    Parameters
    ----------
    fig
        Without a layout engine.
    images
        (M, H, W) or (M, H, W, 3), as :func:`as_ink` takes them.
    left, top
        From the figure's top left corner.
    size
        Width of an image.

    Returns
    -------
    Axes
        Without frame; its unit is the mm, from the top left corner of the first image.
    """
    n_images, height, width = images.shape[:3]
    gap = round(GAP / size * width * TIMES)
    pixel = size / (width * TIMES)
    sheet = np.ones((height * TIMES, n_images * (width * TIMES + gap) - gap, 4), dtype=np.float32)
    sheet[..., 3] = 0  # white gaps, if transparent: black ones leave dark fringes
    for i, image in enumerate(images):
        start = i * (width * TIMES + gap)
        pixels = as_ink(image).repeat(TIMES, 0).repeat(TIMES, 1)
        sheet[:, start : start + width * TIMES] = pixels
    down = sheet.shape[0] * pixel
    across = sheet.shape[1] * pixel
    ax = place_axes(fig, left, top, across, down)
    ax.imshow(sheet, extent=(0, across, down, 0), interpolation="none", aspect="auto")
    ax.axis("off")
    return ax


def as_ink(image: np.ndarray) -> np.ndarray:
    """Ink (H, W, 4) as dense as the values (H, W) in [0, 1] are high, black.

    If some are negative, they are blue and the others orange, relative to the largest. Images in
    colour (H, W, 3) stay as they are, but differences are means over the colours.
    """
    if image.ndim == 3 and image.min() >= 0:
        return np.dstack([np.clip(image, 0, 1), np.ones(image.shape[:2])]).astype(np.float32)
    if image.ndim == 3:
        image = image.mean(2)
    lowest = float(image.min())
    ink = np.zeros((*image.shape, 4), dtype=np.float32)
    if lowest < 0:
        ink[..., :3] = np.where(image[..., None] < 0, to_rgb(BLUE), to_rgb(ORANGE))
        ink[..., 3] = np.abs(image) / np.abs(image).max()
    else:
        ink[..., 3] = np.clip(image, 0, 1)
    return ink
