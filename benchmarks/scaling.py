"""How seconds grow with training size, width, stacked members and Dask workers.

Run as ``python benchmarks/scaling.py``. The exponent is the slope of a line through the
logarithms: 1 if twice as much takes twice as long, −1 if it takes half as long.
"""

import os
import tempfile
import time
from dataclasses import replace

import numpy as np
from measuring import compared, report, take_turns
from peers import garments

import hw

REPETITIONS = 3
IMAGES = 8_000  # if their number is not what grows


def measure():
    """Rows of the table: seconds for each size, and the exponents."""
    data = garments(32_000, 1_000)
    rows = []
    exponents = {}
    for name, (way, sizes) in WAYS.items():
        ways = {n: lambda n=n, way=way: way(data, n) for n in sizes}
        taken = take_turns(ways, REPETITIONS)
        by_size = {str(n): seconds for n, seconds in taken.items()}
        rows += compared(f"scaling: {name}", by_size, "s")
        exponents[name] = [
            exponent(sizes, seconds) for seconds in zip(*taken.values(), strict=True)
        ]
    return rows + compared("scaling", exponents, "exponent of the seconds")


def exponent(sizes, seconds):
    """Slope of the logarithm of the seconds over that of the size."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def by_examples(data, n):
    """Seconds of an epoch of the classifier on n images."""
    return epoch(first(data, n), [512, 256, 128])


def by_width(data, n):
    """Seconds of an epoch of a classifier with two hidden layers of n units."""
    return epoch(first(data, IMAGES), [n, n])


def by_members(data, n):
    """Seconds of two epochs of n networks trained at once."""
    rates = list(np.geomspace(1e-4, 1e-2, n))
    config = hw.SweepConfig(hidden_sizes=[128], learning_rates=rates, seeds=[0], epochs=2)
    start = time.perf_counter()
    hw.sweep.train(hw.sweep.grid(config), first(data, IMAGES))
    return time.perf_counter() - start


def by_workers(data, n):
    """Seconds of a sweep from scratch on a running Dask cluster of n workers, a thread each."""
    from distributed import LocalCluster

    small = first(data, IMAGES)
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        os.environ["HW_DATA"] = folder

        def seconds(**settings):
            config = hw.SweepConfig(
                engine="scratch",
                hidden_sizes=[64, 128],
                **settings,
            )
            start = time.perf_counter()
            hw.sweep.run(
                small,
                hw.sweep.grid(config),
                scheduler=cluster.scheduler_address,
                progress=False,
            )
            return time.perf_counter() - start

        seconds(seeds=[1], epochs=1)  # the workers import what they need
        return seconds(seeds=[0], epochs=16)


def first(data, n):
    """The data with the first n training images."""
    train = replace(data.train, images=data.train.images[:n], labels=data.train.labels[:n])
    return replace(data, train=train)


def epoch(data, hidden_sizes):
    """Seconds of the second epoch of a classifier."""
    config = hw.ClassifierConfig(hidden_sizes=hidden_sizes, epochs=2)
    (result,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return float(result.history["seconds"].iloc[-1])


WAYS = {
    "training images": (by_examples, (4_000, 8_000, 16_000, 32_000)),
    "hidden units": (by_width, (128, 256, 512, 1_024, 2_048)),
    "stacked members": (by_members, (1, 2, 4, 8, 16)),
    "Dask workers": (by_workers, (1, 2)),
}

if __name__ == "__main__":
    report(measure())
