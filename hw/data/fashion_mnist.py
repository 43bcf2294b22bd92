"""Fashion-MNIST, downloaded, verified and cached; and the synthetic garments that replace it."""

from pathlib import Path

import numpy as np

from hw.data.dataset import Split, checksum
from hw.data.fetching import fetch, load_cached, user_mirror
from hw.data.synthetic import make_garments
from hw.data.torchvision import load_torchvision
from hw.files import data_folder

GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
FASHION_MNIST_MIRRORS = (
    "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
FASHION_MNIST_SHA256 = "ece172613115fb18b120bec8f6c02271af90b8b8f0a5af5c51cbd5ceed68e619"


def load_fashion_mnist() -> tuple[Split, Split]:
    """Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747), cached or from a mirror.

    The cache is in :func:`hw.data.data_folder`. The environment variable HW_MIRROR, an
    ``http(s)://`` or ``file://`` prefix that has ``fashion-mnist/…gz``, is tried before the public
    mirrors. A SHA-256 checksum is verified every time.

    Returns
    -------
    60,000 training and 10,000 test images of 28 × 28.

    Raises
    ------
    DataUnavailableError
        If no mirror has it; lists what was tried.
    """
    return load_cached(
        data_folder() / "FashionMNIST", "Fashion-MNIST", _read_fashion_mnist, _fetch_fashion_mnist
    )


def load_synthetic() -> tuple[Split, Split]:
    """Small procedural garments in ten classes, the stand-in for Fashion-MNIST.

    Returns
    -------
    6,000 training and 1,000 test images of 28 × 28, always the same ones.
    """
    generator = np.random.default_rng(0)
    return Split(*make_garments(6_000, generator)), Split(*make_garments(1_000, generator))


def _read_fashion_mnist(folder: Path) -> tuple[Split, Split]:
    """Both splits as torchvision reads them; ValueError unless they are exactly as published."""
    FashionMNIST = load_torchvision().datasets.FashionMNIST
    try:
        loaded = [FashionMNIST(folder.parent, train=train) for train in (True, False)]
    except (AssertionError, LookupError) as error:  # torchvision's errors for another file format
        raise ValueError("a file is not in MNIST's format") from error
    train, test = (Split(part.data.numpy(), part.targets.numpy()) for part in loaded)
    if checksum(train, test) != FASHION_MNIST_SHA256:
        raise ValueError("checksum mismatch")
    return train, test


def _fetch_fashion_mnist(folder: Path) -> None:
    """Download the four files into `folder`, as torchvision lays them out, and unpack them."""
    datasets = load_torchvision().datasets
    raw = folder / "raw"
    raw.mkdir(parents=True)
    mirrors = [*user_mirror("fashion-mnist/"), *FASHION_MNIST_MIRRORS]
    md5 = dict(datasets.FashionMNIST.resources)
    for name in md5:
        fetch(raw / name, mirrors, lambda path: datasets.utils.check_md5(path, md5[path.name]))
    datasets.FashionMNIST(folder.parent, download=True)  # verifies the files again and unpacks them
    for packed in raw.glob("*.gz"):
        packed.unlink()
