"""What a cluster's workers run, whatever is installed there.

A function made by another function is pickled by value. So these run on a worker, and pass through
a scheduler, even without this package or with another version of it, and can say so.
"""

from collections.abc import Callable
from typing import Any

Versions = dict[str, str]  # by name: this package with its code, torch, NumPy


def make_inspection() -> Callable[[], Versions]:
    """A function that returns the versions of the process that calls it."""

    def find_versions() -> Versions:
        try:
            import numpy
            import torch

            import hw
            from hw.training.store import CODE_VERSION
        except Exception as error:  # a broken installation raises anything
            return {"hw": f"cannot be imported ({type(error).__name__}: {error})"}
        return {
            "hw": f"{hw.__version__} with code {CODE_VERSION[:12]}",
            "torch": str(torch.__version__).partition("+")[0],  # without the build: cpu, cu128
            "numpy": numpy.__version__,
        }

    return find_versions


def make_task(expected: Versions) -> Callable[[bytes, bytes], tuple[str, Versions, Any]]:
    """A function that trains a chunk of trials, but only if the worker has these versions.

    Parameters
    ----------
    expected
        As the function of :func:`make_inspection` returns them.

    Returns
    -------
    Callable
        Takes a pickled job of :func:`hw.sweep.engines.plan` and its pickled data; returns the
        worker's address, its versions, and the results by the number of the trial, which are None
        if the versions differ.
    """
    find_versions = make_inspection()

    def train_if_same(job: bytes, data: bytes) -> tuple[str, Versions, Any]:
        import pickle

        from distributed import get_worker

        address = get_worker().address
        found = find_versions()
        if found != expected:
            return address, found, None
        from hw.sweep.engines import train_job

        trials = pickle.loads(job)
        results = train_job(list(trials.values()), pickle.loads(data))
        return address, found, dict(zip(trials, results, strict=True))

    return train_if_same
