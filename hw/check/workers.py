"""Runs a function in processes that may hang or die: what they were working on is known."""

import multiprocessing
import queue
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_CONTEXT = multiprocessing.get_context("spawn")  # the same on every system


@dataclass(frozen=True)
class Lost:
    """What is there in place of a result if the process died or took too long."""

    reason: str


def run_all(
    function: Callable[[T], R], tasks: Sequence[T], jobs: int, limit: float
) -> Iterator[tuple[T, R | Lost]]:
    """Call a function on every task, several at a time; yield pairs in the order they are done.

    Parameters
    ----------
    function
        A module's function; it and the tasks must be picklable.
    tasks
        One argument each.
    jobs
        Number of processes, each for many tasks.
    limit
        Seconds that a task may take.
    """
    workers = [_Worker(function) for _ in range(min(jobs, len(tasks)))]
    free: queue.SimpleQueue[_Worker[T, R]] = queue.SimpleQueue()
    for worker in workers:
        free.put(worker)

    def ask(task: T) -> R | Lost:
        worker = free.get()
        try:
            return worker.ask(task, limit)
        finally:
            free.put(worker)

    with ThreadPoolExecutor(len(workers)) as pool:
        try:
            futures = {pool.submit(ask, task): task for task in tasks}
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.stop()


class _Worker(Generic[T, R]):
    """A process that is asked one task after another; if it is lost, another takes its place."""

    def __init__(self, function: Callable[[T], R]) -> None:
        self._function = function
        self._stopped = False
        self._start()

    def _start(self) -> None:
        self._connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(self._function, theirs), daemon=True)
        self._process.start()
        theirs.close()  # so that its death ends the connection

    def ask(self, task: T, limit: float) -> R | Lost:
        """Return the result of a task."""
        try:
            self._connection.send(task)
            if self._connection.poll(limit):
                result: R = self._connection.recv()
                return result
            reason = f"took longer than {limit:g} s"
            self._process.kill()
        except (EOFError, OSError):
            self._process.join()
            reason = f"the process that rendered it died (exit code {self._process.exitcode})"
        if not self._stopped:
            self._start()
        return Lost(reason)

    def stop(self) -> None:
        """End the process."""
        self._stopped = True
        self._process.kill()
        self._process.join()


def _serve(function: Callable[[T], R], connection: Connection) -> None:
    """Answer until the other end is closed. An interrupt is the asking process's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            connection.send(function(connection.recv()))
    except (EOFError, OSError):
        return
