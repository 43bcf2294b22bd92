"""The engines of a sweep: all trials of a seed at once with torch, or one by one with NumPy."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pandas as pd
import torch

from hw import scratch
from hw.config import SweepConfig
from hw.data import Dataset, Split
from hw.models import Classifier
from hw.sweep.grid import Trial
from hw.training import SCHEDULES, BestEpoch, OnEpoch, Result, Row, fit_stack, seed_everything

_COLUMNS = (
    "epoch",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "val_macro_f1",
    "learning_rate",
    "seconds",
)


def train(
    trials: Sequence[Trial],
    data: Dataset,
    config: SweepConfig,
    on_epoch: OnEpoch | None = None,
) -> list[Result]:
    """Train trials of one seed with the engine that the settings name.

    Parameters
    ----------
    trials
        Of one seed, in the order of :func:`hw.sweep.grid`.
    data
        Its training and validation splits are used, never its test split.
    config
        Settings; used are ``epochs batch_size schedule engine device``.
    on_epoch
        Called after each epoch of each trial with its rows so far and the number of epochs.

    Returns
    -------
    list
        In the order of `trials`.
    """
    if config.engine == "scratch":
        return [_train_from_scratch(trial, data, config, on_epoch) for trial in trials]
    return _train_stacks(trials, data, config, on_epoch)


def _train_stacks(
    trials: Sequence[Trial], data: Dataset, config: SweepConfig, on_epoch: OnEpoch | None
) -> list[Result]:
    """Train learning rates that have the same hidden sizes as one stack.

    That is a whole grid, unless some of its trials were stored.
    """
    sizes = {
        learning_rate: tuple(trial.hidden_size for trial in group)
        for learning_rate, group in groupby(trials, key=lambda trial: trial.learning_rate)
    }
    results = {}
    for shape in dict.fromkeys(sizes.values()):
        learning_rates = [rate for rate in sizes if sizes[rate] == shape]
        members = [trial for trial in trials if trial.learning_rate in learning_rates]
        models = [_make_model(trial, data) for trial in members]
        histories = fit_stack(
            models,
            data,
            config,
            learning_rates=learning_rates,
            seed=members[0].seed,
            on_epoch=on_epoch,
        )
        for trial, model, history in zip(members, models, histories, strict=True):
            results[trial] = Result(model, history, trial.seed, trial.settings)
    return [results[trial] for trial in trials]


def _make_model(trial: Trial, data: Dataset) -> Classifier:
    """The network of a trial, with the initial weights that its seed gives."""
    seed_everything(trial.seed)
    return Classifier(
        [trial.hidden_size],
        batch_norm=False,
        image_shape=data.image_shape,
        n_classes=len(data.class_names),
    )


def _train_from_scratch(
    trial: Trial, data: Dataset, config: SweepConfig, on_epoch: OnEpoch | None
) -> Result:
    """Train one trial with hw.scratch, from the initial weights that torch would use."""
    model = _make_model(trial, data)
    net = _copy_to_scratch(model)
    train_arrays = _flatten(data.train)
    val_arrays = _flatten(data.val)
    optimizer = scratch.Adam(net, trial.learning_rate)
    generator = np.random.default_rng(trial.seed)
    best = BestEpoch(model.monitor_mode)
    rows: list[Row] = []
    for epoch in range(1, config.epochs + 1):
        factor = SCHEDULES[config.schedule](epoch - 1, config.epochs)
        optimizer.learning_rate = trial.learning_rate * factor
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
            best.update(row[model.monitor], lambda: _torch_state(net))
        except FloatingPointError:
            row = dict.fromkeys(_COLUMNS, np.nan) | {"epoch": epoch}
            row["learning_rate"] = optimizer.learning_rate
        rows.append(row)
        if on_epoch:
            on_epoch(rows, config.epochs)
    if best.state is not None:  # else it diverged in the first epoch
        model.load_state_dict(best.state)
    return Result(model, pd.DataFrame(rows), trial.seed, trial.settings)


def _copy_to_scratch(model: Classifier) -> scratch.Sequential:
    """The same network with the same weights in hw.scratch."""
    layers = []
    for layer in model.linear_layers:
        linear = scratch.Linear(layer.in_features, layer.out_features, None)
        linear.parameters["weight"][...] = layer.weight.detach().numpy().T
        linear.parameters["bias"][...] = layer.bias.detach().numpy()
        layers.append(linear)
    hidden, head = layers
    return scratch.Sequential(hidden, scratch.ReLU(), head)


def _torch_state(net: scratch.Sequential) -> dict[str, torch.Tensor]:
    """The state dict of the torch classifier with the weights of `net`."""
    state = {}
    for name, layer in (("features.1", net.layers[0]), ("head", net.layers[2])):
        state[f"{name}.weight"] = torch.from_numpy(layer.parameters["weight"].T.copy())
        state[f"{name}.bias"] = torch.from_numpy(layer.parameters["bias"].copy())
    return state


def _flatten(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, D) in [0, 1] and labels (N,)."""
    return split.scaled().reshape(len(split), -1), split.labels
