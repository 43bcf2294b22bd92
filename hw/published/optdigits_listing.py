"""The published 64-2-64 network of ``optdigits-latent``: as its listing has it, and put right.

With a(z) the sigmoid, codes c = a(x W + b) and outputs y = a(c V + d), and the error E = ½ Σ (y − x)² over all rows and
features, the gradient with respect to the last layer's input is (y − x) · y (1 − y).
"""

import numpy as np
import pandas as pd

from hw import scratch

ROWS, FEATURES, CODE_SIZE = 5_620, 64, 2
LOGGED = range(0, 1_000, 100)  # epochs of the published log


def listed_network(generator, dtype=np.float32):
    """The network before training, as the listing draws it.

    Parameters
    ----------
    generator : numpy.random.Generator
        Draws the weights uniformly from [0, 1); the biases are 0.1.
    dtype : numpy.dtype
        float32, or float64 for finite differences.

    Returns
    -------
    hw.scratch.Sequential
        64 → 2 → 64, a sigmoid after each.
    """
    net = scratch.Sequential(
        scratch.Linear(FEATURES, CODE_SIZE, None, dtype),
        scratch.Sigmoid(),
        scratch.Linear(CODE_SIZE, FEATURES, None, dtype),
        scratch.Sigmoid(),
    )
    for layer in (net.layers[0], net.layers[2]):
        layer.parameters["weight"][...] = generator.random(layer.parameters["weight"].shape)
        layer.parameters["bias"][...] = 0.1
    return net


def centred_network(generator):
    """The same layers with torch's usual first weights, uniform in ±1/√D, which do not saturate the sigmoids."""
    return scratch.Sequential(
        scratch.Linear(FEATURES, CODE_SIZE, generator),
        scratch.Sigmoid(),
        scratch.Linear(CODE_SIZE, FEATURES, generator),
        scratch.Sigmoid(),
    )


def published_error(net, rows):
    """The error that the report logs: half the sum of squared differences over all rows (N, 64) and features."""
    return float(np.square(net.predict(rows) - rows).sum() / 2)


def listed_gradients(net, rows):
    """Gradients as the listing computes them.

    It takes the sigmoid's derivative s (1 − s) at the output error s = y − x, where the activation y belongs, and so on
    backwards from there.

    Parameters
    ----------
    net : hw.scratch.Sequential
        As :func:`listed_network` makes it.
    rows : numpy.ndarray
        (N, 64).

    Returns
    -------
    list[dict[str, numpy.ndarray]]
        ``weight`` and ``bias`` of the first and of the second layer.
    """
    encoder, decoder = net.layers[0], net.layers[2]
    codes = _sigmoid(rows @ encoder.parameters["weight"] + encoder.parameters["bias"])
    outputs = _sigmoid(codes @ decoder.parameters["weight"] + decoder.parameters["bias"])
    error = outputs - rows
    delta = error * (1 - error)  # correct: error * outputs * (1 - outputs)
    code_delta = delta @ decoder.parameters["weight"].T * codes * (1 - codes)
    return [
        {"weight": rows.T @ code_delta, "bias": code_delta.sum(0)},
        {"weight": codes.T @ delta, "bias": delta.sum(0)},
    ]


def listed_step(net, rows, learning_rate=0.01):
    """One step as the listing takes it: every parameter less learning_rate · g / (g · g), which is learning_rate / g.

    A gradient of zero gives 0 / 0, which is NaN: the weights of every pixel that is constant have one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        for layer, gradients in zip((net.layers[0], net.layers[2]), listed_gradients(net, rows), strict=True):
            for name, gradient in gradients.items():
                layer.parameters[name] -= learning_rate * gradient / (gradient * gradient)


def gradient_table(net, rows, step=1e-4):
    """The listing's gradients and those of ``hw.scratch`` against central finite differences of the error.

    Parameters
    ----------
    net : hw.scratch.Sequential
        In float64.
    rows : numpy.ndarray
        (N, 64); a few are enough.
    step : float
        Half the distance of the two points of a difference.

    Returns
    -------
    pandas.DataFrame
        A row for each parameter array: its norm by differences, and the relative deviation of both gradients,
        ‖g − differences‖ / ‖differences‖.
    """
    loss = scratch.MeanSquaredError()
    loss.forward(net.forward(rows, training=True), rows)
    net.backward(loss.backward() * rows.size / 2, to_input=False)
    right = [{name: array.copy() for name, array in net.layers[i].gradients.items()} for i in (0, 2)]
    table = []
    for place, (ours, listed) in enumerate(zip(right, listed_gradients(net, rows), strict=True)):
        for name in ours:
            parameter = net.layers[2 * place].parameters[name]
            differences = _differences(net, rows, parameter, step)
            size = np.linalg.norm(differences)
            table.append({
                "parameters": f"{('encoder', 'decoder')[place]} {name}",
                "norm": size,
                "as listed": np.linalg.norm(listed[name] - differences) / size,
                "hw.scratch": np.linalg.norm(ours[name] - differences) / size,
            })  # fmt: skip
    return pd.DataFrame(table)


def fit_listed(net, rows, learning_rate, epochs, batch_size, generator, progress=True):
    """Train the network on its own inputs with the right gradients and Adam.

    Returns
    -------
    pandas.Series
        (epochs + 1,): the published error before training and after each epoch, indexed by the epoch from 0.
    """
    before = published_error(net, rows)
    history = scratch.fit(
        net, (rows, rows), (rows, rows), loss=scratch.MeanSquaredError(),
        optimizer=scratch.Adam(net, learning_rate), epochs=epochs, batch_size=batch_size, generator=generator,
        progress=progress,
    )  # fmt: skip
    return pd.Series([before, *history["val_loss"] * rows.size / 2], name="error")


def codes_of(net, rows):
    """Codes (N, 2) in the unit square of rows (N, 64)."""
    encoder = net.layers[0].parameters
    return _sigmoid(rows @ encoder["weight"] + encoder["bias"])


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _differences(net, rows, parameter, step):
    """Central differences of the error with respect to every number of a parameter array."""
    gradient = np.empty_like(parameter)
    for place in np.ndindex(parameter.shape):
        value = parameter[place]
        ends = []
        for sign in (1, -1):
            parameter[place] = value + sign * step
            ends.append(published_error(net, rows))
        parameter[place] = value
        gradient[place] = (ends[0] - ends[1]) / (2 * step)
    return gradient
