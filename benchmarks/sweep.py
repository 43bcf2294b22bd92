"""Seconds per epoch of 12 configurations: stacked, one by one with hw.fit, in DataLoader loops.

Run as ``python benchmarks/sweep.py``. 4 learning rates × 3 hidden sizes of a network with one
hidden layer, 54,000 images in batches of 128. The three take turns, in a process each, so that a
busy machine slows all. The DataLoader loops are what a tutorial shows: torchvision's dataset with
ToTensor, default Adam, ``loss.item()`` for each batch.
"""

import time

import torch
from measuring import compared, processes, report, take_turns
from peers import as_torchvision, garments
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import hw

EXAMPLES = 54_000
VALIDATION = 6_000
REPETITIONS = 3
EPOCHS = 3  # of the suite's own ways, over which the set-up is spread
CONFIG = hw.SweepConfig(epochs=EPOCHS, batch_size=128, schedule="constant", seeds=[0])


def measure():
    """Rows of the table."""
    with processes(prepare, WAYS) as ways:
        return compared(
            "sweep of 12", take_turns(ways, REPETITIONS, warm_up=0), "s per epoch of all", "stacked"
        )


def prepare(name):
    """One way: a function that gives the seconds of an epoch of all twelve."""
    run, epochs = WAYS[name]
    data = garments(EXAMPLES, VALIDATION)
    torch.optim.Adam([torch.zeros(1)])  # torch loads its optimisers late; this is not timed

    def epoch():
        start = time.perf_counter()
        run(data)
        return (time.perf_counter() - start) / epochs

    return epoch


def stacked(data):
    """All twelve at once."""
    hw.sweep.train(hw.sweep.grid(CONFIG), data)


def one_by_one(data):
    """Twelve runs of the suite's own loop."""
    for trial in hw.sweep.grid(CONFIG):
        hw.fit_seeds(trial.build, data, trial.config, progress=False)


def data_loaders(data):
    """Twelve plain loops, with validation."""
    for trial in hw.sweep.grid(CONFIG):
        train, val = (
            DataLoader(as_torchvision(split), batch_size=128, shuffle=True)
            for split in (data.train, data.val)
        )
        (width,) = trial.config.hidden_sizes
        net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, width),
            nn.ReLU(),
            nn.Linear(width, 10),
        )
        optimizer = torch.optim.Adam(net.parameters(), lr=trial.config.learning_rate)
        total = correct = 0
        for images, labels in train:
            loss = F.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        with torch.no_grad():
            for images, labels in val:
                correct += (net(images).argmax(1) == labels).sum().item()


WAYS = {
    "stacked": (stacked, EPOCHS),
    "one by one": (one_by_one, EPOCHS),
    "DataLoader loops": (data_loaders, 1),
}

if __name__ == "__main__":
    report(measure())
