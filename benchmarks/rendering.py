"""Seconds to render an executed notebook into HTML and PDF: this suite's exporters beside nbconvert's own.

Run as ``python benchmarks/rendering.py [executed.ipynb]``; without one, the classifier is executed on synthetic images
first. Every rendering is a process of its own; they take turns. *Work* leaves out the start of Python and the imports.
``webpdf`` needs Chromium, ``pdf`` needs xelatex; where these are not installed, the row says so.
"""

import functools
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

REPETITIONS = 5
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS = {"webpdf": CHROMIUM, "pdf": shutil.which("xelatex")}  # a tool that is not there: the peer is left out
PEERS = ("homework-html", "html", "homework-pdf", "webpdf", "pdf")
RATIOS = (("homework-html", "html"), ("homework-pdf", "webpdf"), ("homework-pdf", "pdf"))


def main(notebook=None):
    """Measure all, print medians with their ranges, sizes, and the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = notebook or execute(Path(folder))
        there = [name for name in PEERS if NEEDS.get(name, True)]
        taken = {name: [] for name in there}
        for _ in range(REPETITIONS):
            for name in there:
                taken[name].append(measure(name, notebook))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, nbconvert {version('nbconvert')}, "
          f"typst {version('typst')}; {REPETITIONS} processes each\n")  # fmt: skip
    print("| exporter | work, s | min–max | whole process, s | kB |\n|---|---|---|---|---|")
    for name in PEERS:
        if name not in taken:
            print(f"| {name} | not installed | | | |")
            continue
        work, whole, size = zip(*taken[name], strict=True)
        print(f"| {name} | {statistics.median(work):.2f} | {min(work):.2f}–{max(work):.2f} | "
              f"{statistics.median(whole):.2f} | {size[0] / 1000:.0f} |")  # fmt: skip
    for ours, theirs in RATIOS:
        if theirs in taken:
            ratio = statistics.median(a[0] / b[0] for a, b in zip(taken[ours], taken[theirs], strict=True))
            print(f"\n{ours} takes {ratio:.2f} of the work of {theirs}.")


def measure(name, notebook):
    """Seconds of work, seconds of the whole process, and bytes of one rendering."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--render", name, str(notebook)], check=True, capture_output=True, text=True
    )
    work, size = done.stdout.split()[-2:]
    return float(work), time.perf_counter() - start, int(size)


def render(name, notebook):
    """Render once in this process; print seconds of work and bytes."""
    from nbconvert.exporters import get_exporter

    if name == "webpdf":  # takes only a browser that Playwright has downloaded; here it gets the system's
        from playwright.async_api import BrowserType

        BrowserType.launch = functools.partialmethod(BrowserType.launch, executable_path=CHROMIUM)
    exporter = get_exporter(name)()
    start = time.perf_counter()
    output, _ = exporter.from_filename(str(notebook))
    print(time.perf_counter() - start, len(output))


def execute(folder):
    """The classifier, executed for seconds on synthetic garments."""
    import papermill

    source = Path(__file__).parent.parent / "notebooks/classifier.ipynb"
    settings = {"dataset": "synthetic", "train_size": 2000, "epochs": 3}
    papermill.execute_notebook(source, folder / "report.ipynb", settings, cwd=folder, progress_bar=False)
    return folder / "report.ipynb"


if __name__ == "__main__":
    render(*sys.argv[2:]) if sys.argv[1:2] == ["--render"] else main(*sys.argv[1:])
