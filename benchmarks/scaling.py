"""How seconds grow with training size, width, stacked members and Dask workers: a figure each, and the exponent.

Run as ``python benchmarks/scaling.py``; the figures go to ``benchmarks/scaling.svg``. The exponent is the slope
of a line through the logarithms: 1 where twice as much takes twice as long.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import report, take_turns
from peers import garments

import hw
from hw.plots.style import new_figure

REPETITIONS = 3
SIZES = {
    "training images": (4_000, 8_000, 16_000, 32_000),
    "hidden units": (128, 256, 512, 1_024, 2_048),
    "stacked members": (1, 2, 4, 8, 16),
    "Dask workers": (1, 2),
}


def measure():
    """Rows of the table; writes the figures."""
    data = garments(32_000, 1_000)
    measured = {name: take_turns({n: lambda n=n, way=way: way(data, n) for n in SIZES[name]}, REPETITIONS)
                for name, way in WAYS.items()}  # fmt: skip
    medians = {name: {n: statistics.median(times) for n, times in taken.items()} for name, taken in measured.items()}
    draw(medians).savefig(Path(__file__).parent / "scaling.svg")
    return [
        {"benchmark": "scaling", "way": f"{name}, from {min(taken)} to {max(taken)}", "median": exponent(taken),
         "min": exponent(taken), "max": exponent(taken), "unit": "exponent of the time", "ratio": None, "of": ""}
        for name, taken in medians.items()
    ]  # fmt: skip


def by_examples(data, n):
    """Seconds of an epoch of the classifier on n images."""
    part = hw.train_val_split(data.train, 0.01, min(n, int(0.99 * len(data.train))))[0]
    return epoch(data, [512, 256, 128], part)


def by_width(data, n):
    """Seconds of an epoch of a classifier with two hidden layers of n units."""
    return epoch(data, [n, n], hw.train_val_split(data.train, 0.01, 8_000)[0])


def epoch(data, hidden_sizes, train):
    """Seconds of the second epoch."""
    from dataclasses import replace

    config = hw.ClassifierConfig(hidden_sizes=hidden_sizes, epochs=2)
    (run,) = hw.fit_seeds(hw.Classifier.from_config, replace(data, train=train), config, progress=False)
    return float(run.history["seconds"].iloc[-1])


def by_members(data, n):
    """Seconds of two epochs of n networks trained at once."""
    from dataclasses import replace

    part = replace(data, train=hw.train_val_split(data.train, 0.01, 8_000)[0])
    config = hw.SweepConfig(hidden_sizes=[128], learning_rates=list(np.geomspace(1e-4, 1e-2, n)), seeds=[0], epochs=2)
    start = time.perf_counter()
    hw.sweep.train(hw.sweep.grid(config), part, config)
    return time.perf_counter() - start


def by_workers(data, n):
    """Seconds of a sweep of 8 networks from scratch on a Dask cluster of n workers with a thread each."""
    from dataclasses import replace

    from distributed import LocalCluster

    part = replace(data, train=hw.train_val_split(data.train, 0.01, 8_000)[0])
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        os.environ["HW_DATA"] = folder
        config = hw.SweepConfig(
            engine="scratch", hidden_sizes=[64, 128], seeds=[0], epochs=2, scheduler=cluster.scheduler_address
        )
        start = time.perf_counter()
        hw.sweep.run(config, part, progress=False)
        return time.perf_counter() - start


WAYS = {
    "training images": by_examples, "hidden units": by_width, "stacked members": by_members, "Dask workers": by_workers,
}  # fmt: skip


def exponent(taken):
    """Slope of the logarithm of the seconds over that of the size."""
    return float(np.polyfit(np.log(list(taken)), np.log(list(taken.values())), 1)[0])


def draw(medians):
    """A panel for each."""
    fig = new_figure(2.2, width=10)
    for ax, (name, taken) in zip(fig.subplots(1, len(medians)), medians.items(), strict=True):
        ax.loglog(list(taken), list(taken.values()), "o-", base=2)
        ax.set(xlabel=name, ylabel="seconds", title=f"exponent {exponent(taken):.2f}")
    return fig


if __name__ == "__main__":
    report(measure())
