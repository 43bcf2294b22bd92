"""What a data set is: images and labels in three splits."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import torch
from sklearn.model_selection import train_test_split


@dataclass(frozen=True)
class Split:
    """N labelled images.

    Attributes
    ----------
    images : numpy.ndarray
        (N, H, W): uint8, or float32 where values were scaled already.
    labels : numpy.ndarray
        (N,), int64, in 0..K−1.
    white : int
        The largest value that a pixel of type uint8 has.
    """

    images: np.ndarray
    labels: np.ndarray
    white: int = 255

    def __len__(self):
        """Number of images, N."""
        return len(self.labels)

    def tensors(self, device="cpu"):
        """The images as float32 (N, H, W), bytes scaled to [0, 1], and the labels as int64 (N,), on `device`."""
        images = torch.as_tensor(self.images, device=device)
        if images.dtype == torch.uint8:
            images = images.to(torch.float32).div_(self.white)
        return images, torch.as_tensor(self.labels, device=device)


@dataclass(frozen=True)
class Dataset:
    """A data set in its three splits.

    Attributes
    ----------
    name : str
        ``fashion_mnist``, ``optdigits``, or that of a stand-in: ``synthetic``, ``load_digits``.
    class_names : tuple[str, ...]
        K names.
    train, val, test : Split
        Validation is cut from training; the test split is as published.
    checksum : str
        SHA-256 of all images and labels before splitting, as hexadecimal digits.
    notice : str
        Says that this is a stand-in for the real data and why; empty for the real data.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    val: Split
    test: Split
    checksum: str
    notice: str = ""


def train_val_split(split, val_fraction, train_size=None, seed=0):
    """Cut a validation split from a training split, stratified by class.

    Parameters
    ----------
    split : Split
        N examples.
    val_fraction : float
        Share of N held out for validation, in (0, 1).
    train_size : int, optional
        Number of the remaining examples to keep, stratified; all by default.
    seed : int
        The same seed draws the same split.

    Returns
    -------
    tuple[Split, Split]
        Training and validation; no example is in both.

    Raises
    ------
    ValueError
        When `train_size` is more than what is left after validation.

    Examples
    --------
    >>> images = np.zeros((20, 28, 28), dtype=np.uint8)
    >>> train, val = train_val_split(Split(images, np.arange(20) % 2), val_fraction=0.2)
    >>> len(train), len(val)
    (16, 4)
    """
    rows, val_rows = train_test_split(
        np.arange(len(split)), test_size=val_fraction, stratify=split.labels, random_state=seed
    )
    if train_size is not None and train_size > len(rows):
        raise ValueError(
            f"train_size must be at most {len(rows)} ({len(split)} images less {len(val_rows)} for validation), "
            f"got {train_size}"
        )
    if train_size is not None and train_size < len(rows):
        rows, _ = train_test_split(rows, train_size=train_size, stratify=split.labels[rows], random_state=seed)
    return tuple(
        replace(split, images=split.images[chosen], labels=split.labels[chosen]) for chosen in (rows, val_rows)
    )


def checksum(*splits):
    """SHA-256 of all images and labels, as hexadecimal digits."""
    digest = hashlib.sha256()
    for split in splits:
        digest.update(np.ascontiguousarray(split.images))
        digest.update(np.ascontiguousarray(split.labels))
    return digest.hexdigest()
