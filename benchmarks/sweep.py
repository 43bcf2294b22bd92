"""Seconds per epoch of 12 configurations: stacked, one after another with hw.fit, and as plain DataLoader loops.

Run as ``python benchmarks/sweep.py``. 4 learning rates × 3 hidden sizes of a network with one hidden layer, 54,000
images in batches of 128. The three take turns, so that a busy machine slows all. The DataLoader loops are what a
tutorial shows: torchvision's dataset with ToTensor, default Adam, ``loss.item()`` for each batch.
"""

import os
import platform
import statistics
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import hw
from hw import data as hw_data
from hw.vision import load_torchvision

EXAMPLES, VALIDATION, REPETITIONS = 54_000, 6_000, 3
EPOCHS = 3  # of the suite's own ways; setting up is spread over them, as it is over the 25 of the notebook
CONFIG = hw.SweepConfig(epochs=EPOCHS, seeds=[0])


def main():
    """Measure all three, print medians with their ranges, and the ratios."""
    generator = np.random.default_rng(0)
    train, val = (hw_data.Split(*hw.make_garments(n, generator)) for n in (EXAMPLES, VALIDATION))
    data = hw_data.Dataset("synthetic", hw_data.GARMENTS, train, val, val, "", "made up")
    ways = {"stacked": (stacked, EPOCHS), "one by one": (one_by_one, EPOCHS), "DataLoader": (data_loaders, 1)}
    seconds = {name: [] for name in ways}
    torch.optim.Adam([torch.zeros(1)])  # torch loads its optimisers late; nobody is to pay for that
    for _ in range(REPETITIONS):
        for name, (run, epochs) in ways.items():
            start = time.perf_counter()
            run(data)
            seconds[name].append((time.perf_counter() - start) / epochs)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, "
          f"torch {torch.__version__}; 12 configurations, seconds per epoch, {REPETITIONS} repetitions")  # fmt: skip
    for name, times in seconds.items():
        ratio = statistics.median(ours / other for ours, other in zip(seconds["stacked"], times, strict=True))
        print(f"{name:12} {statistics.median(times):7.2f} s (min {min(times):.2f}, max {max(times):.2f}); "
              f"stacked takes {ratio:.3f} of it")  # fmt: skip


def stacked(data):
    """All twelve at once."""
    hw.sweep.train(hw.sweep.grid(CONFIG), data, CONFIG)


def one_by_one(data):
    """Twelve runs of the suite's own loop."""
    for trial in hw.sweep.grid(CONFIG):
        config = hw.ClassifierConfig(
            hidden_sizes=[trial.hidden_size],
            learning_rate=trial.learning_rate,
            batch_norm=False,
            dropout=0.0,
            epochs=EPOCHS,
        )
        hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)


def as_torchvision(split):
    """The images as torchvision's own FashionMNIST dataset hands them out: one at a time, through PIL and ToTensor."""
    vision = load_torchvision()
    dataset = object.__new__(vision.datasets.FashionMNIST)  # without its __init__, which looks for files
    dataset.data, dataset.targets = torch.from_numpy(split.images), torch.from_numpy(split.labels)
    dataset.transform, dataset.target_transform = vision.transforms.ToTensor(), None
    return dataset


def data_loaders(data):
    """Twelve plain loops, with validation."""
    for trial in hw.sweep.grid(CONFIG):
        loaders = [DataLoader(as_torchvision(split), batch_size=128, shuffle=True) for split in (data.train, data.val)]
        net = nn.Sequential(
            nn.Flatten(), nn.Linear(784, trial.hidden_size), nn.ReLU(), nn.Linear(trial.hidden_size, 10)
        )
        optimizer = torch.optim.Adam(net.parameters(), lr=trial.learning_rate)
        total = correct = 0
        for images, labels in loaders[0]:
            loss = F.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        with torch.no_grad():
            for images, labels in loaders[1]:
                correct += (net(images).argmax(1) == labels).sum().item()


if __name__ == "__main__":
    main()
