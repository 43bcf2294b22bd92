"""Data sets: images and labels in three splits."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Split:
    """N labelled images.

    Attributes
    ----------
    images
        (N, H, W): integers in 0..`max_value`, or float32 if they were scaled before.
    labels
        (N,): int64 in 0..K−1.
    max_value
        Largest value that an integer pixel can take.

    Examples
    --------
    >>> Split(np.zeros((2, 28, 28), dtype=np.uint8), np.array([3, 7]))
    Split(2 images of 28 × 28)
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]
    max_value: int = 255

    def __len__(self) -> int:
        """Number of images, N."""
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Split({len(self):,} images of {_describe_size(self)})"

    def scaled(self) -> NDArray[np.float32]:
        """Images as float32, (N, H, W): integers divided by `max_value`, floats as they are.

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
        """Scaled images as float32, (N, H, W), and labels as int64, (N,), on `device`."""
        images = torch.as_tensor(self.scaled(), device=device)
        return images, torch.as_tensor(self.labels, device=device)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in three splits.

    Attributes
    ----------
    name
        ``fashion_mnist``, ``optdigits``, or a stand-in: ``synthetic``, ``load_digits``.
    class_names
        K names.
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
        return (
            f"Dataset({self.name}: {len(self.train):,} training, {len(self.val):,} validation "
            f"and {len(self.test):,} test images of {_describe_size(self.train)} "
            f"in {len(self.class_names)} classes)"
        )


def checksum(*splits: Split) -> str:
    """SHA-256 of all images and labels, in hexadecimal."""
    digest = hashlib.sha256()
    for split in splits:
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(np.ascontiguousarray(split.labels).data)
    return digest.hexdigest()


def _describe_size(split: Split) -> str:
    return " × ".join(map(str, np.shape(split.images)[1:]))
