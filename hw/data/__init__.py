"""The data sets: fetched from mirrors, verified, cached, and split."""

from hw.data.fashion_mnist import GARMENTS, load_fashion_mnist, load_synthetic
from hw.data.fetching import DataUnavailableError, data_folder
from hw.data.loading import load
from hw.data.optdigits import load_bundled_digits, load_optdigits, pool, read_optdigits, scale_features
from hw.data.splits import Dataset, Split, train_val_split

__all__ = [
    "GARMENTS",
    "DataUnavailableError",
    "Dataset",
    "Split",
    "data_folder",
    "load",
    "load_bundled_digits",
    "load_fashion_mnist",
    "load_optdigits",
    "load_synthetic",
    "pool",
    "read_optdigits",
    "scale_features",
    "train_val_split",
]
