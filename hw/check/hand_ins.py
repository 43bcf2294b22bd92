"""One hand-in: what is in the notebook, and its PDF."""

import ast
import logging
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hw.check.comments import Comment, insert_comments, total_points
from hw.files import atomic_write
from hw.report.outputs import BLOCK_MIME

_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|\$\$.*?\$\$|\$[^$\n]+\$|https?://\S+|<[^>]+>", re.DOTALL)
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True)
class Task:
    """What is to be done with a hand-in; see :class:`hw.check.Options`."""

    name: str
    source: Path
    pdf: Path
    required: tuple[str, ...]
    own_pages: bool
    comments: tuple[Comment, ...]


@dataclass
class HandIn:
    """What was found in a hand-in. Cells are counted from 1.

    Attributes
    ----------
    name
        Path below the folder of all hand-ins.
    pdf, feedback
        Paths of the PDFs below the folder of results; empty if there is none.
    never_executed, out_of_order, failed
        Numbers of code cells: never run; run before one further up; ended by an error.
    missing
        Required names that are not given.
    scores
        Recorded scores by name, means over seeds.
    pages, words
        Pages of the PDF, words of the Markdown cells.
    questions
        Pages of each question.
    points
        Sum of the points given.
    seconds
        Time that the check took.
    problems
        What was replaced in the PDF, and comments that belong nowhere.
    error
        Why there is no PDF.
    """

    name: str
    pdf: str = ""
    feedback: str = ""
    never_executed: list[int] = field(default_factory=list)
    out_of_order: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    pages: int = 0
    words: int = 0
    questions: dict[str, list[int]] = field(default_factory=dict)
    points: float | None = None
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    error: str = ""


def check_hand_in(task: Task) -> HandIn:
    """Read a notebook and render it; whatever goes wrong is in the result."""
    import nbformat

    start = time.monotonic()
    hand_in = HandIn(task.name, points=total_points(task.comments))
    try:
        notebook = nbformat.read(task.source, as_version=4)  # type: ignore[no-untyped-call]
        _look_at_cells(hand_in, notebook)
        _render(hand_in, notebook, task)
    except Exception as error:  # any notebook at all: this one is told, the others go on
        hand_in.error = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:200]}"
    hand_in.seconds = round(time.monotonic() - start, 2)
    return hand_in


def _look_at_cells(hand_in: HandIn, notebook: Any) -> None:
    latest = 0
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "markdown":
            hand_in.words += len(_WORD.findall(_NO_PROSE.sub(" ", cell.source)))
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        count = cell.get("execution_count")
        if count is None and not cell.get("outputs"):
            hand_in.never_executed.append(number)
        elif count is not None:
            if count < latest:
                hand_in.out_of_order.append(number)
            latest = max(latest, count)
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            hand_in.failed.append(number)
    hand_in.scores = _recorded_scores(notebook)


def _render(hand_in: HandIn, notebook: Any, task: Task) -> None:
    report = _export(notebook, task, task.pdf)
    hand_in.pdf = Path(task.name).with_suffix(".pdf").as_posix()
    hand_in.pages = report["pages"]
    hand_in.questions = report["questions"]
    hand_in.problems = list(dict.fromkeys(report["notes"]))
    given = _parameters(notebook) | {key: value for key, value in report["front"].items() if value}
    hand_in.missing = [name for name in task.required if given.get(name) in (None, "", [])]
    if task.comments:
        copy, problems = insert_comments(notebook, task.comments, report["question_cells"])
        hand_in.problems += problems
        _export(copy, task, task.pdf.with_suffix(".feedback.pdf"))
        hand_in.feedback = Path(task.name).with_suffix(".feedback.pdf").as_posix()


def _export(notebook: Any, task: Task, pdf: Path) -> dict[str, Any]:
    """Write a PDF; return what the exporter tells of the report."""
    from hw.export.exporters import HomeworkPDFExporter

    questions = "own-pages" if task.own_pages else "located"
    silent = logging.Logger("silent", logging.CRITICAL)  # what it warns of is in the table
    exporter = HomeworkPDFExporter(questions=questions, log=silent)  # type: ignore[no-untyped-call]
    metadata = {"name": task.source.stem, "path": str(task.source.parent)}
    data, resources = exporter.from_notebook_node(notebook, {"metadata": metadata})
    with atomic_write(pdf) as partial:
        partial.write_bytes(data)
    report: dict[str, Any] = resources["report"]
    return report


def _parameters(notebook: Any) -> dict[str, Any]:
    """Values assigned in the cells with papermill's tags; the injected ones count."""
    values: dict[str, Any] = {}
    for tag in ("parameters", "injected-parameters"):
        for cell in notebook.cells:
            if tag in (cell.metadata.get("tags") or []):
                values |= dict(_assigned(cell.source))
    return values


def _assigned(source: str) -> Iterator[tuple[str, Any]]:
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        try:
            yield name, ast.literal_eval(value)
        except (ValueError, TypeError, MemoryError, RecursionError):
            continue


def _recorded_scores(notebook: Any) -> dict[str, float]:
    """Scores of the last record in the outputs, means over seeds."""
    found: dict[str, float] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            block = (output.get("data") or {}).get(BLOCK_MIME)
            if isinstance(block, dict) and block.get("kind") == "results":
                scores = (block.get("results") or {}).get("scores") or {}
                found = {
                    str(name): mean for name, x in scores.items() if (mean := _mean(x)) is not None
                }
    return found


def _mean(values: Any) -> float | None:
    listed = values if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    numbers = [x for x in listed if isinstance(x, int | float) and not isinstance(x, bool)]
    return sum(numbers) / len(numbers) if numbers else None
