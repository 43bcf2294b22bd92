"""Where a report comes from: code, versions, machine, data, settings, time."""

import os
import platform
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
import torch

import hw
from hw.config import SweepConfig
from hw.data import Dataset
from hw.training import FitConfig, select_precision

LIBRARIES = ("torch", "torchvision", "numpy", "scikit-learn", "papermill", "nbconvert")


def provenance(
    data: Dataset, config: FitConfig | SweepConfig, device: torch.device
) -> dict[str, str]:
    """Everything that is needed to make a report again.

    Parameters
    ----------
    data
        What the networks were trained on.
    config
        The notebook's settings.
    device
        Where the networks were trained.

    Returns
    -------
    Texts by their headings, in the order in which a report shows them.
    """
    changed = ", ".join(f"{name}={value!r}" for name, value in config.changed().items())
    seconds = max(0, time.time() - psutil.Process().create_time())  # a clock can be put back
    return describe_environment() | {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "precision": select_precision(config, device),
        "data": f"{data.name}, SHA-256 {data.checksum}",
        "seeds": ", ".join(map(str, config.seeds)),
        "parameters": changed or "the defaults",
        "finished": now(),
        "wall time": f"{seconds:.0f} s since the kernel started",
    }


def describe_environment(libraries: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """What code ran, with which versions of these libraries, on which machine."""
    python = f"Python {platform.python_version()}"
    versions = [python, f"hw {hw.__version__}", *map(_versioned, libraries)]
    n_threads = torch.get_num_threads()
    threads = f"{n_threads} thread{'s' * (n_threads > 1)}"
    return {
        "code": _commit(),
        "versions": ", ".join(versions),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}, {threads}",
    }


def now() -> str:
    """The time in UTC, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _versioned(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"no {library}"


def _commit() -> str:
    """Commit of the checkout that tracks this package, and whether files differ from it."""
    try:
        # A checkout around an installed package is not its own.
        _git("ls-files", "--error-unmatch", Path(__file__).name)
        changes = _git("status", "--porcelain", "--untracked-files=no")
        return f"commit {_git('rev-parse', 'HEAD')}" + " with uncommitted changes" * bool(changes)
    except (OSError, subprocess.CalledProcessError):
        return f"hw {hw.__version__}, not in a git checkout"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    """Name of the processor, if the system tells it, and the number of cores."""
    name = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        names = (line.partition(":")[2] for line in text.splitlines() if "model name" in line)
        name = next(names, name).strip()
    return f"{name or 'unknown processor'}, {os.cpu_count()} cores"
