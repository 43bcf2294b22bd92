"""Whether a report's networks learn the same in bfloat16 as in float32: the table of experiments.

Run as ``python benchmarks/precision.py SYSTEM EPOCHS``, where the system is a report such as
``classifier-improved``. Five seeds are trained both ways, in turns; the score is what the report
monitors, the best validation epoch's. A difference is one of means that a paired t-test finds at
the 5 % level; seconds are of the processor, which other work hardly changes.
"""

import sys
import time
from pathlib import Path

import numpy as np
import yaml
from scipy.stats import ttest_rel

import hw
from hw.config import NOTEBOOKS

SEEDS = range(5)
PARAMETERS = Path(__file__).parent.parent / "notebooks/params"
NETWORKS = {"classifier": hw.Classifier, "autoencoder": hw.Autoencoder}
HEADS = ("system", "epochs", "score", "float32", "bfloat16", "difference", "p", "time")


def measure(report, epochs):
    """The row of a report's system: both means, their difference, p, and the share of the time."""
    notebook = report.partition("-")[0]
    path = PARAMETERS / f"{report}.yaml"
    given = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    config = NOTEBOOKS[notebook](**given | {"epochs": epochs, "val_fraction": 0.1})
    data = hw.load(config)
    train = train_grid if notebook == "sweep" else train_network
    scores = {"float32": [], "bfloat16": []}
    seconds = dict.fromkeys(scores, 0.0)
    for seed in SEEDS:
        for precision, values in scores.items():
            start = time.process_time()
            settings = {"seeds": [seed], "precision": precision}
            score, value = train(NETWORKS.get(notebook), data, config.model_copy(update=settings))
            values.append(value)
            seconds[precision] += time.process_time() - start
            print(
                report, seed, precision, value, f"{time.process_time() - start:.0f} s", flush=True
            )
    one, other = map(np.array, scores.values())
    means = [f"{values.mean():.5f} ± {values.std(ddof=1):.5f}" for values in (one, other)]
    difference = other - one
    p = ttest_rel(other, one).pvalue
    share = seconds["bfloat16"] / seconds["float32"]
    row = (config.system, epochs, score, *means, f"{difference.mean():+.5f}", f"{p:.2f}")
    return (*row, f"{share:.2f}")


def train_network(network, data, config):
    """The score that selects the best epoch, by name, of one network."""
    (run,) = hw.fit_seeds(network.from_config, data, config, progress=False)
    return run.model.monitor, float(run.best_epoch[run.model.monitor])


def train_grid(_, data, config):
    """The mean of the best macro F1 over a grid."""
    results = hw.sweep.train(hw.sweep.grid(config), data)
    return "val_macro_f1", float(np.mean([run.best_epoch["val_macro_f1"] for run in results]))


if __name__ == "__main__":
    row = measure(sys.argv[1], int(sys.argv[2]))
    print("\n".join(f"| {' | '.join(map(str, line))} |" for line in (HEADS, row)))
