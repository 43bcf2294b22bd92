"""Data sets: images and labels in three splits."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

Pair = tuple[ArrayLike, ArrayLike]  # images and their labels


@dataclass(frozen=True, eq=False)
class Split:
    """N labelled images.

    Attributes
    ----------
    images
        (N, H, W), or (N, H, W, 3) in colour: integers in 0..`max_value`, or float32 if they were
        scaled before.
    labels
        (N,): int64 in 0..K−1; or float32, numbers to predict, (N,) or (N, M).
    max_value
        Largest value that an integer pixel can take.

    Examples
    --------
    >>> Split(np.zeros((2, 28, 28), dtype=np.uint8), np.array([3, 7]))
    Split(2 images of 28 × 28)
    """

    images: NDArray[Any]
    labels: NDArray[Any]
    max_value: int = 255

    def __len__(self) -> int:
        """Number of images, N."""
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Split({len(self):,} images of {_describe_size(self)})"

    def scaled(self) -> NDArray[np.float32]:
        """Images as float32: integers divided by `max_value`, floats as they are.

        Examples
        --------
        >>> Split(np.array([[[0, 8, 16]]]), np.array([3]), max_value=16).scaled().tolist()
        [[[0.0, 0.5, 1.0]]]
        """
        scaled = self.images.astype(np.float32, copy=False)
        if np.issubdtype(self.images.dtype, np.integer):
            scaled /= np.float32(self.max_value)  # a copy, so the images stay as they are
        return scaled

    def tensors(self, device: torch.device | str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
        """Scaled images as float32, and labels as they are, both on `device`."""
        images = torch.as_tensor(self.scaled(), device=device)
        return images, torch.as_tensor(self.labels, device=device)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in three splits.

    Attributes
    ----------
    name
        ``fashion_mnist``, ``optdigits``, a stand-in (``synthetic``, ``load_digits``), one of
        torchvision's sets, or the name of a file or folder.
    class_names
        K names; none if the labels are numbers to predict.
    train, val, test
        Validation is split off from training, and may be empty; the test split is as published.
    checksum
        SHA-256 of all images and labels before splitting, in hexadecimal.
    notice
        Set if this is a stand-in for the real data: says so, and why.

    Examples
    --------
    >>> split = Split(np.zeros((2, 28, 28), dtype=np.uint8), np.array([0, 1]))
    >>> Dataset("shoes", ("left", "right"), split, split, split, checksum(split))
    Dataset(shoes: 2 training, 2 validation and 2 test images of 28 × 28 in 2 classes)
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    val: Split
    test: Split
    checksum: str
    notice: str = ""

    def __repr__(self) -> str:
        kind = f"in {len(self.class_names)} classes" if self.class_names else "with numbers"
        return (
            f"Dataset({self.name}: {len(self.train):,} training, {len(self.val):,} validation "
            f"and {len(self.test):,} test images of {_describe_size(self.train)} {kind})"
        )

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(H, W), or (H, W, 3) in colour, in pixels."""
        return self.train.images.shape[1:]

    @classmethod
    def from_arrays(
        cls,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        val: Pair | None = None,
        test: Pair | None = None,
        name: str = "own",
        class_names: Sequence[str] | None = None,
        max_value: int | None = None,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        train_size: int | None = None,
        seed: int = 0,
    ) -> "Dataset":
        """Make a data set of your own.

        Parameters
        ----------
        images
            (N, H, W), (N, H, W, C) or (N, C, H, W) with C = 1 or 3, of any number type, from 0 to
            `max_value`. Or flat features (N, D) of any range: they become images of one row, and
            each is scaled to [0, 1] by its smallest and largest value in training.
        labels
            (N,) integers or words: classes, numbered in sorted order. Floats, (N,) or (N, M), are
            numbers to predict; splits are not stratified by them.
        val, test
            Images and labels of these splits. By default they are split off, stratified by class.
        name
            Under which the data set is recorded.
        class_names
            K names, for labels that are integers in 0..K−1; or all words, in the order wanted.
        max_value
            The pixel value that becomes 1; by default the first of 1, 16, 255 and 65,535 that no
            pixel exceeds.
        val_fraction, train_size, seed
            As for :func:`hw.data.train_val_split`.
        test_fraction
            Fraction of N held out for the test, always the same images.

        Raises
        ------
        ValueError
            In one line: what cannot be used, the rule, and what was given.

        Examples
        --------
        >>> pixels = np.random.default_rng(0).random((60, 5, 5, 3))
        >>> Dataset.from_arrays(pixels, ["cat", "dog", "owl"] * 20, name="pets")
        Dataset(pets: 43 training, 5 validation and 12 test images of 5 × 5 × 3 in 3 classes)
        """
        from hw.data.own import make_dataset  # it makes objects of this class

        return make_dataset(
            {"": (images, labels), "val": val, "test": test},
            name=name,
            class_names=class_names,
            max_value=max_value,
            val_fraction=val_fraction,
            test_fraction=test_fraction,
            train_size=train_size,
            seed=seed,
        )

    @classmethod
    def from_folder(
        cls, path: str | os.PathLike[str], *, size: tuple[int, int] | None = None, **settings: Any
    ) -> "Dataset":
        """Make a data set of a folder of pictures, a subfolder for each class.

        Parameters
        ----------
        path
            The layout of torchvision's ImageFolder, ``<class>/<picture>``; or folders ``train``,
            and if you like ``val`` and ``test``, of that layout. Grey if all pictures are.
        size
            Height and width to which pictures are resized; needed if they differ in size.
        **settings
            Of :meth:`from_arrays`, but for `val` and `test`.

        Raises
        ------
        ValueError
            As :meth:`from_arrays`; and for pictures of different sizes.
        """
        from hw.data.own import read_folder

        return read_folder(path, size=size, **settings)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a ``.npz`` file with all three splits, which the setting ``dataset`` takes."""
        from hw.data.own import save_dataset

        save_dataset(self, path)


def checksum(*splits: Split) -> str:
    """SHA-256 of all images and labels, in hexadecimal."""
    digest = hashlib.sha256()
    for split in splits:
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()


def _describe_size(split: Split) -> str:
    return " × ".join(map(str, np.shape(split.images)[1:]))
