"""The reports there are, and what each is made from.

They are the notebooks and parameter files in ``notebooks/`` of the current folder, and those that
come with this package; of two with the same name, the one in the current folder counts.
"""

import difflib
import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw.files import atomic_write

_PACKAGE = Path(__file__).parents[1]
# The package's own: in a wheel, or beside the package in a checkout.
SUITE = next(filter(Path.is_dir, [_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"]))
NOTEBOOKS = Path("notebooks")
BENCHMARKS = Path("benchmarks/results.json")
GALLERY = Path("reports/gallery")
TAKEN = (  # names that no report can have: targets of the Makefile, and index.html
    *("help", "setup", "report", "lab", "new", "list", "test", "fuzz", "lint", "bench", "gallery"),
    *("readme", "clean", "lock", "audit", "index", "benchmarks"),
)


class BuildError(Exception):
    """A report cannot be built; the message is one line."""


@dataclass(frozen=True)
class Settings:
    """What holds for all reports of a build.

    Attributes
    ----------
    quick
        Shorten every notebook to seconds by ``params/quick.yaml``.
    folder
        Where the reports go.
    params
        Further arguments for papermill, such as ``("-p", "author", "Ada")``.
    jobs
        Notebooks that run at the same time, at least 1. By default as many as there are cores: a
        second thread makes a training only half as fast again, a second report does twice the work.

    Raises
    ------
    BuildError
        If `folder` is that of the notebooks.
    """

    quick: bool = False
    folder: Path = Path("reports")
    params: tuple[str, ...] = ()
    jobs: int = 0

    def __post_init__(self) -> None:
        if self.folder.resolve() in (NOTEBOOKS.resolve(), SUITE.resolve()):
            raise BuildError(f"reports cannot go into the folder of the notebooks, {self.folder}")
        if not self.jobs:
            object.__setattr__(self, "jobs", os.cpu_count() or 1)


@dataclass(frozen=True)
class Report:
    """A notebook with its own defaults, or with those of ``params/<notebook>-<variant>.yaml``.

    The scoreboard and the benchmarks train nothing: they show what others have written.
    """

    name: str
    notebook: Path
    parameters: Path | None = None

    def arguments(self, settings: Settings) -> list[str]:
        """Arguments for papermill."""
        if self.name == "scoreboard":
            return ["-p", "reports", str(settings.folder)]
        if self.name == "benchmarks":
            return ["-p", "measured", str(BENCHMARKS)]
        files = [word for path in self._parameters(settings) for word in ("-f", str(path))]
        return [*files, *settings.params]

    def sources(self, settings: Settings) -> list[Path]:
        """Files that decide, beside the notebook and the code, what the executed one shows."""
        if self.name == "scoreboard":
            executed = sorted(settings.folder.glob("[!.]*.ipynb"))
            others = {self.name, *(path.stem for path in executed if "." in path.stem)}  # failed
            return [path for path in executed if path.stem not in others]
        if self.name == "benchmarks":
            return [BENCHMARKS]
        return self._parameters(settings)

    def is_own(self) -> bool:
        """Whether the notebook or its parameter file is in the current folder."""
        return NOTEBOOKS in self.notebook.parents or (
            self.parameters is not None and NOTEBOOKS in self.parameters.parents
        )

    def _parameters(self, settings: Settings) -> list[Path]:
        quick = [_in_project("params/quick.yaml")] if settings.quick else []
        return [self.parameters, *quick] if self.parameters else quick


def _in_project(name: str) -> Path:
    """A file of the notebooks' folder: the current folder's own, else the package's."""
    own = NOTEBOOKS / name
    return own if own.is_file() else SUITE / name


def find_reports() -> dict[str, Report]:
    """All reports by name, in alphabetical order, the scoreboard last."""
    folders = (SUITE, NOTEBOOKS)
    notebooks = {path.stem: path for folder in folders for path in folder.glob("[!.]*.ipynb")}
    if not BENCHMARKS.is_file():
        notebooks.pop("benchmarks", None)  # nothing was measured here
    reports = {name: Report(name, path) for name, path in notebooks.items()}
    for path in (path for folder in folders for path in folder.glob("params/[!.]*-*.yaml")):
        notebook = path.stem.partition("-")[0]
        if notebook in notebooks:
            reports[path.stem] = Report(path.stem, notebooks[notebook], path)
    return {name: reports[name] for name in sorted(reports, key=lambda n: (n == "scoreboard", n))}


def own_reports() -> list[str]:
    """Names of the current folder's reports and the scoreboard; of all reports if it has none."""
    reports = find_reports()
    own = [name for name, report in reports.items() if report.is_own() or name == "scoreboard"]
    return own if own != ["scoreboard"] else list(reports)


def longest_first(reports: Iterable[Report]) -> list[Report]:
    """Reports in the order in which to start them, so that no long one is left alone at the end.

    The gallery's results tell how long their networks were trained. Reports that trained none for
    them, since all were stored, come first; new ones come last.
    """
    path = GALLERY / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def seconds(report: Report) -> float:
        result = results.get(report.name, {})
        n_seeds = len(result.get("parameters", {}).get("seeds", []))
        per_epoch = result.get("seconds_per_epoch", 0)
        if per_epoch is None:  # not known
            return math.inf
        return float(n_seeds * result.get("epochs", 0) * per_epoch)

    return sorted(reports, key=seconds, reverse=True)


def find_report(name: str) -> Report:
    """One report by its name, or a notebook anywhere by its path.

    Raises
    ------
    BuildError
        If there is none of that name; the message has the name that was probably meant.
    """
    reports = find_reports()
    if name in reports:
        return reports[name]
    path = Path(name)
    if path.suffix == ".ipynb":
        if not path.is_file():
            raise BuildError(f"no notebook at {path}")
        return Report(path.stem, path)
    close = difflib.get_close_matches(name, reports, 1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(reports)}"
    raise BuildError(f"unknown report {name}: {hint}")


def new_report(name: str, source: str = "") -> Path:
    """Write a working notebook of one's own into ``notebooks/``; return its path.

    Parameters
    ----------
    name
        Lower-case letters, digits and underscores.
    source
        Name of the report whose notebook is copied; by default a template. The copy records its
        results under its own name.

    Raises
    ------
    BuildError
        If the name is taken or not such a name, or there is no notebook `source`.
    """
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise BuildError(f"NAME must be lower-case letters, digits and _, got {name!r}")
    if name in (*find_reports(), *TAKEN):
        raise BuildError(f"NAME must be new, got {name}")
    system = name.replace("_", "-")
    path = NOTEBOOKS / f"{name}.ipynb"
    if source:
        report = find_report(source)
        if report.parameters:
            raise BuildError(
                f"{source} is a variant of {report.notebook.stem}: copy {report.parameters} to "
                f"{NOTEBOOKS / 'params' / report.notebook.stem}-{system}.yaml and edit it"
            )
        notebook = json.loads(report.notebook.read_text(encoding="utf-8"))
        text = json.dumps(_renamed(notebook, system), indent=1, ensure_ascii=False) + "\n"
    else:
        text = _in_project("template/report.ipynb").read_text(encoding="utf-8")
        text = text.replace("my_report", name).replace("my-report", system)
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _renamed(notebook: dict[str, Any], system: str) -> dict[str, Any]:
    """The notebook with another default of its parameter ``system``, and without outputs."""
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            source = "".join(cell["source"])
            source = re.sub(r'^(system: str = )"[^"]*"', rf'\1"{system}"', source, flags=re.M)
            cell["source"] = source.splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return notebook
