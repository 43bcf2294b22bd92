"""The number format of a network's products in training: float32, or bfloat16 where it is fast.

With bfloat16 the operands of matrix products and convolutions have 8 significant bits instead of
24 (Micikevicius et al. 2018; Kalamkar et al. 2019). Weights, Adam, losses, the sums of batch
normalisation, evaluation, and everything that is recorded stay in float32.
"""

from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Literal

import torch

from hw.config import SweepConfig
from hw.training.optimisation import FitConfig

# Systems that learn the same in bfloat16: docs/experiments.md has five seeds of each, both ways.
COMPARED: tuple[str, ...] = (
    "autoencoder-improved",
    "classifier-improved",
    "deep-autoencoder-retuned",
)


def select_precision(
    config: FitConfig | SweepConfig, device: torch.device
) -> Literal["float32", "bfloat16"]:
    """The format of a system's products in training.

    Parameters
    ----------
    config
        Settings; ``precision`` is ``float32``, ``bfloat16``, or ``auto``: bfloat16 if the device
        has instructions for it and ``system`` is one of ``COMPARED``.
    device
        Where it is trained.
    """
    if config.precision != "auto":
        return config.precision
    return "bfloat16" if config.system in COMPARED and has_fast_bfloat16(device) else "float32"


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether products in bfloat16 are instructions of the device; if nothing tells, no."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)  # Ampere
    return device.type == "cpu" and not _processor_flags().isdisjoint({"avx512_bf16", "amx_bf16"})


def products_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Within this context, products are computed in `precision`; each weight is cast once."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


@cache
def _processor_flags() -> frozenset[str]:
    """The first processor's instruction sets, as Linux names them; none on other systems."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    flags = [line.partition(":")[2] for line in lines if line.startswith("flags")]
    return frozenset(flags[0].split()) if flags else frozenset()
