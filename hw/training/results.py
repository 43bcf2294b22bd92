"""What training takes and gives: trainable networks, histories, results."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast

import numpy as np
import pandas as pd
from torch import Tensor, nn

Row = dict[str, float]  # one epoch of a history
OnEpoch = Callable[[list[Row], int], object]
"""Called after each epoch of one network with the rows recorded so far and the number of epochs."""


class Trainable(Protocol):
    """What a ``torch.nn.Module`` needs so that :func:`fit` can train it.

    Attributes
    ----------
    monitor
        The history column that selects the best epoch, such as ``val_accuracy``.
    monitor_mode
        ``max`` if higher is better, ``min`` if lower is.
    """

    monitor: str
    monitor_mode: Literal["max", "min"]

    def loss(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """0-d tensors for a batch; the one named ``loss`` is minimised, the others are recorded."""

    def scores(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Scores of a split in evaluation mode, recorded with the prefix ``val_``."""


@dataclass(frozen=True)
class Result:
    """One trained network.

    Attributes
    ----------
    model
        The network as of its best epoch.
    history
        A row per epoch, with the columns of :func:`fit`.
    seed
        Seed of its weights and of the order of the images.
    settings
        What distinguishes it from the other networks of a sweep, by name.
    stored
        Whether it was read from the store, so that its seconds are those of an earlier run.
    """

    model: nn.Module
    history: pd.DataFrame
    seed: int
    settings: dict[str, Any] = field(default_factory=dict)
    stored: bool = False

    @property
    def best_epoch(self) -> "pd.Series[float]":
        """The row of the history that ``model.monitor`` selects; all NaN if none is finite.

        It is the last row if the history has no such column, since nothing was validated.
        """
        model = cast(Trainable, self.model)
        if model.monitor not in self.history:
            return self.history.iloc[-1]
        monitored = self.history[model.monitor]
        finite = monitored[np.isfinite(monitored)]
        if finite.empty:
            return self.history.iloc[0] * np.nan
        best = finite.idxmax() if model.monitor_mode == "max" else finite.idxmin()
        row: pd.Series[float] = self.history.loc[best]
        return row

    @property
    def diverged(self) -> bool:
        """Whether the training loss stopped being finite."""
        return not np.isfinite(self.history["train_loss"]).all()


class Stopped(KeyboardInterrupt):
    """Training was interrupted; the network is that of the best epoch so far.

    Attributes
    ----------
    history
        A row for each epoch that was finished.
    """

    def __init__(self, history: pd.DataFrame, epochs: int) -> None:
        super().__init__(f"stopped after {len(history)} of {epochs} epochs")
        self.history = history
