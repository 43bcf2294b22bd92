"""One network per seed, each trained once."""

import logging
from collections.abc import Callable
from typing import Any, cast

from torch import nn

from hw.data import Dataset
from hw.training.loop import fit
from hw.training.optimisation import FitConfig
from hw.training.results import OnEpoch, Result, Stopped, Trainable
from hw.training.store import Store
from hw.training.trials import Build, Trial

log = logging.getLogger(__name__)


def fit_seeds(
    build: Callable[[Any, Dataset], Trainable],
    data: Dataset,
    config: FitConfig,
    *,
    stored: bool = False,
    progress: bool = True,
    on_epoch: OnEpoch | None = None,
) -> list[Result]:
    """Train one network per seed. An interrupt stops training; the runs so far are returned.

    Parameters
    ----------
    build
        Takes `config` and `data`, returns a new network: such as ``hw.Classifier.from_config``.
    data
        Its training and validation splits are used, never its test split.
    config
        Settings, with the list ``seeds``.
    stored
        Take networks from the store (:class:`hw.training.Store`) and put new ones there, unless
        ``config.fresh``.
    progress
        Show a progress bar.
    on_epoch
        As in :func:`fit`; not called for a stored network.

    Returns
    -------
    list
        In the order of ``config.seeds``; after an interrupt fewer, and the last one is shorter.
    """
    store = Store(data) if stored else None
    results: list[Result] = []
    for seed in config.seeds:
        trial = Trial(config, {}, seed, cast(Build, build))
        result = store.load(trial) if store and not config.fresh else None
        if result is None:
            model = cast(Trainable, trial.make_model(data))
            try:
                history = fit(model, data, config, seed=seed, progress=progress, on_epoch=on_epoch)
            except Stopped as stop:
                print(f"seed {seed}: {stop}")
                return [*results, Result(cast(nn.Module, model), stop.history, seed)]
            result = Result(cast(nn.Module, model), history, seed)
            if store:
                _save(store, result, trial)
        results.append(result)
    return results


def _save(store: Store, result: Result, trial: Trial) -> None:
    try:
        store.save(result, trial)
    except OSError as error:
        log.warning("The network cannot be stored, so it will be trained again: %s", error)
