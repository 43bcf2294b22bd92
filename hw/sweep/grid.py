"""The grid of a sweep: which networks it trains."""

from dataclasses import dataclass
from typing import Self

from hw.config import SweepConfig
from hw.training import Result


@dataclass(frozen=True)
class Trial:
    """One network to train.

    Attributes
    ----------
    learning_rate
        Adam's step size at the start.
    hidden_size
        Units of its hidden layer.
    seed
        Seed of its weights and of the order of the images.
    """

    learning_rate: float
    hidden_size: int
    seed: int

    @classmethod
    def of(cls, result: Result) -> Self:
        """The trial that a result comes from."""
        return cls(**result.settings, seed=result.seed)

    @property
    def settings(self) -> dict[str, float]:
        """What distinguishes it from other trials of the same seed."""
        return {"learning_rate": self.learning_rate, "hidden_size": self.hidden_size}


def grid(config: SweepConfig) -> list[Trial]:
    """All trials of a sweep: every learning rate with every hidden size with every seed.

    Returns
    -------
    list
        Ordered by seed, then by learning rate, both as given, then by hidden size, ascending.
    """
    return [
        Trial(learning_rate, hidden_size, seed)
        for seed in config.seeds
        for learning_rate in config.learning_rates
        for hidden_size in sorted(config.hidden_sizes)
    ]
