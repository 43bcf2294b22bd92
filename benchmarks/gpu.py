"""Seconds of training on a GPU: the classifier, and the 12 configurations of the sweep at once.

Run as ``python benchmarks/gpu.py``. Only training is timed, after a run that warms up: the data
are on the device, and the recording of the CUDA graph does not count. Without a GPU the rows are
empty.
"""

import torch
from measuring import blank, compared, report, take_turns
from peers import garments

import hw

EXAMPLES = 54_000
VALIDATION = 6_000
REPETITIONS = 3


def measure():
    """Rows of the table."""
    ways = {"classifier, 50 epochs": classifier, "12 configurations, 25 epochs": sweep}
    if not torch.cuda.is_available():
        return [blank("GPU", way, "no GPU here") for way in ways]
    data = garments(EXAMPLES, VALIDATION)
    return [
        row
        for way, run in ways.items()
        for row in compared("GPU", take_turns({way: lambda run=run: run(data)}, REPETITIONS), "s")
    ]


def classifier(data):
    """Seconds of all epochs of ``ffnn-dropout``."""
    config = hw.ClassifierConfig(device="cuda")
    (result,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return float(result.history["seconds"].sum())


def sweep(data):
    """Seconds of all epochs of the stacked sweep with one seed."""
    config = hw.SweepConfig(device="cuda", seeds=[0])
    results = hw.sweep.train(hw.sweep.grid(config), data)
    return sum(
        float(result.history["seconds"].sum()) for result in results
    )  # each has its share of them


if __name__ == "__main__":
    report(measure())
