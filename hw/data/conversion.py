"""Arrays of any kind as images and labels, or one line that says why not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FULL_SCALES = (1, 16, 255, 65_535)  # usual largest values of a pixel

Arrays = Mapping[str, NDArray[Any]]  # by split: "" or "train", "val", "test"


def convert_images(
    given: Mapping[str, ArrayLike], max_value: int | None = None
) -> tuple[dict[str, NDArray[Any]], int]:
    """Images (N, H, W) or (N, H, W, 3) of every split, and the value that becomes 1.

    Parameters
    ----------
    given
        By split: images in one of the layouts of :meth:`hw.data.Dataset.from_arrays`.
    max_value
        Largest value of a pixel; by default it is found in all splits together.

    Returns
    -------
    tuple
        Integers as they are and floats in [0, 1], by split; and the largest value of an integer.
        Features (N, D) become float32 images (N, 1, D), and keep their values.
    """
    images = {}
    flat = {}
    for split, values in given.items():
        name = f"{split}_images" if split else "images"
        array = _as_numbers(values, name)
        flat[split] = array.ndim == 2
        images[split] = _arrange(array, name)
    _check_same_shape(images)
    if all(flat.values()):
        return {split: array.astype(np.float32) for split, array in images.items()}, 1
    max_value = _find_max_value(images.values(), max_value)
    return {split: _rescale(array, max_value) for split, array in images.items()}, max_value


def convert_labels(
    given: Mapping[str, ArrayLike], counts: Mapping[str, int], class_names: Sequence[str] | None
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Labels 0..K−1 and their K names; or numbers to predict, float32, and no names.

    Parameters
    ----------
    given
        By split, the training labels first.
    counts
        Numbers of images by split.
    class_names
        As for :meth:`hw.data.Dataset.from_arrays`.
    """
    labels = {}
    for split, values in given.items():
        name = f"{split}_labels" if split else "labels"
        labels[split] = _as_labels(values, name, counts[split])
    kinds = {array.dtype.kind for array in labels.values()}
    if "f" not in kinds:
        return _number_classes(labels, class_names)
    if kinds != {"f"}:
        raise ValueError("labels must be floats in every split or in none, got both")
    if class_names is not None:
        raise ValueError("class_names must be left out for labels that are floats, got some")
    return {split: array.astype(np.float32) for split, array in labels.items()}, ()


def _as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:  # NumPy's message speaks of inhomogeneous parts
        raise ValueError(f"{name} must all have the same shape, got different ones") from None
    if array.dtype == object and array.size and all(isinstance(item, str) for item in array.flat):
        return array.astype(str)  # a column of words, as pandas holds it
    return array


def _as_numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """An array of finite numbers; booleans are 0 and 1."""
    array = _as_array(values, name)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be numbers, got the type {array.dtype}")
    if not array.size:
        raise ValueError(f"{name} must not be empty, got the shape {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        n_bad = int((~np.isfinite(array)).sum())
        raise ValueError(f"{name} must be finite, got {n_bad:,} values that are NaN or infinite")
    return array


def _arrange(array: NDArray[Any], name: str) -> NDArray[Any]:
    """The array as (N, H, W) or (N, H, W, 3)."""
    if array.ndim == 2:
        return array[:, None]
    if array.ndim == 3:
        return array
    if array.ndim != 4:
        raise ValueError(
            f"{name} must be (N, H, W), (N, H, W, C) or flat (N, D), got the shape {array.shape}"
        )
    if array.shape[-1] not in (1, 3) and array.shape[1] in (1, 3):  # torch's layout
        array = np.moveaxis(array, 1, -1)
    if array.shape[-1] not in (1, 3):
        raise ValueError(f"{name} must have 1 or 3 channels, got the shape {array.shape}")
    return array[..., 0] if array.shape[-1] == 1 else array


def _check_same_shape(images: Arrays) -> None:
    shapes = dict.fromkeys(" × ".join(map(str, array.shape[1:])) for array in images.values())
    if len(shapes) > 1:
        raise ValueError(
            f"images must have the same shape in all splits, got {' and '.join(shapes)}"
        )


def _find_max_value(images: Iterable[NDArray[Any]], max_value: int | None) -> int:
    """The given largest value, or the first of the usual ones that no pixel exceeds."""
    images = list(images)
    lowest = min(array.min() for array in images)
    highest = max(array.max() for array in images)
    if lowest < 0:
        raise ValueError(
            f"images must have no value below 0, got {lowest:g}: scale them to 0…1 or 0…255"
        )
    if max_value is None:
        max_value = next((scale for scale in FULL_SCALES if highest <= scale), None)
    if max_value is None or highest > max_value:
        limit = FULL_SCALES[-1] if max_value is None else max_value
        raise ValueError(f"images must have no value above max_value, {limit:,}, got {highest:g}")
    return max_value


def _rescale(array: NDArray[Any], max_value: int) -> NDArray[Any]:
    if array.dtype.kind == "f":
        return (array / max_value).astype(np.float32)
    return array.astype(np.min_scalar_type(max_value))


def _as_labels(values: ArrayLike, name: str, count: int) -> NDArray[Any]:
    """Labels (N,) of integers or words, or floats (N,) or (N, M)."""
    array = _as_array(values, name)
    if array.dtype.kind == "S":
        array = array.astype(str)
    if array.dtype.kind not in "biufU":
        raise ValueError(f"{name} must be integers, words or floats, got the type {array.dtype}")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 and not (array.ndim == 2 and array.dtype.kind == "f"):
        raise ValueError(f"{name} must be one for each image, (N,), got the shape {array.shape}")
    if len(array) != count:
        raise ValueError(f"{name} must be as many as images, {count:,}, got {len(array):,}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return array


def _number_classes(
    labels: Arrays, class_names: Sequence[str] | None
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Labels in 0..K−1, in the order of the classes, and the names of the classes."""
    first, *_ = labels.values()
    if class_names is None:
        classes = np.unique(first)
        names = tuple(map(str, classes.tolist()))
    else:
        names = tuple(map(str, class_names))
        classes = np.array(names) if first.dtype.kind == "U" else np.arange(len(names))
    if len(set(names)) < max(2, len(names)):
        raise ValueError(f"labels must have at least 2 classes of different names, got {names}")
    if 2 * len(names) > len(first):
        raise ValueError(
            f"labels must have at least 2 images for each class, got {len(names):,} classes for "
            f"{len(first):,} images (numbers to predict must be floats)"
        )
    numbered = {}
    order = np.argsort(classes)
    for split, array in labels.items():
        unknown = np.setdiff1d(array, classes)
        if len(unknown):
            what = "of class_names" if class_names is not None else "in the training labels"
            raise ValueError(f"{split or 'training'} labels must be {what}, got {unknown[0]!s}")
        numbered[split] = order[np.searchsorted(classes, array, sorter=order)].astype(np.int64)
    return numbered, names
