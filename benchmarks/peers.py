"""Data for the benchmarks, and the way that tutorials read them."""

import numpy as np
import torch

import hw
from hw import data as hw_data
from hw.data.torchvision import load_torchvision


def garments(n_train, n_val):
    """A data set of procedural garments; its test split is its validation split."""
    generator = np.random.default_rng(0)
    train, val = (hw_data.Split(*hw.make_garments(n, generator)) for n in (n_train, n_val))
    return hw_data.Dataset("synthetic", hw_data.GARMENTS, train, val, val, "", "made up")


def as_torchvision(split):
    """The images as torchvision's own FashionMNIST dataset hands them out: one at a time, through PIL and ToTensor."""
    vision = load_torchvision()
    dataset = object.__new__(vision.datasets.FashionMNIST)  # without its __init__, which looks for files
    dataset.data, dataset.targets = torch.from_numpy(split.images), torch.from_numpy(split.labels)
    dataset.transform, dataset.target_transform = vision.transforms.ToTensor(), None
    return dataset
