"""Seconds to render a notebook as HTML and PDF: this suite's exporters beside nbconvert's own.

Run as ``python benchmarks/rendering.py [executed.ipynb]``; without one, the classifier is
executed on synthetic images first. Every rendering is a process of its own; they take turns. The
start of Python and the imports are not timed. ``webpdf`` needs Chromium, ``pdf`` needs xelatex;
if they are not installed, the row says so.
"""

import functools
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import blank, compared, report, take_turns

REPETITIONS = 5
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
# If its tool is not installed, the peer is left out.
NEEDS = {"webpdf": CHROMIUM, "pdf": shutil.which("xelatex")}
# Ours, and nbconvert's of the same kind.
GROUPS = {"homework-html": ("html",), "homework-pdf": ("webpdf", "pdf")}


def measure(notebook=None):
    """Rows of the table: seconds of work."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        notebook = notebook or execute(Path(folder))
        for ours, theirs in GROUPS.items():
            there = [name for name in (ours, *theirs) if NEEDS.get(name, True)]
            absent = [name for name in theirs if name not in there]
            ways = {name: lambda name=name: seconds_of_work(name, notebook) for name in there}
            rows += compared("rendering", take_turns(ways, REPETITIONS), "s", ours)
            rows += [blank("rendering", name, "not installed") for name in absent]
    return rows


def seconds_of_work(name, notebook):
    """Seconds of one rendering in a process of its own, without the imports."""
    command = [sys.executable, __file__, "--render", name, str(notebook)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def render(name, notebook):
    """Render once in this process; print seconds of work."""
    from nbconvert.exporters import get_exporter

    if name == "webpdf":  # uses the system's browser, not one that Playwright has downloaded
        from playwright.async_api import BrowserType

        BrowserType.launch = functools.partialmethod(BrowserType.launch, executable_path=CHROMIUM)
    exporter = get_exporter(name)()
    start = time.perf_counter()
    exporter.from_filename(str(notebook))
    print(time.perf_counter() - start)


def execute(folder):
    """The classifier, executed for seconds on synthetic garments."""
    import papermill

    source = Path(__file__).parent.parent / "notebooks/classifier.ipynb"
    settings = {"dataset": "synthetic", "train_size": 2000, "epochs": 3}
    papermill.execute_notebook(
        source, folder / "report.ipynb", settings, cwd=folder, progress_bar=False
    )
    return folder / "report.ipynb"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--render"]:
        render(*sys.argv[2:])
    else:
        report(measure(*sys.argv[1:]))
