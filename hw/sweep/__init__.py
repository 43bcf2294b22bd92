"""Hyper-parameter sweeps over any settings: say what is tried, train it, pick the best.

>>> from hw.config import ClassifierConfig
>>> config = ClassifierConfig(batch_norm=False, seeds=[0])
>>> trials = grid(config, {"learning_rate": [0.01, 0.001], "hidden_sizes": [[64], [64, 32]]})
>>> [trial.settings for trial in trials][1]
{'learning_rate': 0.01, 'hidden_sizes': [64, 32]}

``run(data, trials)`` then trains them, and ``summary``, ``best`` and ``ensemble`` read the results.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence

import torch
from tqdm import tqdm

from hw.data import Dataset
from hw.sweep.cluster import train_on_cluster
from hw.sweep.engines import Job, plan, train, train_in_processes, train_job
from hw.sweep.ensembles import ensemble, ensemble_probabilities
from hw.sweep.results import best, compare_neighbours, summary
from hw.sweep.trials import grid, listed, sample
from hw.training import Result, Store, Trial, select_device

__all__ = [
    "Store",
    "Trial",
    "best",
    "compare_neighbours",
    "ensemble",
    "ensemble_probabilities",
    "grid",
    "listed",
    "run",
    "sample",
    "summary",
    "train",
]

log = logging.getLogger(__name__)


def run(
    data: Dataset,
    trials: Sequence[Trial],
    *,
    scheduler: str = "",
    processes: int | None = None,
    fresh: bool = False,
    progress: bool = True,
) -> list[Result]:
    """Train every trial of a sweep that is not stored yet.

    Plain classifiers that differ in learning rate, weight decay, dropout and hidden sizes alone are
    trained at once. All others run side by side in processes, a thread each. Finished trials are
    stored at once (:class:`Store`). If that is impossible, a warning says so, and stored trials are
    used all the same.

    Parameters
    ----------
    data
        Its training and validation splits are used, never its test split.
    trials
        As :func:`grid`, :func:`sample` or :func:`listed` return them.
    scheduler
        Address of a Dask scheduler, such as ``tcp://host:8786``, whose workers must have this
        package; empty: this machine.
    processes
        How many to use for trials that cannot be trained at once; None: as many as torch would use
        threads (on a GPU one).
    fresh
        Train stored trials again.
    progress
        Show a progress bar.

    Returns
    -------
    list
        In the order of `trials`.

    Raises
    ------
    ValueError
        If there are no validation images, by which trials are compared.
    ConnectionError
        If no scheduler answers at the address.
    RuntimeError
        If a worker has other code, another torch or another NumPy than this machine.
    """
    if not len(data.val):
        raise ValueError("val_fraction must be above 0 for a sweep: it chooses by validation")
    store = Store(data)
    finished = {} if fresh else _load_results(trials, store)
    pending = {number: trial for number, trial in enumerate(trials) if number not in finished}
    n_epochs = sum(trial.config.epochs for trial in trials)
    storing = True
    with tqdm(total=n_epochs, unit="epoch", desc="sweep", disable=not progress) as bar:
        bar.update(sum(trials[number].config.epochs for number in finished))
        for results in _train(plan(pending), data, scheduler, processes, bar):
            finished |= results
            storing = storing and _save_results(results, trials, store)
    return [finished[number] for number in range(len(trials))]


def _load_results(trials: Sequence[Trial], store: Store) -> dict[int, Result]:
    """Results that are stored, by the number of the trial."""
    stored = {number: store.load(trial) for number, trial in enumerate(trials)}
    return {number: result for number, result in stored.items() if result is not None}


def _save_results(results: Mapping[int, Result], trials: Sequence[Trial], store: Store) -> bool:
    """Store finished trials; whether that was possible."""
    try:
        for number, result in results.items():
            store.save(result, trials[number])
    except OSError as error:
        log.warning("Trials cannot be stored, so a later sweep will train them again: %s", error)
        return False
    return True


def _train(
    jobs: Sequence[Job], data: Dataset, scheduler: str, processes: int | None, bar: "tqdm[None]"
) -> Iterator[dict[int, Result]]:
    """Train on the cluster if there is one, else stacks here and the others in processes."""
    if scheduler and jobs:
        yield from _count_epochs(train_on_cluster(jobs, data, scheduler), bar)
        return
    alone = [job for job in jobs if len(job) == 1]
    n_processes = min(len(alone), processes or _count_processes(alone))
    for job in jobs:
        if len(job) > 1 or n_processes == 1:
            trials = list(job.values())
            results = train_job(trials, data, on_epoch=lambda rows, epochs: bar.update())
            yield dict(zip(job, results, strict=True))
    if n_processes > 1:
        yield from _count_epochs(train_in_processes(alone, data, n_processes), bar)


def _count_epochs(
    finished: Iterator[dict[int, Result]], bar: "tqdm[None]"
) -> Iterator[dict[int, Result]]:
    """Pass results on, and move the progress bar by their epochs."""
    for results in finished:
        bar.update(sum(len(result.history) for result in results.values()))
        yield results


def _count_processes(jobs: Sequence[Job]) -> int:
    """As many as torch would use threads; one if any trains on a GPU."""
    devices = {trial.config.device for job in jobs for trial in job.values()}
    on_cpu = all(select_device(device).type == "cpu" for device in devices)
    return torch.get_num_threads() if on_cpu else 1
