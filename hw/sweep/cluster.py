"""Training a sweep on a Dask cluster."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from hw.data import Dataset
from hw.sweep.engines import Job
from hw.sweep.workers import Versions, make_inspection, make_task
from hw.training import Result

TIMEOUT = 5  # seconds that a scheduler has to answer, and then to have a worker


def train_on_cluster(
    jobs: Sequence[Job], data: Dataset, scheduler: str
) -> Iterator[dict[int, Result]]:
    """Train jobs on a cluster, each stack in as many parts as it has workers.

    Every worker must have the code, torch and NumPy of this machine: all are asked before any
    work, and each task asks again, because a worker can join later.

    The data are a task's result rather than scattered: if the worker that holds them dies, Dask
    has another worker make them again, as it does with any lost result.

    Parameters
    ----------
    jobs
        As :func:`hw.sweep.engines.plan` returns them.
    data
        Sent to each worker once.
    scheduler
        Its address.

    Yields
    ------
    dict
        The results of one task by the number of the trial, in the order in which tasks finish.

    Raises
    ------
    ConnectionError
        If no scheduler answers, it has no workers, or it keeps losing them.
    ImportError
        If Dask is not installed.
    RuntimeError
        If a worker has other versions, or cannot import this package; names it.
    """
    distributed = _import_dask().distributed
    import cloudpickle  # with Dask; networks and settings may be those of a notebook

    find_versions = make_inspection()
    here = find_versions()
    with _connect(scheduler) as client:
        found = client.run(find_versions, on_error="return")
        _refuse_others(found, here, scheduler)
        task = make_task(here)
        shared = client.submit(bytes, pickle.dumps(data), pure=False)
        futures = [
            client.submit(task, cloudpickle.dumps(part), shared, pure=False)
            for part in _split_among(jobs, len(found))
        ]
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                worker, versions, results = future.result()
                _refuse_others({worker: versions}, here, scheduler)
                yield results
        except (CancelledError, distributed.KilledWorker) as error:
            raise ConnectionError(
                f"the Dask cluster at {scheduler} keeps losing workers: {error}"
            ) from None


def _refuse_others(
    found: Mapping[str, Versions | Exception], here: Versions, scheduler: str
) -> None:
    """Raise a RuntimeError if any worker, by its address, has other versions than this machine."""
    others = []
    for worker, versions in found.items():
        if isinstance(versions, Exception):
            others.append(f"  {worker}: {versions!r}")
        elif versions != here:
            others.append(f"  {worker}: {_join(dict(versions.items() - here.items()))}")
    if others:
        message = f"workers of the Dask cluster at {scheduler} cannot be used:\n"
        message += "\n".join(sorted(others))
        message += f"\nThis machine has {_join(here)}: install that there, and restart them."
        raise RuntimeError(message)


def _join(versions: Versions) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))


def _split_among(jobs: Sequence[Job], n_workers: int) -> list[Job]:
    """Split each job into up to `n_workers` parts of about the same size."""
    parts: list[Job] = []
    for job in jobs:
        numbers = list(job)
        size = -(-len(numbers) // n_workers)
        for start in range(0, len(numbers), size):
            parts.append({number: job[number] for number in numbers[start : start + size]})
    return parts


def _import_dask() -> ModuleType:
    """The package ``dask`` with ``dask.distributed``, which the extra `dask` installs."""
    try:
        import dask.distributed
    except ImportError:
        raise ImportError("scheduler needs Dask: pip install distributed") from None
    return dask


@contextmanager
def _connect(address: str) -> Iterator[Any]:
    """Yield a client of the scheduler at `address`, once it has a worker."""
    dask = _import_dask()
    # No warning about a large task graph: the data are meant to travel with their task.
    quiet = {"distributed.admin.large-graph-warning-threshold": "10GB"}
    try:
        client = dask.distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionError(
            f"scheduler must be the address of a running Dask scheduler, got {address!r}: {error}"
        ) from None
    with client, dask.config.set(quiet):
        try:
            client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError:
            raise ConnectionError(
                f"scheduler {address} has no workers: start one with dask worker {address}"
            ) from None
        yield client
