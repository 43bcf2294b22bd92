"""What a report finds, in sentences computed from its numbers; and what its data are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hw.data import Dataset
from hw.metrics import binomial_standard_error
from hw.report.numbers import percent
from hw.training import Result
from hw.words import in_words

_SETS = {
    "fashion_mnist": "Fashion-MNIST [@xiao2017]",
    "optdigits": "Optdigits [@alpaydin1998]",
    "synthetic": "The stand-in",
}


def describe_images(data: Dataset) -> str:
    """Return "grey images of 28 × 28 pixels", or what else a data set holds."""
    height, width, *colours = data.image_shape
    if height == 1 and not colours:
        return f"rows of {width:,} numbers"
    return f"{'colour' if colours else 'grey'} images of {height:,} × {width:,} pixels"


def describe_data(data: Dataset) -> str:
    """Sentences on a data set and its splits, with a reference to the figure ``samples``.

    Parameters
    ----------
    data
        What the networks are trained on.
    """
    held_out = "There is no validation split, so that nothing is chosen by looking at scores."
    if len(data.val):
        held_out = f"Another {len(data.val):,} are held out for validation and choose the epoch."
    name = _name(data)
    return (
        f"{name} holds {describe_images(data)} in {len(data.class_names)} classes (@fig-samples). "
        f"Training takes {len(data.train):,} of them. {held_out} The {len(data.test):,} test "
        f"images are used once, at the end. {describe_balance(data)}"
    )


def describe_splits(data: Dataset) -> str:
    """Sentences on the data set: its source, if it is a known one, and the size of each part."""
    name = _name(data)
    return (
        f"{name} has {len(data.class_names)} classes. Of its examples, {len(data.train):,} are for "
        f"training, {len(data.val):,} for validation and {len(data.test):,} for the test."
    )


def describe_balance(data: Dataset) -> str:
    """A sentence on how many training images each class has."""
    counts = np.bincount(data.train.labels, minlength=len(data.class_names))
    few, many = counts.min(), counts.max()
    if few == many:
        return f"Each of the {len(counts)} classes has {few:,} training images."
    rarest, commonest = data.class_names[counts.argmin()], data.class_names[counts.argmax()]
    return f"The classes have from {few:,} ({rarest}) to {many:,} ({commonest}) training images."


def _name(data: Dataset) -> str:
    return _SETS.get(data.name, f"The data set *{data.name.replace('_', ' ')}*")


def describe_training(run: Result, score: str, name: str, decimals: int = 4) -> str:
    """Sentences on the epoch whose weights are kept, and on the time that an epoch took.

    Parameters
    ----------
    run
        A trained network.
    score
        A column of its history, without ``train_`` and ``val_``.
    name
        What readers call it, such as "accuracy".
    decimals
        Of the score.
    """
    kept = run.best_epoch
    last = run.history.iloc[-1]
    training = f"{kept[f'train_{score}']:.{decimals}f}"
    when = ", in an earlier run" if run.stored else ""
    seconds = f"An epoch took {run.history['seconds'].median():.2f} s (median{when})."
    if f"val_{score}" not in run.history:
        return (
            f"There are no validation images: the weights of the last epoch, {kept['epoch']:.0f}, "
            f"are kept, and nothing was chosen. Its training {name} is **{training}**. {seconds}"
        )
    return (
        f"The best of {len(run.history)} epochs is epoch {kept['epoch']:.0f}, with validation "
        f"{name} **{kept[f'val_{score}']:.{decimals}f}** and training {name} {training}; in the "
        "last one they are "
        f"{last[f'val_{score}']:.{decimals}f} and {last[f'train_{score}']:.{decimals}f}. {seconds}"
    )


def describe_curves(runs: Sequence[Result], score: str = "loss") -> str:
    """Sentences on learning curves: where validation is best, or from where to where they run.

    Parameters
    ----------
    runs
        One per seed; the first is described.
    score
        A column of the histories without ``train_`` and ``val_``, the lower the better.
    """
    history = runs[0].history
    said = ""
    validated = f"val_{score}" in history
    values = history[f"{'val' if validated else 'train'}_{score}"]
    name = in_words(score)
    if validated and np.isfinite(values).any():
        best = int(np.nanargmin(values))
        said = f"Validation {name} is lowest in epoch {history['epoch'].iloc[best]:.0f}"
        rise = values.iloc[-1] / values.iloc[best] - 1
        said += f" and {percent(rise)} higher in the last. " if rise > 0 else ", the last. "
        said += "Validation is measured after an epoch, training as its mean. "
    elif not validated:
        said = (
            f"Training {name} is {values.iloc[0]:.4g} in the first epoch and "
            f"{values.iloc[-1]:.4g} in the last. "
        )
    return (said + "Thin lines are further seeds." * (len(runs) > 1)).strip()


def describe_confusions(pairs: pd.DataFrame, subject: str = "The network") -> str:
    """Sentence on the classes confused most.

    Parameters
    ----------
    pairs
        As :func:`hw.metrics.most_confused` returns it.
    subject
        What predicts.
    """
    if not pairs["errors"].any():
        return f"{subject} makes no mistake on the test images."
    first = pairs.iloc[0]
    one, _, other = str(first["classes"]).partition(" / ")
    share = percent(first["share"])
    return f"{subject} confuses **{one}** and **{other}** most, with {share} of all errors."


def describe_confidence(probabilities: ArrayLike, labels: ArrayLike) -> str:
    """Sentence that compares the mean confidence of a classifier with its accuracy.

    Parameters
    ----------
    probabilities
        (N, K), rows sum to 1.
    labels
        (N,), in 0..K−1.
    """
    probabilities = np.asarray(probabilities)
    confidence = float(probabilities.max(1).mean())
    accuracy = float((probabilities.argmax(1) == np.asarray(labels)).mean())
    noise = 2 * binomial_standard_error(accuracy, len(probabilities))
    verdict = "about as sure as it is right"
    if abs(confidence - accuracy) > noise:
        verdict = "overconfident" if confidence > accuracy else "underconfident"
    return (
        f"It is {verdict}, with a mean confidence of {confidence:.4f} for an accuracy of "
        f"{accuracy:.4f}."
    )


def describe_limits(data: Dataset, n_seeds: int, comparison: pd.DataFrame) -> str:
    """List, in Markdown, what limits a report on networks that were trained here.

    Parameters
    ----------
    data
        What the networks were trained on.
    n_seeds
        How many were trained.
    comparison
        As :func:`hw.compare` returns it.
    """
    limits = [f"{n_seeds} seeds were trained; tables and figures show the first."]
    if n_seeds == 1:
        limits = ["One network was trained: how much another seed would change is not known."]
    if len(comparison):
        limits.append("The published scores are single runs without a spread.")
    if len(comparison) and len(data.val):
        limits.append(
            f"{len(data.val):,} of the training images were held out for validation, which some of "
            "the published systems trained on."
        )
    return "\n".join(f"- {limit}" for limit in limits)
