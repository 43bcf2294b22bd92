"""Seconds until something happens: importing, the first epoch, a quick build, and a build with nothing to do.

Run as ``python benchmarks/start.py``. The builds run ``make report PROFILE=quick`` in a copy of the project.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from measuring import compared, report, take_turns

ROOT = Path(__file__).parent.parent
SYNTHETIC = {"dataset": "synthetic", "train_size": 1_000, "epochs": 1}


def measure():
    """Rows of the table."""
    imports = {f"import {name}": lambda name=name: python(f"import {name}") for name in ("hw", "torch", "pandas")}
    rows = compared("start", take_turns(imports, 5), "s", "import hw")
    rows += compared("start", take_turns({"papermill to the first epoch": first_epoch}, 3, 0), "s",
                     "papermill to the first epoch")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        house = copy_house(Path(folder))
        for name in ("quick build, cold", "quick build, unchanged"):
            rows += compared("start", take_turns({name: lambda: build(house)}, 1, 0), "s", name)
    return rows


def python(code):
    """Seconds that a process takes for some code, less those of an empty one."""
    seconds = []
    for source in ("pass", code):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", source], check=True)
        seconds.append(time.perf_counter() - start)
    return seconds[1] - seconds[0]


def first_epoch():
    """Seconds from the start of papermill to that of the cell that trains."""
    with tempfile.TemporaryDirectory() as folder:
        executed = Path(folder, "out.ipynb")
        words = [word for name, value in SYNTHETIC.items() for word in ("-p", name, str(value))]
        command = [sys.executable, "-m", "papermill", str(ROOT / "notebooks/classifier.ipynb"), str(executed), *words]
        start = time.time()
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    (training,) = [cell for cell in cells if "fit_seeds" in "".join(cell["source"])]
    return datetime.fromisoformat(training["metadata"]["papermill"]["start_time"]).timestamp() - start


def copy_house(folder):
    """A copy of what a build needs."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "hw", "notebooks"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    (folder / "ready").touch()
    return folder


def build(house):
    """Build all reports, shortened."""
    tools = [f"BIN={Path(sys.executable).parent}", "READY=ready", "PROFILE=quick"]
    subprocess.run(["make", "report", *tools], cwd=house, check=True, capture_output=True)


if __name__ == "__main__":
    report(measure())
