"""Seconds of training on a GPU: the classifier's 50 epochs, and 25 epochs of the sweep's 12 configurations at once.

Run as ``python benchmarks/gpu.py``. What counts is training alone, after a run that warms up: the data are on the
device, and the recording of the CUDA graph is not in it. Without a GPU the rows stay empty.
"""

import torch
from measuring import blank, compared, report, take_turns
from peers import garments

import hw

EXAMPLES, VALIDATION, REPETITIONS = 54_000, 6_000, 3


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
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return float(run.history["seconds"].sum())


def sweep(data):
    """Seconds of all epochs of the stacked sweep with one seed."""
    config = hw.SweepConfig(device="cuda", seeds=[0])
    results = hw.sweep.train(hw.sweep.grid(config), data, config)
    return sum(float(result.history["seconds"].sum()) for result in results)  # each has its share of them


if __name__ == "__main__":
    report(measure())
