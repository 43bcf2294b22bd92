"""Images side by side."""

import numpy as np

from hw.plots.style import WIDTH, new_figure


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
    n_rows = -(-len(images) // n_columns)
    lines = max((title.count("\n") + 1 for title in titles), default=0) if titles else 0
    fig = new_figure(n_rows * (WIDTH / n_columns + 0.15 * lines))
    axes = fig.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes:
        ax.axis("off")
    for number, (ax, image) in enumerate(zip(axes, images, strict=False)):
        ax.imshow(image, cmap="gray", vmin=images.min(), vmax=images.max(), interpolation="nearest")
        if titles:
            ax.set_title(titles[number], fontsize=6.5, pad=2)
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
    n_columns = max(len(images) for images in rows.values())
    fig = new_figure(WIDTH * len(rows) / (n_columns + 2) * 0.9 + (0.2 if titles else 0))
    axes = fig.subplots(len(rows), n_columns, squeeze=False)
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
        for ax in row:
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        for ax, image in zip(row, images, strict=False):
            ax.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    for ax, title in zip(axes[0], titles or [], strict=False):
        ax.set_title(title, fontsize=6.5, pad=2)
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
