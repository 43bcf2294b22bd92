"""Hyper-parameter sweeps: build the grid, train it, cache finished trials, pick the best."""

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby

from tqdm import tqdm

from hw.config import SweepConfig
from hw.data import Dataset
from hw.sweep.cluster import train_on_cluster
from hw.sweep.engines import train
from hw.sweep.grid import Trial, grid
from hw.sweep.results import best, compare_neighbours, summary
from hw.sweep.store import load_result, save_result
from hw.training import Result

__all__ = [
    "Trial",
    "best",
    "compare_neighbours",
    "grid",
    "load_result",
    "run",
    "save_result",
    "summary",
    "train",
]

log = logging.getLogger(__name__)


def run(data: Dataset, config: SweepConfig, *, progress: bool = True) -> list[Result]:
    """Train every trial of a sweep that is not stored yet.

    Finished trials are stored at once in the folder ``trials`` beside the cached data sets, under a
    key made of their settings, the data and the code. Stored trials are not trained again, unless
    ``config.fresh`` is true. If the folder cannot be written, a warning says so, and stored trials
    are used all the same.

    Parameters
    ----------
    data
        Its training and validation splits are used, never its test split.
    config
        Settings. With ``scheduler``, the trials run on that Dask cluster, whose workers must have
        this package.
    progress
        Show a progress bar.

    Returns
    -------
    list
        In the order of :func:`grid`; ``settings`` are ``learning_rate`` and ``hidden_size``.

    Raises
    ------
    ConnectionError
        If no scheduler answers at the address.
    RuntimeError
        If a worker has other code, another torch or another NumPy than this machine.
    """
    trials = grid(config)
    finished = {} if config.fresh else _load_results(trials, data, config)
    pending = [trial for trial in trials if trial not in finished]
    n_epochs = len(trials) * config.epochs
    storing = True
    with tqdm(total=n_epochs, unit="epoch", desc="sweep", disable=not progress) as bar:
        bar.update(len(finished) * config.epochs)
        for results in _train(pending, data, config, bar) if pending else []:
            finished |= {Trial.of(result): result for result in results}
            storing = storing and _save_results(results, data, config)
    return [finished[trial] for trial in trials]


def _load_results(
    trials: Sequence[Trial], data: Dataset, config: SweepConfig
) -> dict[Trial, Result]:
    """The trials that are stored, with their results."""
    stored = {trial: load_result(trial, data, config) for trial in trials}
    return {trial: result for trial, result in stored.items() if result is not None}


def _save_results(results: Sequence[Result], data: Dataset, config: SweepConfig) -> bool:
    """Store finished trials; whether that was possible."""
    try:
        for result in results:
            save_result(result, data, config)
    except OSError as error:
        log.warning("Trials cannot be stored, so a later sweep will train them again: %s", error)
        return False
    return True


def _train(
    trials: Sequence[Trial], data: Dataset, config: SweepConfig, bar: "tqdm[None]"
) -> Iterator[list[Result]]:
    """Train on the cluster if there is one, otherwise here, seed by seed."""
    if config.scheduler:
        for results in train_on_cluster(trials, data, config):
            bar.update(len(results) * config.epochs)
            yield results
        return
    for _, group in groupby(trials, key=lambda trial: trial.seed):
        yield train(list(group), data, config, on_epoch=lambda rows, epochs: bar.update())
