"""The training loop; its history has the columns of ``hw.fit``."""

import math
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from hw.scratch.layers import require_count


def fit(net, train, val, *, loss, optimizer, epochs, batch_size, generator, progress=True):
    """Train a network on mini-batches; an epoch is one random permutation of the training examples, cut into batches.

    A last batch of a single example is left out: batch normalisation needs two.

    Parameters
    ----------
    net : Sequential
        The network, trained in place.
    train, val : tuple[numpy.ndarray, numpy.ndarray]
        Inputs (N, D), finite, and targets: integer labels (N,) or numbers (N, K), as `loss` takes them. `val` may be
        None.
    loss : SoftmaxCrossEntropy or MeanSquaredError
        What is minimised.
    optimizer : SGD or Adam
        Made for `net`.
    epochs, batch_size : int
        At least 1.
    generator : numpy.random.Generator
        Of the order of the examples.
    progress : bool
        Show a progress bar.

    Returns
    -------
    pandas.DataFrame
        A row per epoch: ``epoch`` from 1; ``train_loss`` and ``train_accuracy``, running means over the epoch in
        training mode; ``val_loss``, ``val_accuracy`` and ``val_macro_f1`` after it; ``learning_rate``; ``seconds``.
        Accuracies and F1 are fractions in [0, 1], NaN where `loss` does not classify; ``val_…`` are NaN without `val`.

    Raises
    ------
    ValueError
        When an argument breaks its rule, or shapes do not go together.
    FloatingPointError
        When the loss is not a finite number; names the epoch and the batch.
    """
    require_count(epochs=epochs, batch_size=batch_size)
    if optimizer.net is not net:
        raise ValueError(f"optimizer must have been made for this net, got one for {optimizer.net!r}")
    train = _checked("train", train, net, loss)
    val = None if val is None else _checked("val", val, net, loss)
    rows = []
    bar = tqdm(range(1, epochs + 1), desc="fit", unit="epoch", disable=not progress, mininterval=0.5)
    for epoch in bar:
        start = time.perf_counter()
        order = generator.permutation(len(train[0]))
        row = {"epoch": epoch} | _train_epoch(net, train, loss, optimizer, batch_size, order, epoch)
        row |= _evaluate(net, val, loss)
        row |= {"learning_rate": optimizer.learning_rate, "seconds": time.perf_counter() - start}
        rows.append(row)
        bar.set_postfix({name: f"{row[name]:.4f}" for name in ("train_loss", "val_accuracy") if row[name] == row[name]})
    return pd.DataFrame(rows)


def _train_epoch(net, train, loss, optimizer, batch_size, order, epoch):
    """One pass over the training examples in this order; running means of loss and accuracy."""
    inputs, targets = train
    total = correct = seen = 0
    for batch, start in enumerate(range(0, len(order), batch_size), start=1):
        chosen = order[start : start + batch_size]
        if len(chosen) == 1 and batch > 1:
            break
        x, y = inputs[chosen], targets[chosen]
        with np.errstate(over="ignore", invalid="ignore"):  # the check below says it better
            outputs = net.forward(x, training=True)
            value = loss.forward(outputs, y)
        if not math.isfinite(value):
            raise FloatingPointError(
                f"loss became {value} in epoch {epoch}, batch {batch}: "
                f"lower the learning rate (now {optimizer.learning_rate:g}) or raise batch_size"
            )
        net.backward(loss.backward(), to_input=False)
        optimizer.step()
        seen += len(chosen)
        total += value * len(chosen)
        if loss.classifies:
            correct += np.count_nonzero(outputs.argmax(axis=1) == y)
    return {"train_loss": total / seen, "train_accuracy": correct / seen if loss.classifies else math.nan}


def _evaluate(net, val, loss):
    """Loss, accuracy and macro F1 in evaluation mode."""
    scores = dict.fromkeys(("val_loss", "val_accuracy", "val_macro_f1"), math.nan)
    if val is not None:
        inputs, targets = val
        outputs = net.predict(inputs)
        scores["val_loss"] = loss.forward(outputs, targets)
        if loss.classifies:
            y_pred = outputs.argmax(axis=1)
            scores["val_accuracy"] = float(np.mean(y_pred == targets))
            scores["val_macro_f1"] = _macro_f1(targets, y_pred)
    return scores


def _macro_f1(labels, y_pred):
    """Mean of 2 TP / (2 TP + FP + FN) over the classes that occur in either, as scikit-learn averages it."""
    n_classes = max(labels.max(), y_pred.max()) + 1
    hits, true, predicted = (np.bincount(of, minlength=n_classes) for of in (labels[labels == y_pred], labels, y_pred))
    occurs = true + predicted > 0
    return float(np.mean(2 * hits[occurs] / (true + predicted)[occurs]))


def _checked(name, split, net, loss):
    """The split's arrays, inputs in the network's dtype; ValueError unless they fit each other and the network."""
    inputs, targets = (np.asarray(array) for array in split)
    if inputs.ndim != 2 or len(inputs) == 0:
        raise ValueError(f"{name} inputs must have shape (N, D) with N at least 1, got {inputs.shape}")
    if targets.shape[:1] != inputs.shape[:1]:
        raise ValueError(f"{name} targets must be as many as the inputs {inputs.shape}, got {targets.shape}")
    inputs = np.ascontiguousarray(inputs, net.dtype)
    if not (np.isfinite(inputs.min()) and np.isfinite(inputs.max())):
        raise ValueError(f"{name} inputs must be finite, got nan or infinity")
    loss.check((len(inputs), net.predict(inputs[:1]).shape[1]), targets)
    return inputs, targets
