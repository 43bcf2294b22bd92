"""The published 64-2-64 network of ``optdigits-latent``: as listed in the report, and corrected.

With the sigmoid a(z), codes c = a(x W + b) and outputs y = a(c V + d), the error is
E = ½ Σ (y − x)² over all rows and features, and its gradient with respect to the last layer's input
is (y − x) · y (1 − y). Shapes: N rows of 64 features.
"""

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike

from hw import scratch
from hw.scratch import Layer, Sequential

ROWS = 5_620  # of the published data: its training and test file together
FEATURES = 64
CODE_SIZE = 2
LOGGED = range(0, 1_000, 100)  # epochs of the published log


def listed_network(generator: np.random.Generator, dtype: DTypeLike = np.float32) -> Sequential:
    """The network before training, as the listing draws it.

    Parameters
    ----------
    generator
        Draws the weights uniformly from [0, 1); the biases are 0.1.
    dtype
        float32, or float64 for finite differences.

    Returns
    -------
    Sequential
        64 → 2 → 64, each followed by a sigmoid.
    """
    net = _autoencoder(None, dtype)
    for layer in _linear_layers(net):
        weight = layer.parameters["weight"]
        weight[...] = generator.random(weight.shape)
        layer.parameters["bias"][...] = 0.1
    return net


def centred_network(generator: np.random.Generator) -> Sequential:
    """The same layers with torch's usual initial weights, uniform in ±1/√D.

    They do not saturate the sigmoids.
    """
    return _autoencoder(generator, np.float32)


def published_error(net: Sequential, rows: np.ndarray) -> float:
    """The error that the report logs: half the sum of squared differences over `rows` (N, 64)."""
    return float(np.square(net.predict(rows) - rows).sum() / 2)


def listed_gradients(net: Sequential, rows: np.ndarray) -> list[dict[str, np.ndarray]]:
    """Gradients as the listing computes them.

    At the output it takes s (1 − s) as the derivative of the sigmoid, with the error s = y − x
    instead of the activation y, and propagates that backwards.

    Parameters
    ----------
    net
        As :func:`listed_network` returns it.
    rows
        (N, 64).

    Returns
    -------
    list
        ``weight`` and ``bias`` of the first and of the second linear layer.
    """
    encoder, decoder = (layer.parameters for layer in _linear_layers(net))
    codes = _sigmoid(rows @ encoder["weight"] + encoder["bias"])  # (N, 2)
    outputs = _sigmoid(codes @ decoder["weight"] + decoder["bias"])  # (N, 64)
    error = outputs - rows
    delta = error * (1 - error)  # correct: error * outputs * (1 - outputs)
    code_delta = delta @ decoder["weight"].T * codes * (1 - codes)
    return [
        {"weight": rows.T @ code_delta, "bias": code_delta.sum(0)},
        {"weight": codes.T @ delta, "bias": delta.sum(0)},
    ]


def listed_step(net: Sequential, rows: np.ndarray, learning_rate: float = 0.01) -> None:
    """Take one step as the listing does: θ ← θ − learning_rate · g / (g · g).

    That is learning_rate / g. A gradient of zero gives 0 / 0, which is NaN: this happens to the
    weights of every pixel that is constant.

    Parameters
    ----------
    net
        As :func:`listed_network` returns it; changed in place.
    rows
        (N, 64).
    learning_rate
        0.01 in the report.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        for layer, gradients in zip(_linear_layers(net), listed_gradients(net, rows), strict=True):
            for name, gradient in gradients.items():
                layer.parameters[name] -= learning_rate * gradient / (gradient * gradient)


def gradient_table(net: Sequential, rows: np.ndarray, step: float = 1e-4) -> pd.DataFrame:
    """Check the listing's gradients and those of ``hw.scratch`` against finite differences.

    Parameters
    ----------
    net
        In float64.
    rows
        (N, 64); a few are enough.
    step
        Half the distance between the two points of a central difference.

    Returns
    -------
    DataFrame
        A row for each parameter array: the norm of its gradient by differences, and the relative
        deviation of both gradients, ‖g − differences‖ / ‖differences‖.
    """
    loss = scratch.MeanSquaredError()
    loss.forward(net.forward(rows, training=True), rows)
    net.backward(loss.backward() * rows.size / 2, to_input=False)
    table = []
    for layer_name, layer, listed in zip(
        ("encoder", "decoder"), _linear_layers(net), listed_gradients(net, rows), strict=True
    ):
        for name, gradient in layer.gradients.items():
            differences = _differences(net, rows, layer.parameters[name], step)
            norm = np.linalg.norm(differences)
            row = {
                "parameters": f"{layer_name} {name}",
                "norm": norm,
                "as listed": np.linalg.norm(listed[name] - differences) / norm,
                "hw.scratch": np.linalg.norm(gradient - differences) / norm,
            }
            table.append(row)
    return pd.DataFrame(table)


def fit_listed(
    net: Sequential,
    rows: np.ndarray,
    learning_rate: float,
    epochs: int,
    batch_size: int,
    generator: np.random.Generator,
    progress: bool = True,
) -> pd.Series:
    """Train the network on its own inputs with the correct gradients and Adam.

    Parameters
    ----------
    net
        As :func:`listed_network` or :func:`centred_network` returns it; trained in place.
    rows
        (N, 64).
    learning_rate, epochs, batch_size, generator, progress
        As in :func:`hw.scratch.fit` and :class:`hw.scratch.Adam`.

    Returns
    -------
    Series
        (epochs + 1,): the published error before training and after each epoch, indexed by the
        epoch from 0.
    """
    before = published_error(net, rows)
    history = scratch.fit(
        net,
        (rows, rows),
        (rows, rows),
        loss=scratch.MeanSquaredError(),
        optimizer=scratch.Adam(net, learning_rate),
        epochs=epochs,
        batch_size=batch_size,
        generator=generator,
        progress=progress,
    )
    return pd.Series([before, *history["val_loss"] * rows.size / 2], name="error")


def hidden_codes(net: Sequential, rows: np.ndarray) -> np.ndarray:
    """Codes (N, 2) in the unit square of `rows` (N, 64)."""
    encoder = net.layers[0].parameters
    return _sigmoid(rows @ encoder["weight"] + encoder["bias"])


def _autoencoder(generator: np.random.Generator | None, dtype: DTypeLike) -> Sequential:
    return Sequential(
        scratch.Linear(FEATURES, CODE_SIZE, generator, dtype),
        scratch.Sigmoid(),
        scratch.Linear(CODE_SIZE, FEATURES, generator, dtype),
        scratch.Sigmoid(),
    )


def _linear_layers(net: Sequential) -> tuple[Layer, Layer]:
    """Encoder and decoder without their sigmoids."""
    return net.layers[0], net.layers[2]


def _sigmoid(z: np.ndarray) -> np.ndarray:
    activations: np.ndarray = 1 / (1 + np.exp(-z))
    return activations


def _differences(
    net: Sequential, rows: np.ndarray, parameter: np.ndarray, step: float
) -> np.ndarray:
    """Central differences of the error with respect to every number in a parameter array."""
    gradient = np.empty_like(parameter)
    for index in np.ndindex(parameter.shape):
        value = parameter[index]
        parameter[index] = value + step
        above = published_error(net, rows)
        parameter[index] = value - step
        below = published_error(net, rows)
        parameter[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient
