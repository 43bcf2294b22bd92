"""The training loop; its history has the same columns as that of ``hw.fit``."""

import math
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from hw.scratch.layers import require_count
from hw.scratch.losses import Loss
from hw.scratch.network import Sequential
from hw.scratch.optimizers import Optimizer

Arrays = tuple[np.ndarray, np.ndarray]  # inputs and targets


def fit(
    net: Sequential,
    train: Arrays,
    val: Arrays | None,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    generator: np.random.Generator,
    progress: bool = True,
) -> pd.DataFrame:
    """Train a network on mini-batches.

    An epoch is one random permutation of the training examples, cut into batches. A last batch of a
    single example is left out, since batch normalisation needs two.

    Parameters
    ----------
    net
        The network, trained in place.
    train, val
        Inputs (N, D), finite, and targets: integer labels (N,) for :class:`SoftmaxCrossEntropy`,
        numbers (N, K) for :class:`MeanSquaredError`. `val` may be None.
    loss
        What is minimised.
    optimizer
        Made for `net`.
    epochs, batch_size
        At least 1.
    generator
        Draws the order of the examples.
    progress
        Show a progress bar.

    Returns
    -------
    DataFrame
        A row per epoch: ``epoch`` from 1; ``train_loss`` and ``train_accuracy``, running means over
        the epoch in training mode; ``val_loss``, ``val_accuracy`` and ``val_macro_f1`` after it;
        ``learning_rate``; ``seconds``. Accuracies and F1 are in [0, 1], and NaN if `loss` does not
        classify. All ``val_…`` are NaN without `val`.

    Raises
    ------
    ValueError
        If an argument breaks its rule, or shapes do not match.
    FloatingPointError
        If the loss is not a finite number; the message names the epoch and the batch.
    """
    require_count(epochs=epochs, batch_size=batch_size)
    if optimizer.net is not net:
        raise ValueError(
            f"optimizer must have been made for this net, got one for {optimizer.net!r}"
        )
    train = _checked("train", train, net, loss)
    val = None if val is None else _checked("val", val, net, loss)
    rows = []
    bar = tqdm(
        range(1, epochs + 1), desc="fit", unit="epoch", disable=not progress, mininterval=0.5
    )
    for epoch in bar:
        start = time.perf_counter()
        order = generator.permutation(len(train[0]))
        row: dict[str, float] = {"epoch": epoch}
        row |= _train_epoch(net, train, loss, optimizer, batch_size, order, epoch)
        row |= _evaluate(net, val, loss)
        row["learning_rate"] = optimizer.learning_rate
        row["seconds"] = time.perf_counter() - start
        rows.append(row)
        shown = {name: row[name] for name in ("train_loss", "val_accuracy")}
        bar.set_postfix({name: f"{x:.4f}" for name, x in shown.items() if not math.isnan(x)})
    return pd.DataFrame(rows)


def _train_epoch(
    net: Sequential,
    train: Arrays,
    loss: Loss,
    optimizer: Optimizer,
    batch_size: int,
    order: np.ndarray,
    epoch: int,
) -> dict[str, float]:
    """One pass over the training examples in this order; running means of loss and accuracy."""
    inputs, targets = train
    total = 0.0
    correct = 0
    seen = 0
    for batch, start in enumerate(range(0, len(order), batch_size), start=1):
        chosen = order[start : start + batch_size]
        if len(chosen) == 1 and batch > 1:
            break
        x = inputs[chosen]
        y = targets[chosen]
        with np.errstate(over="ignore", invalid="ignore"):  # the check below is clearer
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
            correct += int(np.count_nonzero(outputs.argmax(axis=1) == y))
    accuracy = correct / seen if loss.classifies else math.nan
    return {"train_loss": total / seen, "train_accuracy": accuracy}


def _evaluate(net: Sequential, val: Arrays | None, loss: Loss) -> dict[str, float]:
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


def _macro_f1(labels: np.ndarray, y_pred: np.ndarray) -> float:
    """Mean of 2 TP / (2 TP + FP + FN) over the classes in `labels` or `y_pred`.

    Agrees with scikit-learn.
    """
    n_classes = max(labels.max(), y_pred.max()) + 1
    hits = np.bincount(labels[labels == y_pred], minlength=n_classes)  # TP
    sizes = np.bincount(labels, minlength=n_classes) + np.bincount(y_pred, minlength=n_classes)
    occurs = sizes > 0
    return float(np.mean(2 * hits[occurs] / sizes[occurs]))


def _checked(name: str, arrays: Arrays, net: Sequential, loss: Loss) -> Arrays:
    """Inputs in the network's dtype, and targets; ValueError unless they fit the network."""
    inputs, targets = (np.asarray(array) for array in arrays)
    if inputs.ndim != 2 or len(inputs) == 0:
        raise ValueError(
            f"{name} inputs must have shape (N, D) with N at least 1, got {inputs.shape}"
        )
    if targets.shape[:1] != inputs.shape[:1]:
        raise ValueError(
            f"{name} targets must be as many as the inputs {inputs.shape}, got {targets.shape}"
        )
    inputs = np.ascontiguousarray(inputs, net.dtype)
    if not (np.isfinite(inputs.min()) and np.isfinite(inputs.max())):
        raise ValueError(f"{name} inputs must be finite, got nan or infinity")
    loss.check((len(inputs), net.predict(inputs[:1]).shape[1]), targets)
    return inputs, targets
