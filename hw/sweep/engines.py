"""The engines of a sweep: many networks at once, one by one with torch, or one by one in NumPy."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import joblib
import numpy as np
import pandas as pd
import torch
from torch import nn

from hw import scratch
from hw.config import ClassifierConfig
from hw.data import Dataset, Split
from hw.models import Classifier
from hw.training import (
    FREE_SETTINGS,
    SCHEDULES,
    SHARED,
    BestEpoch,
    OnEpoch,
    Result,
    Row,
    Trainable,
    Trial,
    fit,
    fit_stack,
)

Job = Mapping[int, Trial]  # trials that one process trains, by their number in the sweep


def plan(trials: Mapping[int, Trial]) -> list[Job]:
    """Split trials into jobs: stacks of those that can be trained at once, the others alone.

    The trials of a stack share the seed and all settings but ``FREE_SETTINGS``.
    """
    jobs: dict[str, dict[int, Trial]] = defaultdict(dict)
    for number, trial in trials.items():
        common = trial.config.model_dump(exclude=SHARED | FREE_SETTINGS)
        alone = None if trial.can_be_stacked else number
        jobs[json.dumps([trial.seed, common, alone])][number] = trial
    return list(jobs.values())


def train(trials: Sequence[Trial], data: Dataset, on_epoch: OnEpoch | None = None) -> list[Result]:
    """Train trials in this process, as many at once as can be.

    Parameters
    ----------
    trials
        What to train.
    data
        Its training and validation splits are used, never its test split.
    on_epoch
        Called after each epoch of each trial with its rows so far and the number of epochs.

    Returns
    -------
    list
        In the order of `trials`. One whose loss is no longer finite has diverged: its scores are
        NaN from then on.
    """
    results: dict[int, Result] = {}
    for job in plan(dict(enumerate(trials))):
        results |= zip(job, train_job(list(job.values()), data, on_epoch), strict=True)
    return [results[number] for number in range(len(trials))]


def train_job(
    trials: Sequence[Trial], data: Dataset, on_epoch: OnEpoch | None = None
) -> list[Result]:
    """Train one job of :func:`plan`, or a part of it; the arguments are those of :func:`train`."""
    first = trials[0]
    if first.engine == "scratch":
        return [_train_from_scratch(trial, data, on_epoch) for trial in trials]
    if not first.can_be_stacked:
        return [_train_alone(trial, data, on_epoch) for trial in trials]
    models = [cast(Classifier, trial.make_model(data)) for trial in trials]
    configs = [cast(ClassifierConfig, trial.config) for trial in trials]
    histories = fit_stack(models, data, configs, seed=first.seed, on_epoch=on_epoch)
    return [
        Result(model, history, trial.seed, trial.settings)
        for trial, model, history in zip(trials, models, histories, strict=True)
    ]


def train_in_processes(
    jobs: Sequence[Job], data: Dataset, n_processes: int
) -> Iterator[dict[int, Result]]:
    """Train jobs side by side, each in one thread; yield results as they finish."""
    parallel = joblib.Parallel(n_jobs=n_processes, return_as="generator_unordered")
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        yield from parallel(joblib.delayed(_train_in_one_thread)(job, data) for job in jobs)


def _train_in_one_thread(job: Job, data: Dataset) -> dict[int, Result]:
    torch.set_num_threads(1)
    return dict(zip(job, train_job(list(job.values()), data), strict=True))


def _train_alone(trial: Trial, data: Dataset, on_epoch: OnEpoch | None) -> Result:
    """Train one trial with :func:`hw.fit`."""
    model = trial.make_model(data)
    n_epochs = trial.config.epochs
    rows: list[Row] = []

    def record(rows_so_far: list[Row], _: int) -> None:
        rows[:] = rows_so_far
        if on_epoch:
            on_epoch(rows, n_epochs)

    try:
        network = cast(Trainable, model)
        fit(network, data, trial.config, seed=trial.seed, progress=False, on_epoch=record)
    except FloatingPointError:
        nothing = dict.fromkeys(rows[0] if rows else _columns(model, data), np.nan)
        for epoch in range(len(rows) + 1, n_epochs + 1):
            record([*rows, nothing | {"epoch": epoch}], n_epochs)
    return Result(model, pd.DataFrame(rows), trial.seed, trial.settings)


def _columns(model: nn.Module, data: Dataset) -> list[str]:
    """The columns of the history of a network that has none, as :func:`hw.fit` would make them."""
    network = cast(Trainable, model)
    images, labels = (tensor[:2] for tensor in data.train.tensors(torch.device("cpu")))
    model.cpu()
    train = [f"train_{name}" for name in network.loss(images, labels)]
    val = [f"val_{name}" for name in network.scores(images, labels)]
    return ["epoch", *train, *val, "learning_rate", "seconds"]


def _train_from_scratch(trial: Trial, data: Dataset, on_epoch: OnEpoch | None) -> Result:
    """Train one trial with hw.scratch, from the initial weights that torch would use."""
    config = trial.config
    model = cast(Classifier, trial.make_model(data))
    net = _copy_to_scratch(model)
    train_arrays = _flatten(data.train)
    val_arrays = _flatten(data.val)
    optimizer = scratch.Adam(net, config.learning_rate, weight_decay=config.weight_decay)
    generator = np.random.default_rng(trial.seed)
    best = BestEpoch(model.monitor_mode)
    rows: list[Row] = []
    for epoch in range(1, config.epochs + 1):
        factor = SCHEDULES[config.schedule](epoch - 1, config.epochs)
        optimizer.learning_rate = config.learning_rate * factor
        try:
            history = scratch.fit(
                net,
                train_arrays,
                val_arrays,
                loss=scratch.SoftmaxCrossEntropy(),
                optimizer=optimizer,
                epochs=1,
                batch_size=config.batch_size,
                generator=generator,
                progress=False,
            )
            row = {str(name): float(value) for name, value in history.iloc[0].items()}
            row["epoch"] = epoch
            best.update(row[model.monitor], lambda: _torch_state(net, model))
        except FloatingPointError:
            row = dict.fromkeys(_columns(model, data), np.nan) | {"epoch": epoch}
            row["learning_rate"] = optimizer.learning_rate
        rows.append(row)
        if on_epoch:
            on_epoch(rows, config.epochs)
    if best.state is not None:  # else it diverged in the first epoch
        model.load_state_dict(best.state)
    return Result(model, pd.DataFrame(rows), trial.seed, trial.settings)


def _copy_to_scratch(model: Classifier) -> scratch.Sequential:
    """The same network with the same weights in hw.scratch."""
    layers: list[scratch.Layer] = []
    for layer in model.linear_layers:
        linear = scratch.Linear(layer.in_features, layer.out_features, None)
        linear.parameters["weight"][...] = layer.weight.detach().numpy().T
        linear.parameters["bias"][...] = layer.bias.detach().numpy()
        layers += [linear, scratch.ReLU()]
    return scratch.Sequential(*layers[:-1])


def _torch_state(net: scratch.Sequential, model: Classifier) -> dict[str, torch.Tensor]:
    """The state dict of the torch classifier with the weights of `net`."""
    names = [name.rpartition(".")[0] for name in model.state_dict() if name.endswith("weight")]
    state = {}
    for name, layer in zip(names, net.layers[::2], strict=True):
        state[f"{name}.weight"] = torch.from_numpy(layer.parameters["weight"].T.copy())
        state[f"{name}.bias"] = torch.from_numpy(layer.parameters["bias"].copy())
    return state


def _flatten(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, D) in [0, 1] and labels (N,)."""
    return split.scaled().reshape(len(split), -1), split.labels
