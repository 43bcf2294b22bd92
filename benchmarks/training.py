"""Seconds per epoch of ``ffnn-dropout`` on 60,000 images: hw.fit and its peers.

Run as ``python benchmarks/training.py``. The DataLoader loop is what a tutorial shows:
torchvision's dataset with ToTensor, torch's Dropout, default Adam, ``loss.item()`` for each
batch. Lightning trains the same network from the same DataLoader; scikit-learn's MLPClassifier
has less to do, having neither batch normalisation nor dropout. *Arithmetic* is the time that the
network's matrix products would take at the rate of one large product, measured in the same round.
All take turns, in a process each.
"""

import itertools
import logging
import time
import warnings
from importlib.util import find_spec

import torch
from measuring import blank, compared, processes, report, take_turns
from peers import as_torchvision, garments
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import hw
from hw.data.torchvision import load_torchvision

EXAMPLES = 60_000
BATCH = 128
REPETITIONS = 5
EPOCHS = 3
SIDE = 1_024  # of the large product
PRODUCTS = 100
WIDTHS = (784, 512, 256, 128, 10)


def measure():
    """Rows of the table."""
    there = [name for name in WAYS if name != "Lightning" or find_spec("lightning")]
    with processes(prepare, there) as ways:
        rows = compared("training", take_turns(ways, REPETITIONS), "s per epoch", "hw.fit")
    return rows + [blank("training", name, "not installed") for name in WAYS if name not in there]


def prepare(name):
    """One way: a function that trains an epoch."""
    return WAYS[name](garments(EXAMPLES, 1_000))


def suite(data):
    """A function that gives the seconds of an epoch of the suite's loop, with its validation."""
    config = hw.ClassifierConfig(epochs=EPOCHS, batch_size=BATCH)

    def epoch():
        (result,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
        return float(result.history["seconds"].median())

    return epoch


def network():
    """The published network in torch's own layers."""
    layers = [nn.Flatten()]
    *hidden, last = itertools.pairwise(WIDTHS[:-1])
    for n_in, n_out in hidden:
        linear = nn.Linear(n_in, n_out)
        layers += [linear, nn.BatchNorm1d(n_out), nn.ReLU(), nn.Dropout(0.2)]
    layers += [nn.Linear(*last), nn.ReLU()]
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
    rows = data.train.scaled().reshape(len(data.train), -1)
    net = MLPClassifier(
        WIDTHS[1:-1], batch_size=BATCH, learning_rate_init=1e-3, max_iter=1, warm_start=True
    )

    def epoch():
        net.fit(rows, data.train.labels)

    return epoch


def lightning_epoch(data):
    """A function that trains one epoch with PyTorch Lightning."""
    load_torchvision()  # Lightning imports it too
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

    loader = DataLoader(as_torchvision(data.train), batch_size=BATCH, shuffle=True)
    module = Module()
    extras = ("checkpointing", "progress_bar", "model_summary")
    quiet = {"logger": False} | {f"enable_{name}": False for name in extras}

    def epoch():
        trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", **quiet)
        start = time.perf_counter()
        trainer.fit(module, loader)
        return time.perf_counter() - start

    return epoch


def arithmetic(data):
    """A function that gives the seconds of an epoch's products at the rate of one large product."""
    one, other = torch.rand(2, SIDE, SIDE)
    weights = sum(n_in * n_out for n_in, n_out in itertools.pairwise(WIDTHS))
    gradients_of_inputs = weights - WIDTHS[0] * WIDTHS[1]  # the first layer's inputs need none
    operations = 2 * len(data.train) * (2 * weights + gradients_of_inputs)

    def epoch():
        start = time.perf_counter()
        for _ in range(PRODUCTS):
            one @ other
        return operations / (PRODUCTS * 2 * SIDE**3 / (time.perf_counter() - start))

    return epoch


WAYS = {
    "hw.fit": suite,
    "DataLoader loop": data_loader_loop,
    "scikit-learn": scikit_learn,
    "arithmetic": arithmetic,
    "Lightning": lightning_epoch,
}


if __name__ == "__main__":
    report(measure())
