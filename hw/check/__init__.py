"""Checks a class's hand-ins: each notebook as a PDF, and a table of what was found in them.

Nothing in a notebook is executed. They are rendered in one process per core, and one that cannot
be rendered, or kills its process, stops nothing.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hw.check.comments import CheckError, Comment, comments_by_file
from hw.check.hand_ins import HandIn, Task, check_hand_in
from hw.check.tables import write_tables
from hw.check.workers import Lost, run_all

__all__ = ["CheckError", "HandIn", "Options", "check", "find_hand_ins"]


@dataclass(frozen=True)
class Options:
    """How hand-ins are checked.

    Attributes
    ----------
    out
        Folder of the PDFs and tables.
    jobs
        Processes; by default one per core.
    required
        Names that a title block, a YAML header or a parameter must give.
    own_pages
        Start each question on a page of its own.
    comments
        CSV or YAML file of comments; see :mod:`hw.check.comments`.
    limit
        Seconds that a hand-in may take.
    """

    out: Path = Path("checked")
    jobs: int = 0
    required: tuple[str, ...] = ("author", "student_number")
    own_pages: bool = False
    comments: Path | None = None
    limit: float = 300


def find_hand_ins(folders: Sequence[Path]) -> dict[str, Path]:
    """All notebooks in some folders, by their names: paths below what the folders share.

    Parameters
    ----------
    folders
        Searched at every depth, but for hidden folders. A notebook file stands for itself.

    Raises
    ------
    CheckError
        If a folder does not exist, or there is no notebook in any.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.exists():
            raise CheckError(f"no folder or notebook at {folder}")
        inside = sorted(folder.rglob("*.ipynb")) if folder.is_dir() else [folder]
        found += [path for path in inside if not _is_hidden(path.relative_to(folder))]
    if not found:
        raise CheckError(f"no notebook (*.ipynb) in {', '.join(map(str, folders))}")
    roots = [str(path if path.is_dir() else path.parent) for path in map(Path.resolve, folders)]
    base = Path(os.path.commonpath(roots))
    return {path.resolve().relative_to(base).as_posix(): path for path in found}


def check(folders: Sequence[Path], options: Options) -> Iterator[HandIn]:
    """Check all hand-ins and yield what was found, as it is found; then write the tables.

    Raises
    ------
    CheckError
        Before any work, for folders without notebooks or comments that cannot be used.
    """
    found = find_hand_ins(folders)
    comments = comments_by_file(options.comments, list(found)) if options.comments else {}
    tasks = [_task(name, path, options, comments.get(name, ())) for name, path in found.items()]
    checked: dict[str, HandIn] = {}
    jobs = options.jobs or os.cpu_count() or 1
    for task, result in run_all(check_hand_in, tasks, jobs, options.limit):
        if isinstance(result, Lost):
            result = HandIn(task.name, error=result.reason)
        checked[task.name] = result
        yield result
    write_tables([checked[name] for name in found], options.out)


def _task(name: str, path: Path, options: Options, comments: Sequence[Comment]) -> Task:
    pdf = (options.out / name).with_suffix(".pdf")
    return Task(name, path, pdf, options.required, options.own_pages, tuple(comments))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
