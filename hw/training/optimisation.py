"""What training needs besides the loop: optimiser, schedules, devices, seeds, the best epoch."""

import math
import random
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from torch.optim import lr_scheduler

from hw.config import AutoencoderConfig, ClassifierConfig, OptdigitsConfig, SweepConfig

FitConfig = ClassifierConfig | AutoencoderConfig | OptdigitsConfig

SCHEDULES: dict[str, Callable[[int, int], float]] = {
    # factor of the learning rate, given the numbers of finished epochs and of all epochs
    "constant": lambda done, epochs: 1.0,
    "step": lambda done, epochs: 0.5 ** (done // 20),
    "cosine": lambda done, epochs: (1 + math.cos(math.pi * done / epochs)) / 2,
}


def adam(
    groups: list[dict[str, Any]], device: torch.device, weight_decay: float = 0.0
) -> torch.optim.Adam:
    """Adam (Kingma and Ba 2015), fused; on a GPU its steps can be captured as CUDA graphs.

    Parameters
    ----------
    groups
        Parameter groups, each with ``params`` and ``lr``, a float.
    device
        Where the parameters are.
    weight_decay
        L2 penalty added to the gradient, at least 0.
    """
    on_gpu = device.type == "cuda"
    if on_gpu:
        groups = [group | {"lr": torch.tensor(group["lr"], device=device)} for group in groups]
    return torch.optim.Adam(groups, weight_decay=weight_decay, fused=True, capturable=on_gpu)


def make_scheduler(
    optimizer: torch.optim.Optimizer, config: FitConfig | SweepConfig
) -> lr_scheduler.LambdaLR:
    """Make the learning-rate scheduler of a configuration, to be stepped after each epoch."""
    factor = SCHEDULES[config.schedule]
    return lr_scheduler.LambdaLR(optimizer, lambda done: factor(done, config.epochs))


class BestEpoch:
    """The best value of a score so far, and the state that reached it.

    Any first value is taken; a later one must be strictly better. NaN is worse than any number.

    Parameters
    ----------
    mode
        ``max`` if higher is better, ``min`` if lower is.

    Attributes
    ----------
    state
        What the best epoch's `state` function returned; None before the first update.

    Raises
    ------
    ValueError
        If `mode` is neither.
    """

    def __init__(self, mode: Literal["max", "min"]) -> None:
        if mode not in ("max", "min"):
            raise ValueError(f"monitor_mode must be 'max' or 'min', got {mode!r}")
        self._sign = 1 if mode == "max" else -1
        self._best: float | None = None
        self.state: Any = None

    def update(self, value: float, state: Callable[[], Any]) -> bool:
        """Keep ``state()`` if `value` is the best so far; return whether it is."""
        score = -math.inf if math.isnan(value) else self._sign * value
        if self._best is not None and score <= self._best:
            return False
        self._best = score
        self.state = state()
        return True


def select_device(name: str = "auto") -> torch.device:
    """The torch device of that name; ``auto`` takes CUDA, then Apple's MPS, then the CPU.

    Raises
    ------
    ValueError
        If the machine has no such device.

    Examples
    --------
    >>> select_device("cpu")
    device(type='cpu')
    """
    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available.insert(0, "cuda")
    if name == "auto":
        name = available[0]
    if name not in available:
        raise ValueError(
            f"device must be one that this machine has (auto, {', '.join(available)}), got {name!r}"
        )
    return torch.device(name)


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy and torch; torch's layers draw from its own."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 -- libraries may draw from it
    torch.manual_seed(seed)
