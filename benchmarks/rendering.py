"""Seconds to render notebooks as HTML and PDF: this suite's exporters beside nbconvert's own.

Run as ``python benchmarks/rendering.py``. Three things are timed, and the exporters take turns:

- rendering: an executed report, the classifier on synthetic images, without start and imports;
- rendering a corpus: all notebooks of the folder CORPUS, by default the tests' cases and one of
  every kind of cell, one after another in one process, after a first round that does not count;
- rendering from cold: the whole command on that one of every kind, start and imports included.

``webpdf`` needs Chromium, ``pdf`` needs xelatex; if they are not installed, the row says so.
"""

import functools
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import blank, compared, report, take_turns

ROOT = Path(__file__).parents[1]
REPETITIONS = 5
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
# If its tool is not installed, the peer is left out.
NEEDS = {"webpdf": CHROMIUM, "pdf": shutil.which("xelatex")}
# Ours, and nbconvert's.
GROUPS = {"homework-html": ("html",), "homework-pdf": ("html", "webpdf", "pdf")}


def measure():
    """Rows of the table: seconds for each notebook."""
    with tempfile.TemporaryDirectory() as folder:
        kinds = every_kind(Path(folder))
        corpus = os.environ.get("CORPUS", ROOT / "tests/export/cases")
        notebooks = [*sorted(Path(corpus).rglob("*.ipynb")), kinds]
        executed = execute(Path(folder))
        return [
            *_rows("rendering", lambda name: seconds_of_work(name, [executed])),
            *_rows("rendering a corpus", lambda name: seconds_of_work(name, notebooks, warm=True)),
            *_rows("rendering from cold", lambda name: seconds_from_cold(name, kinds)),
        ]


def _rows(benchmark, seconds):
    """Rows of one benchmark; `seconds` measures the exporter of a name."""
    rows = []
    for ours, theirs in GROUPS.items():
        there = [name for name in (ours, *theirs) if NEEDS.get(name, True)]
        absent = [name for name in theirs if name not in there]
        ways = {name: functools.partial(seconds, name) for name in there}
        rows += compared(benchmark, take_turns(ways, REPETITIONS), "s", ours)
        rows += [blank(benchmark, name, "not installed") for name in absent]
    return rows


def seconds_of_work(name, notebooks, warm=False):
    """Seconds for each notebook in a process of its own, without the imports."""
    command = [sys.executable, __file__, "--render", name, str(1 + warm), *map(str, notebooks)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def seconds_from_cold(name, notebook):
    """Seconds that a process takes for one notebook, from its start to its end."""
    start = time.perf_counter()
    seconds_of_work(name, [notebook])
    return time.perf_counter() - start


def render(name, rounds, *notebooks):
    """Render in this process; print the seconds for each notebook in the last round."""
    from nbconvert.exporters import get_exporter

    logging.disable(logging.WARNING)
    if name == "webpdf":  # uses the system's browser, not one that Playwright has downloaded
        from playwright.async_api import BrowserType

        BrowserType.launch = functools.partialmethod(BrowserType.launch, executable_path=CHROMIUM)
    exporter = get_exporter(name)()
    for _ in range(int(rounds)):
        start = time.perf_counter()
        for notebook in notebooks:
            exporter.from_filename(notebook)
        seconds = (time.perf_counter() - start) / len(notebooks)
    print(seconds)


def every_kind(folder):
    """A notebook with every kind of cell and output, as the tests write it."""
    import nbformat

    sys.path.insert(0, str(ROOT / "tests/export"))
    from exporter_corpus import everything

    path = folder / "everything.ipynb"
    nbformat.write(everything(), path)
    return path


def execute(folder):
    """The classifier, executed for seconds on synthetic garments."""
    import papermill

    source = ROOT / "notebooks/classifier.ipynb"
    settings = {"dataset": "synthetic", "train_size": 2000, "epochs": 3}
    papermill.execute_notebook(
        source, folder / "report.ipynb", settings, cwd=folder, progress_bar=False
    )
    return folder / "report.ipynb"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--render"]:
        render(*sys.argv[2:])
    else:
        report(measure())
