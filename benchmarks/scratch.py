"""Seconds per epoch of the same network in hw.scratch and in a plain PyTorch loop, both on the CPU.

Run as ``python benchmarks/scratch.py``. 784-256-10 with ReLU, batches of 128, Adam, 20,000 random
images that lie in memory, with labels that a network can learn (else its units die, and
arithmetic on zeros is timed). Both sides do the same work: one permutation an epoch, gather,
forward, backward, update, running loss and accuracy. They take turns, an epoch each, so that a
busy machine slows both, in a process each.
"""

import numpy as np
import torch
from measuring import compared, processes, report, take_turns
from torch import nn
from torch.nn import functional as F

from hw import scratch

EXAMPLES = 20_000
WIDTHS = (784, 256, 10)
BATCH = 128
REPETITIONS = 15


def measure():
    """Rows of the table."""
    with processes(prepare, ("hw.scratch", "torch")) as ways:
        taken = take_turns(ways, REPETITIONS, warm_up=2)
    return compared("from scratch", taken, "s per epoch", "hw.scratch")


def prepare(name):
    """One side: a function that trains an epoch."""
    generator = np.random.default_rng(0)
    images = generator.standard_normal((EXAMPLES, WIDTHS[0]), dtype=np.float32)
    teacher = np.random.default_rng(1).standard_normal((WIDTHS[0], WIDTHS[-1]), dtype=np.float32)
    labels = np.einsum("nd,dk->nk", images, teacher).argmax(
        axis=1
    )  # without BLAS, whose threads would wake up
    return {"hw.scratch": scratch_epoch, "torch": torch_epoch}[name](images, labels)


def scratch_epoch(images, labels):
    """A function that trains one epoch with hw.scratch."""
    generator = np.random.default_rng(0)
    d, h, k = WIDTHS
    net = scratch.Sequential(
        scratch.Linear(d, h, generator), scratch.ReLU(), scratch.Linear(h, k, generator)
    )
    optimizer = scratch.Adam(net)
    loss = scratch.SoftmaxCrossEntropy()
    return lambda: scratch.fit(
        net,
        (images, labels),
        None,
        loss=loss,
        optimizer=optimizer,
        epochs=1,
        batch_size=BATCH,
        generator=generator,
        progress=False,
    )


def torch_epoch(images, labels):
    """A function that trains one epoch with PyTorch."""
    images = torch.from_numpy(images)
    labels = torch.from_numpy(labels)
    d, h, k = WIDTHS
    net = nn.Sequential(nn.Linear(d, h), nn.ReLU(inplace=True), nn.Linear(h, k))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)

    def epoch():
        total = correct = 0
        for batch in torch.randperm(len(images)).split(BATCH):
            logits = net(images[batch])
            loss = F.cross_entropy(logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
            correct += (logits.detach().argmax(1) == labels[batch]).sum()
        return float(total) / len(images), float(correct) / len(images)

    return epoch


if __name__ == "__main__":
    report(measure())
