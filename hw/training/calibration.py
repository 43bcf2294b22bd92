"""Logits on which a classifier's temperature can be fitted: of images it was not trained on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.data import Dataset, train_val_split
from hw.training.loop import predict
from hw.training.optimisation import FitConfig
from hw.training.results import Result, Trainable
from hw.training.seeds import fit_seeds

HELD_OUT = 5_000  # training images that the second network does not see; at most half of them


def calibration_logits(
    build: Callable[[Any, Dataset], Trainable],
    data: Dataset,
    config: FitConfig,
    run: Result,
    *,
    stored: bool = False,
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
    stored
        As in :func:`fit_seeds`.
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
        once = config.model_copy(update={"seeds": [run.seed]})
        fewer = replace(data, train=train)
        (second,) = fit_seeds(build, fewer, once, stored=stored, progress=progress)
        model = second.model
    return predict(model, held_out).numpy(), held_out.labels
