"""Which trials a sweep makes: a grid, a sample, a list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterSampler

from hw.config import (
    AutoencoderConfig,
    ClassifierConfig,
    OptdigitsConfig,
    SweepConfig,
)
from hw.models import Autoencoder, Classifier
from hw.parameters import ParameterError
from hw.training import SHARED, Build, FitConfig, Trial


def grid(
    config: SweepConfig | FitConfig,
    tried: Mapping[str, Sequence[Any]] | None = None,
    *,
    build: Build | None = None,
) -> list[Trial]:
    """Every combination of the values of some settings, with every seed.

    Parameters
    ----------
    config
        Settings of all trials, with ``seeds``. Those of `sweep.ipynb` say themselves what is
        tried.
    tried
        Names of settings of `config`, and the values to try of each.
    build
        Takes a configuration and data, makes a network; None: that of the notebook with such
        settings.

    Returns
    -------
    list
        Ordered by seed; within a seed the last setting changes fastest.

    Raises
    ------
    ParameterError
        If a setting is unknown or has a value that is not allowed; the message names it.

    Examples
    --------
    >>> rates = grid(ClassifierConfig(seeds=[0, 1]), {"learning_rate": [0.01, 0.001]})
    >>> [(trial.seed, trial.settings) for trial in rates[:3]]
    [(0, {'learning_rate': 0.01}), (0, {'learning_rate': 0.001}), (1, {'learning_rate': 0.01})]
    """
    if isinstance(config, SweepConfig):
        return _of_notebook(config)
    tried = tried or {}
    for name, values in tried.items():
        if isinstance(values, str) or not isinstance(values, Sequence) or not values:
            raise ParameterError(f"{name} must be a list of values to try, got {values!r}")
    choices = [dict(zip(tried, values, strict=True)) for values in product(*tried.values())]
    return listed(config, choices, build=build)


def sample(
    config: FitConfig,
    tried: Mapping[str, Any],
    n: int,
    *,
    seed: int = 0,
    build: Build | None = None,
) -> list[Trial]:
    """Random combinations of the values of some settings (Bergstra and Bengio 2012).

    Parameters
    ----------
    config
        Settings of all trials, with ``seeds``.
    tried
        Names of settings of `config`, and for each a list of values or a distribution of
        ``scipy.stats``. Without distributions, no combination is drawn twice.
    n
        How many combinations; of a grid that is smaller, all are taken.
    seed
        Of the choice.
    build
        As in :func:`grid`.

    Returns
    -------
    list
        As :func:`grid` does.

    Raises
    ------
    ParameterError
        As :func:`grid` does.
    """
    # Positions in a list are drawn instead of its values, which may be lists themselves.
    space = {
        name: range(len(values)) if isinstance(values, Sequence) else values
        for name, values in tried.items()
    }
    finite = all(isinstance(values, range) for values in space.values())
    if finite:
        n = min(n, int(np.prod([len(values) for values in space.values()])))
    choices = [
        {name: _pick(tried[name], drawn[name]) for name in tried}
        for drawn in ParameterSampler(space, n, random_state=seed)
    ]
    return listed(config, choices, build=build)


def listed(
    config: FitConfig, choices: Sequence[Mapping[str, Any]], *, build: Build | None = None
) -> list[Trial]:
    """Trials for a list of settings, with every seed.

    Parameters
    ----------
    config
        Settings of all trials, with ``seeds``.
    choices
        The settings that each trial changes.
    build
        As in :func:`grid`.

    Returns
    -------
    list
        Ordered by seed, then as given.

    Raises
    ------
    ParameterError
        As :func:`grid` does.
    """
    texts = [json.dumps(choice, sort_keys=True) for choice in choices]
    if repeated := next((text for text in texts if texts.count(text) > 1), None):
        raise ParameterError(f"settings must be distinct, got {repeated} twice")
    configs = [_change(config, choice) for choice in choices]
    build = build or _usual_build(config)
    return [
        Trial(own, dict(choice), seed, build)
        for seed in config.seeds
        for own, choice in zip(configs, choices, strict=True)
    ]


def _change(config: FitConfig, choice: Mapping[str, Any]) -> FitConfig:
    """The configuration with other values of some settings, checked."""
    for name in choice:
        if name in SHARED:
            raise ParameterError(f"{name} must be the same in all trials, got {choice[name]!r}")
    return type(config)(**config.model_dump() | dict(choice))


def _pick(values: Any, drawn: Any) -> Any:
    """What was drawn, as plain Python: an item of a list, or a number of a distribution."""
    value = values[drawn] if isinstance(values, Sequence) else drawn
    return value.item() if isinstance(value, np.generic) else value


def _usual_build(config: FitConfig) -> Build:
    """What makes the network of the notebook whose settings these are."""
    if isinstance(config, AutoencoderConfig):
        return Autoencoder.from_config
    if isinstance(config, OptdigitsConfig):
        return Autoencoder.two_dimensional
    return Classifier.from_config


def _of_notebook(config: SweepConfig) -> list[Trial]:
    """The trials of `sweep.ipynb`: plain networks, with one hidden layer unless ``grid`` says."""
    shared = config.model_dump(include=set(ClassifierConfig.model_fields) - {"hidden_sizes"})
    base = ClassifierConfig(**shared, batch_norm=False, dropout=0.0, plain_last=False)
    tried: dict[str, list[Any]] = {
        "learning_rate": config.learning_rates,
        "hidden_sizes": [[size] for size in sorted(config.hidden_sizes)],
    }
    tried |= config.grid
    trials = sample(base, tried, config.sample) if config.sample else grid(base, tried)
    if config.engine == "scratch":
        for trial in trials:
            if not trial.is_plain or trial.settings.get("dropout"):
                raise ParameterError(
                    "engine must be 'torch' for networks with more than Linear and ReLU layers, "
                    f"got 'scratch' for {trial.settings}"
                )
    return [
        replace(trial, settings=_name_size(trial.settings, config), engine=config.engine)
        for trial in trials
    ]


def _name_size(settings: dict[str, Any], config: SweepConfig) -> dict[str, Any]:
    """The settings with ``hidden_size`` for the only hidden layer."""
    if "hidden_sizes" in config.grid:
        return settings
    rename = {"hidden_sizes": ("hidden_size", settings["hidden_sizes"][0])}
    return dict(rename.get(name, (name, value)) for name, value in settings.items())
