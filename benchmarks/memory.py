"""Peak resident memory of each notebook's kernel, trained for one epoch on all images.

Run as ``python benchmarks/memory.py``. *Kernel* is an empty one that has imported torch, the
lower bound. The images of Fashion-MNIST are 55 MB as bytes, 220 MB as float32.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from measuring import compared, report
from nbformat.v4 import new_code_cell, new_notebook

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
SHORT = {
    "classifier": {"epochs": 1},
    "autoencoder": {"epochs": 1},
    "optdigits_latent": {"epochs": 1, "published_epochs": 10},
    "sweep": {"epochs": 1, "fresh": True},
}
PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "papermill", *sys.argv[1:]], check=True, capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)
"""


def measure():
    """Rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        kernel = {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
        nbformat.write(
            new_notebook(cells=[new_code_cell("import torch")], metadata=kernel),
            Path(folder, "empty.ipynb"),
        )
        taken = {"kernel with torch": [peak(Path(folder, "empty.ipynb"), {}, folder)]}
        taken |= {
            name: [peak(NOTEBOOKS / f"{name}.ipynb", given, folder)]
            for name, given in SHORT.items()
        }
    return compared("peak memory", taken, "MB")


def peak(notebook, given, folder):
    """Megabytes that the largest process of a run by papermill had resident at once."""
    words = [word for name, value in given.items() for word in ("-p", name, str(value))]
    command = [sys.executable, "-c", PEAK, str(notebook), "out.ipynb", *words]
    return float(
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
    )


if __name__ == "__main__":
    report(measure())
