"""Data sets: downloaded, verified, cached and split."""

from hw.data.dataset import Dataset, Split, checksum
from hw.data.fashion_mnist import GARMENTS, load_fashion_mnist, load_synthetic
from hw.data.fetching import DataUnavailableError
from hw.data.loading import load
from hw.data.optdigits import DIGITS, load_bundled_digits, load_optdigits, read_optdigits
from hw.data.small_sets import load_small_set
from hw.data.splits import pool_splits, scale_features, train_val_split
from hw.data.synthetic import make_garments
from hw.data.torchvision import load_torchvision
from hw.files import data_folder

__all__ = [
    "DIGITS",
    "GARMENTS",
    "DataUnavailableError",
    "Dataset",
    "Split",
    "checksum",
    "data_folder",
    "load",
    "load_bundled_digits",
    "load_fashion_mnist",
    "load_optdigits",
    "load_small_set",
    "load_synthetic",
    "load_torchvision",
    "make_garments",
    "pool_splits",
    "read_optdigits",
    "scale_features",
    "train_val_split",
]
