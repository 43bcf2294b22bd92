"""Optdigits, downloaded, verified and cached; and the half of it bundled with scikit-learn."""

import hashlib
import logging
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from hw.data.dataset import Split
from hw.data.fetching import DataUnavailableError, fetch, user_mirror
from hw.files import data_folder

DIGITS = tuple("0123456789")
MAX_VALUE = 16  # of a pixel
OPTDIGITS_SHA256 = {
    "optdigits.tra": "e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd",
    "optdigits.tes": "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
}
_UCI = "https://archive.ics.uci.edu/"
OPTDIGITS_MIRRORS = (f"{_UCI}ml/machine-learning-databases/optdigits/",)
OPTDIGITS_ZIP = (f"{_UCI}static/public/80/", "optical+recognition+of+handwritten+digits.zip")

log = logging.getLogger(__name__)


def load_optdigits() -> tuple[Split, Split]:
    """Handwritten digits (Alpaydin and Kaynak 1998, UCI), cached or from a mirror.

    The cache and HW_MIRROR, which has the files in ``optdigits/``, are those of
    :func:`hw.data.load_fashion_mnist`; UCI comes next, with the files or an archive of them.
    SHA-256 checksums are verified every time.

    Returns
    -------
    3,823 training images by 30 writers and 1,797 test images by 13 others; 8 × 8, in 0..16.

    Raises
    ------
    DataUnavailableError
        If no mirror has it; lists what was tried.
    """
    folder = data_folder() / "optdigits"
    try:
        return _read_verified(folder)
    except PermissionError as error:
        raise _unusable(folder, error) from error
    except (OSError, ValueError) as error:
        if folder.exists():
            log.warning("The cached optdigits is damaged (%s); downloading it again.", error)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as name:
            partial = Path(name)
            _fetch_optdigits(partial)
            splits = _read_verified(partial)
            for file in OPTDIGITS_SHA256:
                (partial / file).replace(folder / file)
    except (OSError, ValueError) as error:
        raise _unusable(folder, error) from error
    return splits


def load_bundled_digits() -> tuple[Split, Split]:
    """The 1,797 test images of optdigits that scikit-learn bundles; a third of them for the test.

    Returns
    -------
    1,198 training and 599 test images of 8 × 8, stratified, always the same ones.
    """
    digits = load_digits()
    split = Split(digits.images.astype(np.uint8), digits.target.astype(np.int64), MAX_VALUE)
    rows, test_rows = train_test_split(
        np.arange(len(split)), test_size=599, stratify=split.labels, random_state=0
    )
    train, test = (
        Split(split.images[chosen], split.labels[chosen], MAX_VALUE) for chosen in (rows, test_rows)
    )
    return train, test


def read_optdigits(path: str | Path) -> Split:
    """Read a file of optdigits: 64 pixels and a label per line, separated by commas.

    Returns
    -------
    N images, (N, 8, 8), uint8 in 0..16.

    Raises
    ------
    ValueError
        For a wrong number of values, a pixel outside 0..16, or a label outside 0..9; names file
        and line.
    """
    path = Path(path)
    text = path.read_text(encoding="ascii", errors="replace")
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            rows.append(_parse(line))
        except ValueError as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from None
    if not rows:
        raise ValueError(f"{path.name} must have rows, got an empty file")
    table = np.array(rows)
    images = table[:, :64].reshape(-1, 8, 8).astype(np.uint8)
    return Split(images, table[:, 64].astype(np.int64), MAX_VALUE)


def _parse(line: str) -> list[int]:
    """The 65 numbers of a line."""
    values = line.split(",")
    if len(values) != 65:
        raise ValueError(f"must have 64 pixels and a label, got {len(values)} values")
    if not all(value.isdecimal() for value in values):
        raise ValueError(f"must be whole numbers separated by commas, got {line[:80]!r}")
    *pixels, label = map(int, values)
    if max(pixels) > MAX_VALUE:
        raise ValueError(f"pixels must be in 0..{MAX_VALUE}, got {max(pixels)}")
    if label > 9:
        raise ValueError(f"the label must be a digit, got {label}")
    return [*pixels, label]


def _unusable(folder: Path, error: Exception) -> DataUnavailableError:
    return DataUnavailableError(
        f"optdigits could not be cached in {folder}: {error}\nSet HW_DATA to a writable folder."
    )


def _read_verified(folder: Path) -> tuple[Split, Split]:
    train, test = (read_optdigits(folder / name) for name in OPTDIGITS_SHA256)
    for name in OPTDIGITS_SHA256:
        if not _intact(folder / name):
            raise ValueError(f"checksum mismatch of {name}")
    return train, test


def _intact(path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == OPTDIGITS_SHA256[path.name]


def _fetch_optdigits(folder: Path) -> None:
    """Download both files from a mirror that has them, else from UCI's archive."""
    try:
        for name in OPTDIGITS_SHA256:
            fetch(folder / name, [*user_mirror("optdigits/"), *OPTDIGITS_MIRRORS], _intact)
    except DataUnavailableError as error:
        prefix, name = OPTDIGITS_ZIP
        try:
            fetch(folder / name, [prefix], zipfile.is_zipfile)
            with zipfile.ZipFile(folder / name) as archive:
                for member in OPTDIGITS_SHA256:
                    (folder / member).write_bytes(archive.read(member))
        except (DataUnavailableError, KeyError, zipfile.BadZipFile) as archive_error:
            raise DataUnavailableError(f"{error}\n{archive_error}") from None
