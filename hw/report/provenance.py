"""Where a report comes from: code, versions, machine, data, settings, time."""

import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
import torch

LIBRARIES = ("hw", "torch", "torchvision", "numpy", "scikit-learn", "papermill", "nbconvert")


def provenance(config, data, device):
    """Everything that one needs to make a report again.

    Parameters
    ----------
    config : ClassifierConfig
        The settings.
    data : hw.Dataset
        What it was made with.
    device : torch.device
        Where the networks were trained.

    Returns
    -------
    dict[str, str]
        In the order in which a report shows it.
    """
    return surroundings() | {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "data": f"{data.name}, SHA-256 {data.checksum}",
        "seeds": ", ".join(map(str, config.seeds)),
        "parameters": ", ".join(f"{name}={value!r}" for name, value in config.changed().items()) or "the defaults",
        "finished": now(),
        "wall time": f"{time.time() - psutil.Process().create_time():.0f} s since the kernel started",
    }


def surroundings(libraries=LIBRARIES):
    """What code ran, with which versions of these libraries, on which machine."""
    versions = ["Python " + platform.python_version(), *map(_versioned, libraries)]
    threads = torch.get_num_threads()
    return {
        "code": _commit(),
        "versions": ", ".join(versions),
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}, {threads} thread{'s' * (threads > 1)}",
    }


def now():
    """The time, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _versioned(library):
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"no {library}"


def _commit():
    """Commit of the checkout that tracks this package, and whether files differ from it."""

    def git(*words):
        command = ["git", "-C", str(Path(__file__).parent), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", Path(__file__).name)  # a checkout around an installed package is not ours
        changes = git("status", "--porcelain", "--untracked-files=no")
        return f"commit {git('rev-parse', 'HEAD')}" + (" with uncommitted changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return f"hw {version('hw')}, not in a git checkout"


def _processor():
    """Name of the processor where the system tells, and the number of cores."""
    name = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name or 'unknown processor'}, {os.cpu_count()} cores"
