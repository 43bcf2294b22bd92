"""Data for the benchmarks, and the way tutorials read them."""

import numpy as np
import torch

from hw.data import GARMENTS, Dataset, Split
from hw.data.synthetic import make_garments
from hw.data.torchvision import load_torchvision


def garments(n_train: int, n_val: int) -> Dataset:
    """A data set of procedural garments; its test split is its validation split."""
    generator = np.random.default_rng(0)
    train, val = (Split(*make_garments(n, generator)) for n in (n_train, n_val))
    return Dataset("synthetic", GARMENTS, train, val, val, "", "made up")


def as_torchvision(split):
    """The images as torchvision's FashionMNIST serves them: one at a time, by PIL and ToTensor."""
    vision = load_torchvision()
    dataset = object.__new__(
        vision.datasets.FashionMNIST
    )  # without its __init__, which looks for files
    dataset.data = torch.from_numpy(split.images)
    dataset.targets = torch.from_numpy(split.labels)
    dataset.transform = vision.transforms.ToTensor()
    dataset.target_transform = None
    return dataset
