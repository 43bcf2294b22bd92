"""A feed-forward network in NumPy alone, to be read in one sitting.

Read `layers` (forward and backward passes), `network` (layers in a row), `losses`, `optimizers`, and `training` (the
loop), in this order.

>>> import numpy as np
>>> from hw import scratch
>>> generator = np.random.default_rng(0)
>>> net = scratch.Sequential(scratch.Linear(2, 16, generator), scratch.ReLU(), scratch.Linear(16, 2, generator))
>>> inputs = generator.standard_normal((256, 2))
>>> labels = (inputs[:, 0] * inputs[:, 1] > 0).astype(int)  # opposite quadrants: no line separates them
>>> history = scratch.fit(net, (inputs, labels), None, loss=scratch.SoftmaxCrossEntropy(),
...                       optimizer=scratch.Adam(net, learning_rate=0.01), epochs=50, batch_size=32,
...                       generator=generator, progress=False)
>>> bool(history["train_accuracy"].iloc[-1] > 0.95)
True
"""

from hw.scratch.layers import BatchNorm, Dropout, Linear, ReLU, Sigmoid
from hw.scratch.losses import MeanSquaredError, SoftmaxCrossEntropy
from hw.scratch.network import Sequential, load, save
from hw.scratch.optimizers import SGD, Adam
from hw.scratch.training import fit

__all__ = [
    "SGD",
    "Adam",
    "BatchNorm",
    "Dropout",
    "Linear",
    "MeanSquaredError",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "fit",
    "load",
    "save",
]
