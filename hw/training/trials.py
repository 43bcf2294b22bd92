"""One network to train: its settings, its seed, and what makes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from hw.config import ClassifierConfig, TrainingConfig
from hw.data import Dataset
from hw.models import Classifier
from hw.training.optimisation import FitConfig, seed_everything
from hw.training.stacking import can_be_stacked

Build = Callable[[Any, Dataset], nn.Module]  # makes the network of a configuration for some data

# What all trials share: the data, the seeds, the machine, and texts that change no result.
SHARED = {*TrainingConfig.model_fields} - {"epochs", "batch_size", "precision"}


@dataclass(frozen=True)
class Trial:
    """One network to train.

    Attributes
    ----------
    config
        Its settings.
    settings
        Those that distinguish it from other trials of the same seed, by name.
    seed
        Seed of its weights and of the order of the images.
    build
        Makes the network of `config` for some data.
    engine
        ``torch``, or ``scratch``: in NumPy alone.
    """

    config: FitConfig
    settings: dict[str, Any]
    seed: int
    build: Build
    engine: str = "torch"

    def make_model(self, data: Dataset) -> nn.Module:
        """The network, with the initial weights that the seed gives."""
        seed_everything(self.seed)
        return self.build(self.config, data)

    @property
    def can_be_stacked(self) -> bool:
        """Whether it can be trained at once with others."""
        return self.engine == "torch" and self.is_plain

    @property
    def is_plain(self) -> bool:
        """Whether it is the package's classifier, of Linear, ReLU and Dropout layers alone."""
        if self.build != Classifier.from_config:
            return False
        with torch.device("meta"):  # neither memory nor random numbers
            return can_be_stacked(Classifier.from_config(cast(ClassifierConfig, self.config)))
