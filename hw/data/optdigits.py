"""Optdigits, fetched from mirrors, verified and cached; and the half of it that scikit-learn brings along."""

import hashlib
import logging
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from hw.data.fetching import DataUnavailableError, data_folder, fetch, own_mirror
from hw.data.splits import Split

DIGITS = tuple("0123456789")
WHITE = 16  # the largest value of a pixel
OPTDIGITS_SHA256 = {
    "optdigits.tra": "e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd",
    "optdigits.tes": "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
}
OPTDIGITS_MIRRORS = ("https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/",)
OPTDIGITS_ZIP = ("https://archive.ics.uci.edu/static/public/80/", "optical+recognition+of+handwritten+digits.zip")

log = logging.getLogger(__name__)


def load_optdigits():
    """Optical recognition of handwritten digits (Alpaydin and Kaynak 1998, UCI), from the cache or else from a mirror.

    The cache and HW_MIRROR, under which the files lie in ``optdigits/``, are those of :func:`hw.load_fashion_mnist`;
    after it comes UCI, with the files or with the archive that holds them. What is read is compared with SHA-256 sums.

    Returns
    -------
    tuple[Split, Split]
        3,823 images of 30 writers for training, 1,797 of 13 other writers for the test, 8 × 8, values in 0..16.

    Raises
    ------
    DataUnavailableError
        When no mirror has it; says what was tried.
    """
    folder = data_folder() / "optdigits"
    try:
        return _read_verified(folder)
    except (OSError, ValueError) as error:
        if folder.exists():
            log.warning("The cached optdigits are not whole (%s): fetching them again.", error)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as partial:
            _fetch_optdigits(Path(partial))
            splits = _read_verified(Path(partial))
            for name in OPTDIGITS_SHA256:
                (Path(partial) / name).replace(folder / name)
    except (OSError, ValueError) as error:
        raise DataUnavailableError(
            f"optdigits could not be stored in {folder}: {error}\nSet HW_DATA to a folder that can be written to."
        ) from error
    return splits


def load_bundled_digits():
    """The 1,797 test rows of optdigits as scikit-learn brings them along, two thirds of them for training.

    Returns
    -------
    tuple[Split, Split]
        1,198 training and 599 test images of 8 × 8, stratified, always the same ones.
    """
    digits = load_digits()
    rows, test_rows = train_test_split(
        np.arange(len(digits.target)), test_size=599, stratify=digits.target, random_state=0
    )
    images, labels = digits.images.astype(np.uint8), digits.target.astype(np.int64)
    return tuple(Split(images[chosen], labels[chosen], WHITE) for chosen in (rows, test_rows))


def read_optdigits(path):
    """One file of optdigits: 64 pixels and a label a line, separated by commas.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Split
        N images (N, 8, 8), uint8 in 0..16.

    Raises
    ------
    ValueError
        For a line with another number of values, a pixel outside 0..16, or a label outside 0..9; names file and line.
    """
    path, rows = Path(path), []
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), start=1):
        try:
            rows.append(_parse(line))
        except ValueError as error:
            raise ValueError(f"{path.name}, line {number}: {error}") from None
    if not rows:
        raise ValueError(f"{path.name} must have rows, got an empty file")
    table = np.array(rows)
    return Split(table[:, :64].reshape(-1, 8, 8).astype(np.uint8), table[:, 64].astype(np.int64), WHITE)


def pool(data):
    """The data set with all its rows for training, as the published report has it; validation are the training rows.

    Returns
    -------
    Dataset
        The test split is among what is trained on: no score on it says anything about new rows.
    """
    parts = (data.train, data.val, data.test)
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels"))
    return replace(data, train=replace(data.train, images=images, labels=labels), val=data.train)


def scale_features(data):
    """The data set with each pixel scaled to [0, 1] by its smallest and largest value among the training rows.

    A pixel that is constant there becomes 0. Other rows may leave [0, 1] where they leave the range of training.

    Returns
    -------
    Dataset
        With float32 images.
    """
    scaler = MinMaxScaler().fit(data.train.images.reshape(len(data.train), -1))

    def scaled(split):
        rows = scaler.transform(split.images.reshape(len(split), -1)).astype(np.float32)
        return replace(split, images=rows.reshape(split.images.shape))

    return replace(data, train=scaled(data.train), val=scaled(data.val), test=scaled(data.test))


def _parse(line):
    """The 65 numbers of a line."""
    values = line.split(",")
    if len(values) != 65:
        raise ValueError(f"must have 64 pixels and a label, got {len(values)} values")
    if not all(value.isdecimal() for value in values):
        raise ValueError(f"must be whole numbers between commas, got {line[:80]!r}")
    *pixels, label = map(int, values)
    if max(pixels) > WHITE:
        raise ValueError(f"pixels must lie in 0..{WHITE}, got {max(pixels)}")
    if label > 9:
        raise ValueError(f"the label must be a digit, got {label}")
    return [*pixels, label]


def _read_verified(folder):
    splits = [read_optdigits(folder / name) for name in OPTDIGITS_SHA256]
    for name in OPTDIGITS_SHA256:
        if not _intact(folder / name):
            raise ValueError(f"the SHA-256 sum of {name} is another one")
    return tuple(splits)


def _intact(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() == OPTDIGITS_SHA256[path.name]


def _fetch_optdigits(folder):
    """Both files from a mirror that has them, else out of UCI's archive."""
    try:
        for name in OPTDIGITS_SHA256:
            fetch(folder / name, [*own_mirror("optdigits/"), *OPTDIGITS_MIRRORS], _intact)
    except DataUnavailableError as error:
        prefix, name = OPTDIGITS_ZIP
        try:
            fetch(folder / name, [prefix], zipfile.is_zipfile)
            with zipfile.ZipFile(folder / name) as archive:
                for member in OPTDIGITS_SHA256:
                    (folder / member).write_bytes(archive.read(member))
        except (DataUnavailableError, KeyError, zipfile.BadZipFile) as other:
            raise DataUnavailableError(f"{error}\n{other}") from None
