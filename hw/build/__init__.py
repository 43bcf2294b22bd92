"""Builds reports: runs notebooks with papermill and renders them as HTML and PDF.

Whatever has changed since the last build is built again, as :mod:`hw.build.stamps` tells. Every
file appears under its name only once it is complete: a build can be killed at any moment, and
two builds can share a folder.
"""

import importlib
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from hw.build.catalogue import (
    BuildError,
    Report,
    Settings,
    find_report,
    longest_first,
    own_reports,
)
from hw.build.stamps import digest, is_current, notebook_inputs, write_stamp
from hw.files import atomic_write

PACKAGE = Path(__file__).parent.parent
FORMATS = {"html": {"links": True}, "pdf": {}}  # endings, and the exporters' options

_running: set[subprocess.Popen[bytes]] = set()


def build(names: Iterable[str], settings: Settings) -> None:
    """Build reports, several at a time; the scoreboard waits for the others.

    Parameters
    ----------
    names
        As :func:`hw.build.catalogue.find_reports` has them.
    settings
        What holds for all of them.

    Raises
    ------
    BuildError
        Before any work for an unknown name; after all others for the reports that failed.
    """
    chosen = [find_report(name) for name in names]
    failed = _build_all([report for report in chosen if report.name != "scoreboard"], settings)
    if not failed:
        failed = _build_all([report for report in chosen if report.name == "scoreboard"], settings)
    if failed:
        raise BuildError(f"not built: {', '.join(failed)}")


def build_everything(settings: Settings) -> Path:
    """Build :func:`own_reports` and ``index.html``, the scoreboard's page; return its path."""
    build(own_reports(), settings)
    index = settings.folder / "index.html"
    with atomic_write(index) as partial:
        shutil.copyfile(settings.folder / "scoreboard.html", partial)
    return index


def execute(report: Report, settings: Settings) -> None:
    """Run a notebook if it has changed, into ``<folder>/<name>.ipynb``.

    Raises
    ------
    BuildError
        If the notebook fails. What it showed until then is kept as ``<name>.failed.ipynb``.
    """
    product = settings.folder / f"{report.name}.ipynb"
    failed = product.with_suffix(".failed.ipynb")
    arguments = report.arguments(settings)
    inputs = notebook_inputs(report.notebook.read_bytes())
    sources = [*report.sources(settings), *_code()]
    key = digest(arguments, inputs, *(path.read_bytes() for path in sources))
    if is_current(product, key):
        return
    print(f"running {report.name}", flush=True)
    start = time.monotonic()
    with atomic_write(product) as partial:
        if _papermill(report.notebook, partial, arguments, settings.jobs) != 0:
            message = f"report {report.name} failed: the traceback is above"
            if partial.stat().st_size:
                os.replace(partial, failed)
                message += f" and in {failed}"
            raise BuildError(message)
        content = partial.read_bytes()
    write_stamp(product, key, content)
    failed.unlink(missing_ok=True)
    print(f"{report.name} took {time.monotonic() - start:.0f} s", flush=True)


def render(report: Report, settings: Settings) -> None:
    """Render an executed notebook as HTML and PDF, if it or the exporters have changed.

    Raises
    ------
    BuildError
        If it cannot be rendered.
    """
    source = settings.folder / f"{report.name}.ipynb"
    content = source.read_bytes()
    exporters = digest([], *(path.read_bytes() for path in _exporters()))
    for ending in FORMATS:
        product = source.with_suffix(f".{ending}")
        key = digest([ending, report.name, exporters], content)
        if is_current(product, key):
            continue
        try:
            page = _export(ending, content, source)
        except Exception as error:
            raise BuildError(f"{product} could not be rendered: {error!r}") from error
        with atomic_write(product) as partial:
            partial.write_bytes(page)
        write_stamp(product, key, page)


def _build_all(reports: Sequence[Report], settings: Settings) -> list[str]:
    """Run reports in the background and render each once it has run; names of the failed ones."""
    failed = []
    with _workers(settings.jobs) as pool:
        tasks = {
            pool.submit(execute, report, settings): report for report in longest_first(reports)
        }
        for task in as_completed(tasks):
            try:
                task.result()
                render(tasks[task], settings)
            except BuildError as error:
                print(error, file=sys.stderr, flush=True)
                failed.append(tasks[task].name)
    return failed


@contextmanager
def _workers(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that wait for papermill. If the build is interrupted, papermill is stopped too."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(_running):
                process.terminate()
            raise


def _papermill(notebook: Path, executed: Path, arguments: list[str], jobs: int) -> int:
    """Run papermill in a process of its own; return its exit status."""
    quiet = "ignore:The specified file"  # which has another ending until it is complete
    command = [sys.executable, "-W", quiet, "-m", "papermill", str(notebook), str(executed)]
    command += ["--engine", "homework", "--log-level", "WARNING", *arguments]
    command += ["--no-progress-bar"] if jobs > 1 else []
    threads = max(1, (os.cpu_count() or 1) // jobs)
    environment = {"OMP_NUM_THREADS": str(threads)} | os.environ
    process = subprocess.Popen(command, env=environment)
    _running.add(process)
    try:
        return process.wait()
    finally:
        _running.discard(process)


def _export(ending: str, content: bytes, source: Path) -> bytes:
    """Render the bytes of an executed notebook; the exporter's warnings name the product."""
    nbformat = importlib.import_module("nbformat")  # late: a build with nothing to do is quick
    exporters = importlib.import_module("nbconvert.exporters")
    log = logging.getLogger(f"{source.stem}.{ending}")
    exporter = exporters.get_exporter(f"homework-{ending}")(log=log, **FORMATS[ending])
    resources = {"metadata": {"name": source.stem, "path": str(source.parent)}}
    notebook = nbformat.reads(content.decode(), as_version=4)
    output = exporter.from_notebook_node(notebook, resources)[0]
    return output.encode() if isinstance(output, str) else bytes(output)


def _code() -> list[Path]:
    """Files of the package that can change an executed notebook, and the pinned versions."""
    endings = (".py", ".toml")
    package = (path for path in sorted(PACKAGE.rglob("*")) if path.suffix in endings)
    others = {PACKAGE / "cli.py", *(PACKAGE / "build").glob("*.py"), *_exporters()}
    return [path for path in package if path not in others] + [*Path().glob("constraints.txt")]


def _exporters() -> list[Path]:
    files = sorted(path for path in (PACKAGE / "export").rglob("*") if path.is_file())
    return [path for path in files if path.suffix != ".pyc"]
