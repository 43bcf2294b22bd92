"""Builds reports: runs notebooks with papermill and renders them as HTML and PDF.

Whatever has changed since the last build is built again, as :mod:`hw.build.stamps` tells. Every
file appears under its name only once it is complete: a build can be killed at any moment, and
two builds can share a folder.
"""

import argparse
import importlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from hw.build.catalogue import (
    GALLERY,
    BuildError,
    Report,
    Settings,
    find_report,
    find_reports,
    longest_first,
    new_report,
)
from hw.build.stamps import digest, is_current, write_stamp
from hw.files import atomic_write

# jsonschema, which nbformat needs, goes without this grammar of international addresses where it
# is missing; importing it takes a second, two thirds of what papermill takes to start.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

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
    """Build all reports and ``index.html``, which is the scoreboard's page; return its path."""
    build(find_reports(), settings)
    index = settings.folder / "index.html"
    _copy(settings.folder / "scoreboard.html", index)
    return index


def copy_gallery(folder: Path) -> None:
    """Copy all PDFs, and the recorded numbers as ``results.json``, into the gallery.

    Raises
    ------
    BuildError
        If a report has no PDF yet.
    """
    from hw.report.outputs import read_results

    for name in find_reports():
        if not (folder / f"{name}.pdf").exists():
            raise BuildError(f"{folder / name}.pdf does not exist: run `make report` first")
        _copy(folder / f"{name}.pdf", GALLERY / f"{name}.pdf")
    text = json.dumps(read_results(folder), indent=1, ensure_ascii=False)
    with atomic_write(GALLERY / "results.json") as partial:
        partial.write_text(f"{text}\n", encoding="utf-8")


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
    sources = [*report.sources(settings), *_code()]
    key = digest(arguments, *(path.read_bytes() for path in sources))
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
    command = [sys.executable, "-W", quiet, "-m", "hw.build.papermill"]
    command += [str(notebook), str(executed)]
    command += ["--engine", "homework", "--log-level", "WARNING", *arguments]
    command += ["--no-progress-bar"] if jobs > 1 else []
    # Let idle OpenMP threads sleep sooner, so that notebooks side by side do not compete for cores.
    threads = max(1, (os.cpu_count() or 1) // jobs)
    environment = {"GOMP_SPINCOUNT": "10000", "OMP_NUM_THREADS": str(threads)} | os.environ
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
    rendering = {Path(__file__), *_exporters()}
    return [path for path in package if path not in rendering] + [*Path().glob("constraints.txt")]


def _exporters() -> list[Path]:
    files = sorted(path for path in (PACKAGE / "export").rglob("*") if path.is_file())
    return [path for path in files if path.suffix != ".pyc"]


def _copy(source: Path, target: Path) -> None:
    with atomic_write(target) as partial:
        shutil.copyfile(source, partial)


def run(targets: Sequence[str], settings: Settings) -> None:
    """Do what the command line asks for: a command, or reports by name."""
    match targets:
        case ["report"]:
            index = build_everything(settings)
            print(f"reports are in {settings.folder}/: open {index}")
        case ["list"]:
            print("\n".join(find_reports()))
        case ["gallery"]:
            copy_gallery(settings.folder)
        case ["new", *names]:
            path = new_report(" ".join(names))
            print(f"now edit {path}, and run make {path.stem}")
        case _:
            build(targets, settings)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status.

    Options default to environment variables, by which the Makefile passes them on.
    """
    parser = argparse.ArgumentParser(prog="python -m hw.build", description="Build reports.")
    parser.add_argument("target", nargs="+", help="report, NAME …, new NAME, gallery, or list")
    for name, default, text in (
        ("profile", "full", "full, or quick: seconds instead of minutes"),
        ("reports", "reports", "folder of the reports"),
        ("params", "", "passed on to papermill, for example '-p author Ada'"),
        ("jobs", "", "notebooks that run at the same time"),
    ):
        parser.add_argument(f"--{name}", default=os.environ.get(name.upper(), default), help=text)
    given = parser.parse_args(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.basicConfig(format="%(name)s: %(message)s")
    try:
        run(given.target, Settings.read(given.profile, given.reports, given.params, given.jobs))
    except (BuildError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: the next build goes on from here", file=sys.stderr)
        return 130
    return 0
