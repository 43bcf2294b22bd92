"""What all reports show in the same way: notices, training and its log, provenance."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hw.config import TrainingConfig
from hw.data import Dataset
from hw.metrics import most_confused
from hw.published import compare_log, published
from hw.report.blocks import banner, provenance_block, text
from hw.report.numbers import percent
from hw.report.tables import table
from hw.training import Result
from hw.words import in_words

_ID = re.compile(r"[0-9a-f]{40,64}")  # a commit or a checksum


def show_notice(data: Dataset, config: TrainingConfig | None = None) -> None:
    """Display a banner if the data are a stand-in for the real ones, and one if a run is shortened.

    Parameters
    ----------
    data
        What the networks are trained on.
    config
        The report's settings, which tell whether the run is shortened.
    """
    if data.notice:
        banner(data.notice)
    if config and (shortening := config.shortening()):
        banner(
            f"This is a shortened run, with {shortening}: it shows that everything works, not how "
            "good the system is. Its scores are not judged."
        )


def describe_splits(data: Dataset) -> str:
    """Sentences on the data set: its source, if it is a known one, and the size of each part."""
    source = {
        "fashion_mnist": "Fashion-MNIST [@xiao2017]",
        "optdigits": "Optdigits [@alpaydin1998]",
    }
    name = source.get(data.name, f"The data set `{data.name}`")
    return (
        f"{name} has {len(data.class_names)} classes. Of its examples, {len(data.train):,} are for "
        f"training, {len(data.val):,} for validation and {len(data.test):,} for the test."
    )


def describe_confusion(labels: ArrayLike, y_pred: ArrayLike, names: Sequence[str]) -> str:
    """A sentence on the pair of classes confused most, with its share of all errors."""
    pair = most_confused(labels, y_pred, names, n_pairs=1).iloc[0]
    return f"The pair confused most, {pair.classes}, has {pair.share:.0%} of all errors."


def describe_balance(data: Dataset) -> str:
    """A sentence on how many training images each class has."""
    counts = np.bincount(data.train.labels, minlength=len(data.class_names))
    few, many = counts.min(), counts.max()
    if few == many:
        return f"Each of the {len(counts)} classes has {few:,} training images."
    rarest, commonest = data.class_names[counts.argmin()], data.class_names[counts.argmax()]
    return f"The classes have from {few:,} ({rarest}) to {many:,} ({commonest}) training images."


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
    kept, last = run.best_epoch, run.history.iloc[-1]
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


def show_log(
    data: Dataset, system: str, history: pd.DataFrame, config: TrainingConfig | None = None
) -> None:
    """Display the published training log of a system beside ours, if there is one to compare with.

    A sentence tells by how much they differ, and what in the source does not fit together.

    Parameters
    ----------
    data
        What the network was trained on; a stand-in is compared with nothing.
    system
        Short name of the system.
    history
        As :func:`hw.fit` returns it.
    config
        The report's settings, as for :func:`hw.compare`.
    """
    log = compare_log(system, history, config)
    if len(log) and not data.notice:
        formats = dict.fromkeys(log.columns, ".4f")
        caption = "The published training log beside ours, of the first seed."
        table("log", log, caption=caption, formats=formats)
        text(_describe_log(system, log))


def _describe_log(system: str, log: pd.DataFrame) -> str:
    """By how much our log differs from the published one, and what is odd about the source."""
    last = log.iloc[-1]
    names = [name.removesuffix(" ours") for name in map(str, log) if name.endswith(" ours")]
    changes = [
        f"{in_words(name)} by "
        f"{percent(last[f'{name} ours'] / last[f'{name} published'] - 1, '+.1%')}"
        for name in names
    ]
    differences = f"In epoch {last['epoch']:.0f} ours differs: {', '.join(changes)} (@tab-log)."
    discrepancy = published().get(system, {}).get("discrepancy")
    return f"{differences} In the source itself, {discrepancy}." if discrepancy else differences


def show_provenance(provenance: Mapping[str, str]) -> None:
    """Display where a report or its measurements come from, as :func:`hw.provenance` tells.

    Exporters put it at the end, and what identifies code and data at the foot of page 1.
    """
    found = {name: _ID.search(provenance.get(name, "")) for name in ("code", "data")}
    short = [f"{name} {match[0][:8]}" for name, match in found.items() if match]
    provenance_block(provenance, short=short)
