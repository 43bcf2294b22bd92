"""Seconds per epoch of ``ffnn-dropout`` (784-512-256-128-10, batches of 128, 60,000 images): hw.fit and its peers.

Run as ``python benchmarks/training.py``. The DataLoader loop is what a tutorial shows: torchvision's dataset with
ToTensor, torch's Dropout, default Adam, ``loss.item()`` for each batch. Lightning trains the same network from the same
DataLoader; scikit-learn's MLPClassifier has neither batch normalisation nor dropout, and so less to do. *Arithmetic* is
the time that the network's matrix products would take at the rate of one large product, measured in the same round.
"""

import itertools
import logging
import time
import warnings

import numpy as np
import torch
from measuring import blank, compared, report, take_turns
from peers import as_torchvision, garments
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import hw

EXAMPLES, BATCH, REPETITIONS, EPOCHS = 60_000, 128, 5, 3
WIDTHS = (784, 512, 256, 128, 10)


def measure():
    """Rows of the table."""
    data = garments(EXAMPLES, 1_000)
    ways = {
        "hw.fit": lambda: fit(data),
        "DataLoader loop": data_loader_loop(data),
        "scikit-learn": scikit_learn(data),
        "arithmetic": arithmetic,
    }
    try:
        ways["Lightning"] = lightning_epoch(data)
    except ImportError:
        return [*compared("training", take_turns(ways, REPETITIONS), "s per epoch", "hw.fit"),
                blank("training", "Lightning", "not installed")]  # fmt: skip
    return compared("training", take_turns(ways, REPETITIONS), "s per epoch", "hw.fit")


def fit(data):
    """Seconds of an epoch of the suite's loop, validation on 1,000 images included."""
    config = hw.ClassifierConfig(epochs=EPOCHS, batch_size=BATCH)
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return float(run.history["seconds"].median())


def network():
    """The published network in torch's own layers."""
    layers = [nn.Flatten()]
    for place, (n_in, n_out) in enumerate(itertools.pairwise(WIDTHS[:-1])):
        last = place == len(WIDTHS) - 3
        layers += [nn.Linear(n_in, n_out), *([] if last else [nn.BatchNorm1d(n_out)]), nn.ReLU()]
        layers += [] if last else [nn.Dropout(0.2)]
    return nn.Sequential(*layers, nn.Linear(*WIDTHS[-2:]))


def data_loader_loop(data):
    """A function that trains one epoch as a tutorial does."""
    loader = DataLoader(as_torchvision(data.train), batch_size=BATCH, shuffle=True)
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def epoch():
        net.train()
        total = 0.0
        for images, labels in loader:
            loss = F.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()

    return epoch


def scikit_learn(data):
    """A function that trains one epoch with scikit-learn."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = data.train.images.reshape(len(data.train), -1).astype(np.float32) / 255
    net = MLPClassifier(WIDTHS[1:-1], batch_size=BATCH, learning_rate_init=1e-3, max_iter=1, warm_start=True)

    def epoch():
        net.fit(rows, data.train.labels)

    return epoch


def lightning_epoch(data):
    """A function that trains one epoch with PyTorch Lightning."""
    import lightning

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = network()

        def training_step(self, batch, _):
            images, labels = batch
            return F.cross_entropy(self.net(images), labels)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    loader, module = DataLoader(as_torchvision(data.train), batch_size=BATCH, shuffle=True), Module()
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)

    def epoch():
        trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", **quiet)
        start = time.perf_counter()
        trainer.fit(module, loader)
        return time.perf_counter() - start

    return epoch


def arithmetic(side=1_024, products=20):
    """Seconds that forward and backward products of an epoch take at the rate of products of two large matrices."""
    one, other = torch.rand(2, side, side)
    start = time.perf_counter()
    for _ in range(products):
        one @ other
    rate = products * 2 * side**3 / (time.perf_counter() - start)
    weights = sum(n_in * n_out for n_in, n_out in itertools.pairwise(WIDTHS))
    gradients_of_inputs = weights - WIDTHS[0] * WIDTHS[1]  # the first layer's inputs need none
    return 2 * EXAMPLES * (2 * weights + gradients_of_inputs) / rate


if __name__ == "__main__":
    report(measure())
