"""Shared by all benchmarks: ways that take turns, rows of a table, and the machine."""

import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch

from hw.report.environment import describe_environment, now

LIBRARIES = ("torch", "numpy", "scikit-learn", "lightning", "nbconvert", "typst", "papermill")
PAUSE = 0.5  # seconds between two turns of processes, so that idle threads of the last one sleep
COLUMNS = ("benchmark", "way", "median", "min–max", "unit", "ratio", "of")

Way = Callable[[], Any]  # what is timed; one that returns a float has measured itself
Row = dict[str, Any]


def take_turns(
    ways: Mapping[Any, Way], repetitions: int, warm_up: int = 1
) -> dict[Any, list[float]]:
    """Time ways that take turns, so that a busy machine slows all of them.

    Parameters
    ----------
    ways
        By their names.
    repetitions, warm_up
        Rounds that count, and rounds before them that do not.

    Returns
    -------
    Seconds of each round, by name.
    """
    taken: dict[Any, list[float]] = {name: [] for name in ways}
    for round_number in range(-warm_up, repetitions):
        for name, run in ways.items():
            start = time.perf_counter()
            measured = run()
            seconds = measured if isinstance(measured, float) else time.perf_counter() - start
            if round_number >= 0:
                taken[name].append(seconds)
    return taken


@contextmanager
def processes(prepare: Callable[[str], Way], names: Iterable[str]) -> Iterator[dict[str, Way]]:
    """Give each way a process of its own: in one process, thread pools slow each other down.

    Parameters
    ----------
    prepare
        Called in each process with the way's name; returns what is timed there.
    names
        Of the ways.

    Yields
    ------
    Ways for :func:`take_turns`.
    """
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        workers = {}
        for name in names:
            pool = ProcessPoolExecutor(1, spawn, initializer=_prepare, initargs=(prepare, name))
            workers[name] = stack.enter_context(pool)
        yield {name: lambda worker=worker: _turn(worker) for name, worker in workers.items()}


def _prepare(prepare: Callable[[str], Way], name: str) -> None:
    global _way
    _way = prepare(name)


def _turn(worker: ProcessPoolExecutor) -> float:
    time.sleep(PAUSE)
    return worker.submit(_timed).result()


def _timed() -> float:
    return take_turns({"": _way}, 1, warm_up=0)[""][0]


def compared(
    benchmark: str, taken: Mapping[str, Sequence[float]], unit: str, ours: str | None = None
) -> list[Row]:
    """A row for each way, with its median and range, and the share of it that `ours` takes.

    The share is the median over rounds; there is none if `ours` is not given.
    """
    rows = []
    for name, values in taken.items():
        row = _row(benchmark, name, unit) | {
            "median": statistics.median(values),
            "min": min(values),
            "max": max(values),
        }
        if ours not in (None, name):
            ratios = [our / value for our, value in zip(taken[ours], values, strict=True)]
            row["ratio"] = statistics.median(ratios)
            row["of"] = f"{ours} takes this share of {name}"
        rows.append(row)
    return rows


def blank(benchmark: str, way: str, reason: str) -> Row:
    """The row of a way that cannot be measured here."""
    return _row(benchmark, way, reason)


def _row(benchmark: str, way: str, unit: str) -> Row:
    return {
        "benchmark": benchmark,
        "way": way,
        "median": None,
        "min": None,
        "max": None,
        "unit": unit,
        "ratio": None,
        "of": "",
    }


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for row in rows:
        is_measured = row["median"] is not None
        span = f"{_number(row['min'])}–{_number(row['max'])}" if is_measured else ""
        cells = [row["benchmark"], row["way"], _number(row["median"]), span, row["unit"]]
        cells += [_number(row["ratio"]), row["of"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def report(rows: Iterable[Row]) -> None:
    """Print the rows of a benchmark that is run on its own."""
    print(f"{_list(measure_environment())}\n\n{markdown(rows)}")


def measure_environment() -> dict[str, str]:
    """Where the figures come from: code, versions, machine, GPU, time."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return describe_environment(LIBRARIES) | {"GPU": gpu, "finished": now()}


def write(rows: Sequence[Row], folder: Path) -> None:
    """Write ``results.md`` and ``results.json`` into a folder."""
    provenance = measure_environment()
    text = f"# Benchmarks\n\n{_list(provenance)}\n\n{markdown(rows)}\n"
    (folder / "results.md").write_text(text, encoding="utf-8")
    content = {"provenance": provenance, "rows": rows}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text, encoding="utf-8")


def _list(provenance: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in provenance.items())
