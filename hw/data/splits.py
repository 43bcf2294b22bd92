"""Splitting and scaling: what is trained on, and what the best epoch is chosen on."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from hw.data.dataset import Dataset, Split


def train_val_split(
    split: Split, val_fraction: float, train_size: int | None = None, seed: int = 0
) -> tuple[Split, Split]:
    """Split validation images off from training images, stratified by class if there are classes.

    Parameters
    ----------
    split
        N images.
    val_fraction
        Fraction of N held out for validation, in [0, 1). Validation is empty for 0.
    train_size
        How many of the remaining images to keep, stratified; all by default.
    seed
        The same seed gives the same split.

    Returns
    -------
    Training and validation, without an image in common.

    Raises
    ------
    ValueError
        If `train_size` exceeds the images left after validation, or a class has too few images
        to be in both splits.

    Examples
    --------
    >>> images = np.zeros((20, 28, 28), dtype=np.uint8)
    >>> train_val_split(Split(images, np.arange(20) % 2), val_fraction=0.2)
    (Split(16 images of 28 × 28), Split(4 images of 28 × 28))
    """
    train, val = hold_out(split, val_fraction, seed, "val_fraction")
    return keep(train, train_size, seed), val


def hold_out(split: Split, fraction: float, seed: int, name: str) -> tuple[Split, Split]:
    """Split a fraction of the images off, stratified by class; errors call the fraction `name`."""
    if not fraction:
        return split, _select(split, np.arange(0))
    classes = _classes(split)
    if classes is not None:
        _check_fraction(classes, fraction, name)
    rows, held_out = train_test_split(
        np.arange(len(split)), test_size=fraction, stratify=classes, random_state=seed
    )
    return _select(split, rows), _select(split, held_out)


def keep(split: Split, train_size: int | None, seed: int = 0) -> Split:
    """As many training images as `train_size` says, stratified by class; all for None.

    Raises
    ------
    ValueError
        If there are not so many.
    """
    if train_size is None or train_size == len(split):
        return split
    if train_size > len(split):
        raise ValueError(
            f"train_size must be at most {len(split)} (the images left for training), "
            f"got {train_size}"
        )
    rows, _ = train_test_split(
        np.arange(len(split)), train_size=train_size, stratify=_classes(split), random_state=seed
    )
    return _select(split, rows)


def pool_splits(data: Dataset) -> Dataset:
    """Train on all images, as the published optdigits report does, and validate on training images.

    The test images are among the training images: their scores say nothing about new images.
    """
    splits = (data.train, data.val, data.test)
    pooled = replace(
        data.train,
        images=np.concatenate([split.images for split in splits]),
        labels=np.concatenate([split.labels for split in splits]),
    )
    return replace(data, train=pooled, val=data.train)


def scale_features(data: Dataset) -> Dataset:
    """Scale each pixel to [0, 1] by its minimum and maximum over the training images.

    A pixel that is constant in training becomes 0. Validation and test images may leave [0, 1].

    Returns
    -------
    The data set with float32 images.
    """
    scaler = MinMaxScaler().fit(data.train.images.reshape(len(data.train), -1))

    def scale(split: Split) -> Split:
        if not len(split):  # no validation
            return split
        rows = scaler.transform(split.images.reshape(len(split), -1)).astype(np.float32)
        return replace(split, images=rows.reshape(split.images.shape))

    return replace(data, train=scale(data.train), val=scale(data.val), test=scale(data.test))


def _select(split: Split, rows: NDArray[np.intp]) -> Split:
    return replace(split, images=split.images[rows], labels=split.labels[rows])


def _classes(split: Split) -> NDArray[np.int64] | None:
    """The labels, unless they are numbers to predict."""
    return None if split.labels.dtype.kind == "f" else split.labels


def _check_fraction(labels: NDArray[np.int64], fraction: float, name: str) -> None:
    """Stratification needs two images of each class, and as many images as classes on each side."""
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            f"each class must have at least 2 images, got {counts.min()} "
            f"of class {classes[counts.argmin()]}"
        )
    n_held_out = int(np.ceil(fraction * len(labels)))
    if min(n_held_out, len(labels) - n_held_out) < len(classes):
        raise ValueError(
            f"{name} must leave at least {len(classes)} images, one per class, on either side, "
            f"got {fraction} of {len(labels)} images"
        )
