"""A feed-forward network in NumPy alone, to be read in one sitting.

Read the modules in this order: `layers` (forward and backward passes), `network` (a chain of
layers), `losses`, `optimizers`, and `training` (the loop).

>>> import numpy as np
>>> from hw import scratch
>>> generator = np.random.default_rng(0)
>>> net = scratch.Sequential(
...     scratch.Linear(2, 16, generator), scratch.ReLU(), scratch.Linear(16, 2, generator)
... )
>>> inputs = generator.standard_normal((256, 2))
>>> labels = (inputs[:, 0] * inputs[:, 1] > 0).astype(int)  # not linearly separable
>>> history = scratch.fit(
...     net,
...     (inputs, labels),
...     None,
...     loss=scratch.SoftmaxCrossEntropy(),
...     optimizer=scratch.Adam(net, learning_rate=0.01),
...     epochs=50,
...     batch_size=32,
...     generator=generator,
...     progress=False,
... )
>>> bool(history["train_accuracy"].iloc[-1] > 0.95)
True
"""

from hw.scratch.layers import BatchNorm, Dropout, Layer, Linear, ReLU, Sigmoid
from hw.scratch.losses import Loss, MeanSquaredError, SoftmaxCrossEntropy
from hw.scratch.network import Sequential, load, save
from hw.scratch.optimizers import SGD, Adam, Optimizer
from hw.scratch.training import fit

__all__ = [
    "SGD",
    "Adam",
    "BatchNorm",
    "Dropout",
    "Layer",
    "Linear",
    "Loss",
    "MeanSquaredError",
    "Optimizer",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "fit",
    "load",
    "save",
]
