"""What all benchmarks share: ways that take turns, rows of one table, and the machine they ran on."""

import json
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager

import torch

from hw.report.provenance import now, surroundings

LIBRARIES = ("torch", "numpy", "scikit-learn", "lightning", "nbconvert", "typst", "papermill")
PAUSE = 0.5  # seconds between two turns of processes: the threads of the one that has been working come to rest
COLUMNS = ("benchmark", "way", "median", "min–max", "unit", "ratio", "of")


def take_turns(ways, repetitions, warm_up=1):
    """Seconds of every way, by its name: each runs once a round, so that a busy machine slows all of them.

    Parameters
    ----------
    ways : dict[str, callable]
        What is timed; a way that returns a float has measured itself.
    repetitions, warm_up : int
        Rounds that count, and rounds before them that do not.
    """
    taken = {name: [] for name in ways}
    for round_number in range(-warm_up, repetitions):
        for name, run in ways.items():
            start = time.perf_counter()
            measured = run()
            seconds = measured if isinstance(measured, float) else time.perf_counter() - start
            if round_number >= 0:
                taken[name].append(seconds)
    return taken


@contextmanager
def processes(prepare, names):
    """Ways that take turns in a process each: in one and the same, the thread pools of libraries slow one another.

    Parameters
    ----------
    prepare : callable
        Is called in each process, with its name, and returns what is timed there.
    names : iterable[str]
        Of the ways.

    Yields
    ------
    dict[str, callable]
        For :func:`take_turns`.
    """
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(ProcessPoolExecutor(1, spawn, initializer=_prepare, initargs=(prepare, name)))
            for name in names
        }
        yield {name: lambda worker=worker: _turn(worker) for name, worker in workers.items()}


def _prepare(prepare, name):
    global _way
    _way = prepare(name)


def _turn(worker):
    time.sleep(PAUSE)
    return worker.submit(_timed).result()


def _timed():
    return take_turns({"": _way}, 1, warm_up=0)[""][0]


def compared(benchmark, taken, unit, ours=None):
    """A row for each way: its median and range, and the median over rounds of what `ours`, if given, takes of it."""
    rows = []
    for name, values in taken.items():
        peer = ours not in (None, name)
        ratio = statistics.median(o / v for o, v in zip(taken[ours], values, strict=True)) if peer else None
        rows.append({
            "benchmark": benchmark, "way": name, "median": statistics.median(values), "min": min(values),
            "max": max(values), "unit": unit, "ratio": ratio,
            "of": f"{ours} takes this share of {name}" if peer else "",
        })  # fmt: skip
    return rows


def blank(benchmark, way, reason):
    """The row of what could not be measured here."""
    return {"benchmark": benchmark, "way": way, "median": None, "min": None, "max": None, "unit": reason,
            "ratio": None, "of": ""}  # fmt: skip


def markdown(rows):
    """The rows as a Markdown table."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for row in rows:
        span = "" if row["median"] is None else f"{_number(row['min'])}–{_number(row['max'])}"
        cells = [
            row["benchmark"],
            row["way"],
            _number(row["median"]),
            span,
            row["unit"],
            _number(row["ratio"]),
            row["of"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value):
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def report(rows):
    """Print a benchmark's rows: what a script of one benchmark does when it is run by itself."""
    print(f"{_listed(facts())}\n\n{markdown(rows)}")


def facts():
    """Where the figures come from: code, versions, machine, GPU, time."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return surroundings(LIBRARIES) | {"GPU": gpu, "finished": now()}


def write(rows, folder):
    """Write ``results.md`` and ``results.json`` into a folder."""
    provenance = facts()
    text = f"# Benchmarks\n\n{_listed(provenance)}\n\n{markdown(rows)}\n"
    (folder / "results.md").write_text(text, encoding="utf-8")
    content = json.dumps({"provenance": provenance, "rows": rows}, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(content, encoding="utf-8")


def _listed(provenance):
    return "\n".join(f"- {name}: {value}" for name, value in provenance.items())
