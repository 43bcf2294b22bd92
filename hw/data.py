"""The data sets: fetched from mirrors, verified, cached, and split."""

import hashlib
import logging
import os
import shutil
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import platformdirs
import torch
from sklearn.model_selection import train_test_split

from hw.synthetic import make_garments
from hw.vision import load_torchvision

TIMEOUT = 10  # seconds that a mirror may stay silent
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
FASHION_MNIST_MIRRORS = (
    "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
FASHION_MNIST_SHA256 = "ece172613115fb18b120bec8f6c02271af90b8b8f0a5af5c51cbd5ceed68e619"

log = logging.getLogger(__name__)


class DataUnavailableError(RuntimeError):
    """A data set can be had from nowhere; the message says what was tried, where, and what helps."""


@dataclass(frozen=True)
class Split:
    """N labelled images.

    Attributes
    ----------
    images : numpy.ndarray
        (N, H, W), uint8.
    labels : numpy.ndarray
        (N,), int64, in 0..K−1.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        """Number of images, N."""
        return len(self.labels)

    def tensors(self, device="cpu"):
        """The images as float32 (N, H, W) in [0, 1] and the labels as int64 (N,), on `device`."""
        images = torch.as_tensor(self.images, device=device).to(torch.float32).div_(255)
        return images, torch.as_tensor(self.labels, device=device)


@dataclass(frozen=True)
class Dataset:
    """A data set in its three splits.

    Attributes
    ----------
    name : str
        ``fashion_mnist`` or ``synthetic``.
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


def load(config):
    """Load the data set that the settings ask for.

    Parameters
    ----------
    config : ClassifierConfig
        Settings; used are ``dataset val_fraction train_size seeds`` (the first seed draws the splits).

    Returns
    -------
    Dataset
        With ``notice`` set where it is a stand-in.

    Raises
    ------
    DataUnavailableError
        When ``dataset`` is "fashion_mnist" and it can be had from nowhere.
    """
    notice = ""
    if config.dataset == "synthetic":
        notice = "Made with synthetic garments, not with Fashion-MNIST, as asked for: nothing here compares with it."
    try:
        train, test = load_synthetic() if notice else load_fashion_mnist()
    except DataUnavailableError as error:
        if config.dataset != "auto":
            raise
        log.warning("%s", error)
        train, test = load_synthetic()
        notice = (
            "Fashion-MNIST could not be had. This report was made with synthetic garments, a stand-in: "
            "nothing here compares with results on the real data."
        )
    if notice:
        log.warning("%s", notice)
    checksum = _checksum(train, test)
    train, val = train_val_split(train, config.val_fraction, config.train_size, config.seeds[0])
    name = "synthetic" if notice else "fashion_mnist"
    return Dataset(name, GARMENTS, train, val, test, checksum, notice)


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
            os.replace(Path(partial, "FashionMNIST"), folder / "FashionMNIST")
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
    return tuple(Split(split.images[chosen], split.labels[chosen]) for chosen in (rows, val_rows))


def data_folder():
    """Folder of the cached data sets: the environment variable HW_DATA, else the user's cache folder."""
    return Path(os.environ.get("HW_DATA") or platformdirs.user_cache_dir("hw"))


def _read_fashion_mnist(folder):
    """Both splits as torchvision reads them; ValueError when they are not, byte for byte, the published ones."""
    FashionMNIST = load_torchvision().datasets.FashionMNIST
    parts = [FashionMNIST(folder, train=train) for train in (True, False)]
    splits = tuple(Split(part.data.numpy(), part.targets.numpy()) for part in parts)
    if _checksum(*splits) != FASHION_MNIST_SHA256:
        raise ValueError("its SHA-256 sum is another one")
    return splits


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


def own_mirror(place):
    """The mirror in the environment variable HW_MIRROR with `place` behind it, as a list of one or none."""
    prefix = os.environ.get("HW_MIRROR")
    return [f"{prefix.rstrip('/')}/{place}"] if prefix else []


def fetch(path, mirrors, intact):
    """Bring one file from the first mirror that has it whole.

    Parameters
    ----------
    path : Path
        Where it goes; its name is its name at the mirrors.
    mirrors : list[str]
        URL prefixes, ``http://``, ``https://`` or ``file://``.
    intact : callable
        Takes the path and tells by a checksum whether the file is the right one.

    Raises
    ------
    DataUnavailableError
        When no mirror has it; says what was tried.
    """
    tried = []
    for mirror in mirrors:
        url = f"{mirror}{path.name}"
        try:
            _download(url, path)
            if intact(path):
                return
            tried.append(f"  {url}: its checksum is another one")
        except (OSError, RuntimeError, ValueError) as error:
            tried.append(f"  {url}: {error}")
        path.unlink(missing_ok=True)
    raise DataUnavailableError(
        "\n".join([f"{path.name} could not be had. Tried:", *tried])
        + "\nSet HW_MIRROR to a prefix that holds it (http://…, https://… or file:///…), or take -p dataset synthetic."
    )


def _download(url, path):
    if url.startswith("file:"):  # urllib reports no length for these, and torchvision asks for it
        shutil.copyfile(url2pathname(urlsplit(url).path), path)
    else:
        with _silence_limited():
            load_torchvision().datasets.utils.download_url(url, path.parent, path.name)


@contextmanager
def _silence_limited():
    """torchvision sets no time-out of its own; without one a mirror that hangs would hang the notebook."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _checksum(*splits):
    digest = hashlib.sha256()
    for split in splits:
        digest.update(np.ascontiguousarray(split.images))
        digest.update(np.ascontiguousarray(split.labels))
    return digest.hexdigest()
