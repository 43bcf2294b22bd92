"""Seconds until something happens: imports, the first epoch, builds from nothing, idle builds.

Run as ``python benchmarks/start.py``. The builds run ``make report``, shortened and in full with
one seed, in a copy of the project that has the data sets and nothing else that was made before.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from measuring import compared, report, take_turns

from hw.files import data_folder

ROOT = Path(__file__).parent.parent
FILES = ("Makefile", "pyproject.toml", "constraints.txt", "requirements.txt")
BUILDS = {"quick build": ["PROFILE=quick"], "full build of one seed": ['PARAMS=-y "seeds: [0]"']}
SYNTHETIC = {"dataset": "synthetic", "train_size": 1_000, "epochs": 1}


def measure():
    """Rows of the table."""
    imports = {
        f"import {name}": lambda name=name: python(f"import {name}")
        for name in ("hw", "torch", "pandas")
    }
    rows = compared("start", take_turns(imports, 5), "s", "import hw")
    first = take_turns({"papermill to the first epoch": first_epoch}, 3, 0)
    rows += compared("start", first, "s")
    for name, settings in BUILDS.items():
        with tempfile.TemporaryDirectory() as folder:
            house = copy_house(Path(folder))
            for state in ("cold", "unchanged"):
                rows += compared("start", {f"{name}, {state}": [build(house, settings)]}, "s")
    return rows


def python(code):
    """Seconds that some code takes in a process of its own."""
    source = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
    return float(
        subprocess.run(
            [sys.executable, "-c", source], check=True, capture_output=True, text=True
        ).stdout
    )


def first_epoch():
    """Seconds from the start of papermill to that of the cell that trains."""
    with tempfile.TemporaryDirectory() as folder:
        executed = Path(folder, "out.ipynb")
        words = [word for name, value in SYNTHETIC.items() for word in ("-p", name, str(value))]
        command = [
            sys.executable,
            "-m",
            "papermill",
            str(ROOT / "notebooks/classifier.ipynb"),
            str(executed),
            *words,
        ]
        start = time.time()
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    (training,) = [cell for cell in cells if "fit_seeds" in "".join(cell["source"])]
    return (
        datetime.fromisoformat(training["metadata"]["papermill"]["start_time"]).timestamp() - start
    )


def copy_house(folder):
    """A copy of what a build needs, and of the data sets that are here."""
    for name in (*FILES, "hw", "notebooks", "benchmarks"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    for name in ("FashionMNIST", "optdigits"):
        if (data_folder() / name).exists():
            shutil.copytree(data_folder() / name, folder / "data" / name)
    (folder / "ready").touch()
    return folder


def build(house, settings):
    """Seconds of a build of all reports."""
    environment = {
        name: value for name, value in os.environ.items() if name != "MAKEFLAGS"
    }  # those of `make bench`
    environment["HW_DATA"] = str(house / "data")
    command = ["make", "report", f"BIN={Path(sys.executable).parent}", "READY=ready", *settings]
    start = time.perf_counter()
    subprocess.run(command, cwd=house, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    report(measure())
