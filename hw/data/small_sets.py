"""Small data sets of torchvision: MNIST, KMNIST, the letters of EMNIST, CIFAR-10."""

import json
import string
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hw.data.dataset import Split, checksum
from hw.data.fetching import fetch, load_cached, user_mirror
from hw.data.torchvision import load_torchvision
from hw.files import data_folder

CLASS_NAMES = {
    "mnist": tuple(string.digits),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    "emnist_letters": tuple(string.ascii_lowercase),
    "cifar10": (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
}


class _Recipe(NamedTuple):
    kind: str  # torchvision's class
    raw: str  # folder of the downloads, under the data set's own folder
    split: str = ""  # of the class, if it has several
    transposed: bool = False  # in the published files
    first_label: int = 0

    def settings(self) -> dict[str, str]:
        """Further arguments of the class."""
        return {"split": self.split} if self.split else {}


_RECIPES = {
    "mnist": _Recipe("MNIST", "MNIST/raw"),
    "kmnist": _Recipe("KMNIST", "KMNIST/raw"),
    "emnist_letters": _Recipe("EMNIST", "EMNIST/raw", "letters", transposed=True, first_label=1),
    "cifar10": _Recipe("CIFAR10", "."),
}


def load_small_set(name: str) -> tuple[Split, Split]:
    """A data set of ``CLASS_NAMES``, cached or from a mirror.

    The cache and HW_MIRROR, which has the files in ``<name>/``, are those of
    :func:`hw.data.load_fashion_mnist`; the mirrors of torchvision come next. Downloads are verified
    by the MD5 checksums in torchvision, and what was read from them by its SHA-256 every time.

    Returns
    -------
    Training and test split as published, the letters upright.

    Raises
    ------
    DataUnavailableError
        If no mirror has it; lists what was tried.
    """
    return load_cached(
        data_folder() / name, name, partial(_read_verified, name), partial(_download, name)
    )


def _read_verified(name: str, folder: Path) -> tuple[Split, Split]:
    """Both splits; ValueError unless they are those that were downloaded."""
    expected = json.loads((folder / "checksum.json").read_text(encoding="utf-8"))
    splits = _read(name, folder)
    if checksum(*splits) != expected:
        raise ValueError("checksum mismatch")
    return splits


def _read(name: str, folder: Path) -> tuple[Split, Split]:
    recipe = _RECIPES[name]
    kind = getattr(load_torchvision().datasets, recipe.kind)
    try:
        parts = [kind(folder, train=train, **recipe.settings()) for train in (True, False)]
    except (AssertionError, LookupError) as error:  # torchvision's errors for another file format
        raise ValueError("a file is not in the expected format") from error
    train, test = (
        Split(
            np.ascontiguousarray(np.swapaxes(part.data, 1, 2) if recipe.transposed else part.data),
            np.asarray(part.targets, dtype=np.int64) - recipe.first_label,
        )
        for part in parts
    )
    return train, test


def _download(name: str, folder: Path) -> None:
    """Download the files into torchvision's layout under `folder`, and note what is in them."""
    recipe = _RECIPES[name]
    datasets = load_torchvision().datasets
    kind = getattr(datasets, recipe.kind)
    files, mirrors = _downloads(kind)
    raw = folder / recipe.raw
    raw.mkdir(parents=True)
    for file in files:
        fetch(
            raw / file,
            [*user_mirror(f"{name}/"), *mirrors],
            lambda path: datasets.utils.check_md5(path, files[path.name]),
        )
    kind(folder, download=True, **recipe.settings())  # verifies the files again and unpacks them
    for file in files:
        (raw / file).unlink()
    digest = checksum(*_read(name, folder))
    (folder / "checksum.json").write_text(json.dumps(digest), encoding="utf-8")


def _downloads(kind: Any) -> tuple[dict[str, str], Sequence[str]]:
    """MD5 checksums by the name of the file, and the URL prefixes that have them."""
    if hasattr(kind, "url"):
        prefix, _, name = kind.url.rpartition("/")
        return {name: getattr(kind, "tgz_md5", None) or kind.md5}, [f"{prefix}/"]
    return dict(kind.resources), kind.mirrors
