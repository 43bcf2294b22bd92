"""Logits on which a classifier's temperature can be fitted: of images it was not trained on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

from hw.data import Dataset, train_val_split
from hw.training.loop import fit, predict
from hw.training.optimisation import FitConfig, seed_everything
from hw.training.results import Result, Trainable

HELD_OUT = 5_000  # training images that the second network does not see; at most half of them


def calibration_logits(
    build: Callable[[Any], Trainable],
    data: Dataset,
    config: FitConfig,
    run: Result,
    *,
    progress: bool = True,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Logits and labels of validation images, from which a temperature is fitted.

    Without validation images a second network is trained, with the same settings and the same
    seed, on all but ``HELD_OUT`` training images, and the logits are its own for these. Its
    temperature stands for that of the first network, which has seen all images.

    Parameters
    ----------
    build
        As in :func:`fit_seeds`.
    data
        Its training and validation splits are used, never its test split.
    config
        As in :func:`fit_seeds`.
    run
        The network that is to be calibrated, with its seed.
    progress
        Show a progress bar if a network is trained.

    Returns
    -------
    (N, K) and (N,).
    """
    model, held_out = run.model, data.val
    if not len(held_out):
        fraction = min(0.5, HELD_OUT / len(data.train))
        train, held_out = train_val_split(data.train, fraction, seed=run.seed)
        seed_everything(run.seed)
        second = build(config)
        fit(second, replace(data, train=train), config, seed=run.seed, progress=progress)
        model = cast(nn.Module, second)
    return predict(model, held_out).numpy(), held_out.labels
