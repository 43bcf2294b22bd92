"""Fashion-MNIST, fetched from mirrors, verified and cached; and the synthetic garments that stand in for it."""

import logging
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from hw.data.fetching import DataUnavailableError, data_folder, fetch, own_mirror
from hw.data.splits import Split, checksum
from hw.data.synthetic import make_garments
from hw.data.torchvision import load_torchvision

GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
FASHION_MNIST_MIRRORS = (
    "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
FASHION_MNIST_SHA256 = "ece172613115fb18b120bec8f6c02271af90b8b8f0a5af5c51cbd5ceed68e619"

log = logging.getLogger(__name__)


def load_fashion_mnist():
    """Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747), from the cache or else from a mirror.

    The cache lies in the folder that the environment variable HW_DATA names, else in the user's cache folder.
    HW_MIRROR, an ``http(s)://`` or ``file://`` prefix that holds ``fashion-mnist/…gz``, comes before the public ones.
    torchvision downloads, checks the MD5 sums, and reads; what is read is compared with a SHA-256 sum each time.

    Returns
    -------
    tuple[Split, Split]
        60,000 training and 10,000 test images of 28 × 28.

    Raises
    ------
    DataUnavailableError
        When no mirror has it; says what was tried.
    """
    folder = data_folder()
    try:
        return _read_fashion_mnist(folder)
    except (OSError, ValueError, RuntimeError) as error:
        if (folder / "FashionMNIST").exists():
            log.warning("The cached Fashion-MNIST in %s is not whole (%s): fetching it again.", folder, error)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as partial:
            _fetch_fashion_mnist(Path(partial))
            splits = _read_fashion_mnist(Path(partial))
            shutil.rmtree(folder / "FashionMNIST", ignore_errors=True)
            _install(Path(partial, "FashionMNIST"), folder / "FashionMNIST")
    except (OSError, ValueError) as error:
        raise DataUnavailableError(
            f"Fashion-MNIST could not be stored in {folder}: {error}\nSet HW_DATA to a folder that can be written to."
        ) from error
    return splits


def load_synthetic():
    """Small procedural garments in ten classes, which stand in for Fashion-MNIST.

    Returns
    -------
    tuple[Split, Split]
        6,000 training and 1,000 test images of 28 × 28, always the same ones.
    """
    generator = np.random.default_rng(0)
    return Split(*make_garments(6_000, generator)), Split(*make_garments(1_000, generator))


def _read_fashion_mnist(folder):
    """Both splits as torchvision reads them; ValueError when they are not, byte for byte, the published ones."""
    FashionMNIST = load_torchvision().datasets.FashionMNIST
    try:
        parts = [FashionMNIST(folder, train=train) for train in (True, False)]
    except (AssertionError, LookupError) as error:  # how torchvision says that a file is not in its format
        raise ValueError("a file is not in the format of MNIST") from error
    splits = tuple(Split(part.data.numpy(), part.targets.numpy()) for part in parts)
    if checksum(*splits) != FASHION_MNIST_SHA256:
        raise ValueError("its SHA-256 sum is another one")
    return splits


def _install(partial, folder):
    """Give the whole folder `partial` its place, unless another process was faster."""
    try:
        os.replace(partial, folder)
    except OSError:
        if not folder.exists():
            raise


def _fetch_fashion_mnist(folder):
    """Fetch the four files into torchvision's layout under `folder` and unpack them."""
    datasets = load_torchvision().datasets
    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    mirrors = [*own_mirror("fashion-mnist/"), *FASHION_MNIST_MIRRORS]
    for name, md5 in datasets.FashionMNIST.resources:
        fetch(raw / name, mirrors, lambda path, md5=md5: datasets.utils.check_md5(path, md5))
    datasets.FashionMNIST(folder, download=True)  # finds the files, checks them again and unpacks them
    for packed in raw.glob("*.gz"):
        packed.unlink()
