"""The reports of the project in the current folder: which there are, and what each is made from."""

import difflib
import json
import os
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hw.files import atomic_write

NOTEBOOKS = Path("notebooks")
QUICK = NOTEBOOKS / "params/quick.yaml"
TEMPLATE = NOTEBOOKS / "template/report.ipynb"
BENCHMARKS = Path("benchmarks/results.json")
GALLERY = Path("reports/gallery")
TAKEN = (  # names that no report can have: targets of the Makefile, and index.html
    *("help", "setup", "report", "lab", "new", "list", "test", "lint", "bench", "gallery"),
    *("readme", "clean", "index"),
)


class BuildError(Exception):
    """A report cannot be built; the message is one line."""


@dataclass(frozen=True)
class Settings:
    """What holds for all reports of a build.

    Attributes
    ----------
    profile
        "full", or "quick": shortened to seconds by ``notebooks/params/quick.yaml``.
    folder
        Where the reports go.
    params
        Further arguments for papermill, such as ``("-p", "author", "Ada")``.
    jobs
        Notebooks that run at the same time, at least 1.
    """

    profile: str
    folder: Path
    params: tuple[str, ...]
    jobs: int

    @classmethod
    def read(cls, profile: str, folder: str, params: str, jobs: str) -> "Settings":
        """Check what the command line gives, and split `params` as a shell does.

        If `jobs` is empty, as many reports are built at a time as there are cores: a second thread
        makes a training only half as fast again, a second report does twice the work.

        Raises
        ------
        BuildError
            Names the variable of the Makefile, the rule, and the value.
        """
        if profile not in ("full", "quick"):
            raise BuildError(f"PROFILE must be full or quick, got {profile}")
        if Path(folder).resolve() == NOTEBOOKS.resolve():
            raise BuildError(f"REPORTS must not be the folder of the notebooks, got {folder}")
        if not re.fullmatch(r"([1-9]\d*)?", jobs):
            raise BuildError(f"JOBS must be a whole number of at least 1, got {jobs}")
        try:
            arguments = tuple(shlex.split(params))
        except ValueError as error:
            raise BuildError(f"PARAMS cannot be split into words: {error}, got {params}") from None
        return cls(profile, Path(folder), arguments, int(jobs or os.cpu_count() or 1))


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
        """Files that decide, beside the code, what the executed notebook shows."""
        if self.name == "scoreboard":
            executed = sorted(settings.folder.glob("[!.]*.ipynb"))
            others = {self.name, *(path.stem for path in executed if "." in path.stem)}  # failed
            return [self.notebook, *(path for path in executed if path.stem not in others)]
        if self.name == "benchmarks":
            return [self.notebook, BENCHMARKS]
        return [self.notebook, *self._parameters(settings)]

    def _parameters(self, settings: Settings) -> list[Path]:
        quick = [QUICK] if settings.profile == "quick" else []
        return [self.parameters, *quick] if self.parameters else quick


def find_reports() -> dict[str, Report]:
    """All reports by name, in alphabetical order, the scoreboard last."""
    notebooks = {path.stem: path for path in NOTEBOOKS.glob("[!.]*.ipynb")}
    reports = {name: Report(name, path) for name, path in notebooks.items()}
    for path in (NOTEBOOKS / "params").glob("[!.]*-*.yaml"):
        notebook = path.stem.partition("-")[0]
        if notebook in notebooks:
            reports[path.stem] = Report(path.stem, notebooks[notebook], path)
    return {name: reports[name] for name in sorted(reports, key=lambda n: (n == "scoreboard", n))}


def longest_first(reports: Iterable[Report]) -> list[Report]:
    """Reports in the order in which to start them, so that no long one is left alone at the end.

    The gallery's results tell how long their networks were trained; new reports come last.
    """
    path = GALLERY / "results.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def seconds(report: Report) -> float:
        result = results.get(report.name, {})
        n_seeds = len(result.get("parameters", {}).get("seeds", []))
        return float(n_seeds * result.get("epochs", 0) * result.get("seconds_per_epoch", 0))

    return sorted(reports, key=seconds, reverse=True)


def find_report(name: str) -> Report:
    """One report.

    Raises
    ------
    BuildError
        If there is none of that name; the message has the name that was probably meant.
    """
    reports = find_reports()
    if name in reports:
        return reports[name]
    close = difflib.get_close_matches(name, reports, 1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(reports)}"
    raise BuildError(f"unknown report {name}: {hint}")


def new_report(name: str) -> Path:
    """Write a working notebook from the template; return its path.

    Raises
    ------
    BuildError
        If the name is taken, or has anything but lower-case letters, digits and underscores.
    """
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise BuildError(f"NAME must be lower-case letters, digits and _, got {name!r}")
    if name in (*find_reports(), *TAKEN):
        raise BuildError(f"NAME must be new, got {name}")
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("my_report", name).replace("my-report", name.replace("_", "-"))
    path = NOTEBOOKS / f"{name}.ipynb"
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path
