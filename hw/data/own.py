"""Data sets of your own: arrays, ``.npz`` files and folders of pictures."""

import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hw.config import name_of_path
from hw.data.conversion import convert_images, convert_labels
from hw.data.dataset import Dataset, Pair, Split, checksum
from hw.data.splits import hold_out, keep, scale_features, train_val_split
from hw.data.torchvision import load_torchvision
from hw.files import atomic_write

_NAMES = (  # of the arrays in a file: images and labels in training, validation and test
    ("images", "val_images", "test_images", "labels", "val_labels", "test_labels"),
    ("train_images", "val_images", "test_images", "train_labels", "val_labels", "test_labels"),
    ("x_train", "x_val", "x_test", "y_train", "y_val", "y_test"),
)
_GREY = {"1", "L", "LA"}  # Pillow's modes


def make_dataset(
    pairs: Mapping[str, Pair | None],
    *,
    name: str,
    class_names: Sequence[str] | None = None,
    max_value: int | None = None,
    val_fraction: float = 0.1,
    test_fraction: float = 0.2,
    train_size: int | None = None,
    seed: int = 0,
) -> Dataset:
    """The data set of :meth:`Dataset.from_arrays`; `pairs` by split, training under ""."""
    given = {split: pair for split, pair in pairs.items() if pair is not None}
    images, max_value = convert_images({s: pair[0] for s, pair in given.items()}, max_value)
    counts = {split: len(array) for split, array in images.items()}
    labels, names = convert_labels({s: pair[1] for s, pair in given.items()}, counts, class_names)
    splits = {split: Split(images[split], labels[split], max_value) for split in given}
    digest = checksum(*splits.values())
    train = splits[""]
    if "test" not in splits:
        train, splits["test"] = hold_out(train, test_fraction, 0, "test_fraction")
    if "val" in splits:
        train = keep(train, train_size, seed)
    else:
        train, splits["val"] = train_val_split(train, val_fraction, train_size, seed)
    data = Dataset(name, names, train, splits["val"], splits["test"], digest)
    return scale_features(data) if np.ndim(given[""][0]) == 2 else data


def read_own(path: str | os.PathLike[str], **settings: Any) -> Dataset:
    """Read a ``.npz`` file or a folder of pictures; `settings` are those of ``from_arrays``."""
    return (read_folder if Path(path).is_dir() else read_file)(path, **settings)


def read_file(path: str | os.PathLike[str], **settings: Any) -> Dataset:
    """Read a ``.npz`` file, under the names that this package, MedMNIST or Keras gives its arrays.

    Raises
    ------
    ValueError
        If it is not such a file; names the arrays that are expected.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise ValueError(f"there is no file or folder {str(path)!r} in {Path.cwd()}") from None
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} must be a file written by numpy.savez: {error}") from None
    names = next((names for names in _NAMES if {names[0], names[3]} <= arrays.keys()), None)
    if names is None:
        expected = " or ".join(f"{names[0]} and {names[3]}" for names in _NAMES)
        raise ValueError(f"{path} must have the arrays {expected}, got {', '.join(arrays)}")
    pairs = {
        split: (arrays[images], arrays[labels]) if images in arrays and labels in arrays else None
        for split, images, labels in zip(("", "val", "test"), names[:3], names[3:], strict=True)
    }
    if "class_names" in arrays:
        settings["class_names"] = arrays["class_names"].tolist()
    if "max_value" in arrays:
        settings["max_value"] = int(arrays["max_value"])
    return make_dataset(pairs, name=name_of_path(str(path)), **settings)


def save_dataset(data: Dataset, path: str | os.PathLike[str]) -> None:
    """Write the file of :meth:`Dataset.save`."""
    arrays: dict[str, Any] = {}
    for name, split in (("train", data.train), ("val", data.val), ("test", data.test)):
        if len(split):
            arrays |= {f"{name}_images": split.images, f"{name}_labels": split.labels}
    if data.class_names:
        arrays["class_names"] = np.array(data.class_names)
    if data.train.images.dtype.kind != "f":
        arrays["max_value"] = data.train.max_value
    elif data.image_shape[0] == 1:  # flat features, which are scaled by their range
        arrays |= {name: _flat(name, array) for name, array in arrays.items()}
    with atomic_write(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _flat(name: str, array: NDArray[Any]) -> NDArray[Any]:
    return array[:, 0] if name.endswith("images") else array


def read_folder(
    path: str | os.PathLike[str], *, size: tuple[int, int] | None = None, **settings: Any
) -> Dataset:
    """Read the folder of :meth:`Dataset.from_folder`."""
    path = Path(path)
    settings.setdefault("name", name_of_path(str(path)))
    parts = {"": path}
    if (path / "train").is_dir():
        parts = {"": path / "train", "val": path / "val", "test": path / "test"}
    lists = {split: _list_pictures(part) for split, part in parts.items() if part.is_dir()}
    headers = {file: _read_header(file) for part in lists.values() for file, _ in part}
    mode = "L" if {mode for mode, _ in headers.values()} <= _GREY else "RGB"
    if size is None:
        _check_same_size({file: size for file, (_, size) in headers.items()})
    pairs = {
        split: (np.stack([_read(file, mode, size) for file, _ in part]), [name for _, name in part])
        for split, part in lists.items()
    }
    return make_dataset(pairs, max_value=255, **settings)


def _list_pictures(folder: Path) -> list[tuple[str, str]]:
    """Files and the names of their classes, which are those of the subfolders."""
    try:
        listed = load_torchvision().datasets.ImageFolder(folder)
    except FileNotFoundError as error:  # names the folder, or the classes without pictures
        raise ValueError(
            f"{folder} must have a folder of pictures for each class: {error}"
        ) from None
    return [(file, listed.classes[label]) for file, label in listed.samples]


def _read_header(file: str) -> tuple[str, tuple[int, int]]:
    """Mode of a picture, and its width and height."""
    with _open(file) as picture:
        return picture.mode, picture.size


@contextmanager
def _open(file: str) -> Iterator[Image.Image]:
    try:
        with Image.open(file) as picture:
            yield picture
    except OSError as error:
        raise ValueError(f"{file} must be a whole picture: {error}") from None


def _check_same_size(sizes: Mapping[str, tuple[int, int]]) -> None:
    """ValueError unless all pictures have the same width and height."""
    examples = {size: file for file, size in sizes.items()}
    if len(examples) > 1:
        texts = [f"{height} × {width} ({file})" for (width, height), file in examples.items()]
        raise ValueError(
            f"pictures must have one size, got {texts[0]} and {texts[1]}: resize them, as "
            "hw.Dataset.from_folder(…, size=(32, 32)).save('own.npz') does"
        )


def _read(file: str, mode: str, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    with _open(file) as picture:
        converted = picture.convert(mode)
    if size is not None:
        height, width = size
        converted = converted.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(converted)
