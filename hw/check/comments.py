"""Comments on hand-ins: read from a file, and written into a copy of the notebook.

The file is a CSV with the columns ``file``, ``cell`` or ``question``, ``points`` and ``comment``,
or a YAML list of mappings with these keys.
"""

import csv
import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from hw.parameters import Integer, ParameterError, Real, Settings, Text
from hw.report.outputs import BLOCK_MIME


class CheckError(Exception):
    """Hand-ins cannot be checked; the message is one line."""


class Comment(Settings):
    """One comment on a hand-in."""

    file: Text = Field(min_length=1, description="name of the hand-in, or of its folder")
    cell: Integer | None = Field(None, ge=1, description="number of the cell, counted from 1")
    question: Text | None = Field(None, description="name of the question, such as 1a")
    points: Real | None = Field(None, description="points given")
    comment: Text = Field("", description="Markdown")


def comments_by_file(path: Path, names: Sequence[str]) -> dict[str, list[Comment]]:
    """Read comments and sort them by the hand-ins they belong to.

    Parameters
    ----------
    path
        CSV or YAML file, in UTF-8.
    names
        Names of all hand-ins. A comment may also name a hand-in's folder, or the end of its path,
        if that belongs to no other one.

    Raises
    ------
    CheckError
        If the file cannot be read, or a comment names no hand-in; it names the file and the entry.
    """
    sorted_comments: dict[str, list[Comment]] = {}
    for number, row in enumerate(_read_rows(path), 1):
        place = f"{path}, comment {number}"
        try:
            comment = Comment(**row)
        except (ParameterError, TypeError) as error:
            raise CheckError(f"{place}: {str(error).splitlines()[0]}") from None
        name = _find_name(comment.file, names, place)
        sorted_comments.setdefault(name, []).append(comment)
    return sorted_comments


def _read_rows(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _read_csv(text) if path.suffix.lower() == ".csv" else yaml.safe_load(text)
    except (OSError, ValueError, csv.Error, yaml.YAMLError) as error:
        raise CheckError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CheckError(f"{path} must be a list of mappings with the keys file, comment, …")
    return rows


def _read_csv(text: str) -> list[dict[str, Any]]:
    """Rows without their empty cells; German Excel writes semicolons."""
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    rows = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    return [{key: _cell(key, value) for key, value in row.items() if value} for row in rows]


def _cell(column: str, value: str) -> Any:
    """The value of a CSV file's cell, of which numbers are text."""
    if column not in ("cell", "points"):
        return value
    try:
        return int(value) if column == "cell" else float(value.replace(",", "."))
    except ValueError:
        return value


def _find_name(wanted: str, names: Sequence[str], place: str) -> str:
    sought = _plain(wanted)
    plain = {name: _plain(name) for name in names}
    for matches in (
        [name for name in names if plain[name] == sought],
        [name for name in names if f"/{plain[name]}".endswith(f"/{sought}")],
        [name for name in names if f"/{sought}/" in f"/{plain[name]}"],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise CheckError(f"{place}: {wanted} may be {' or '.join(matches)}")
    close = difflib.get_close_matches(wanted, names, 1, cutoff=0.4)
    hint = f": did you mean {close[0]}?" if close else ""
    raise CheckError(f"{place}: no hand-in {wanted}{hint}")


def _plain(name: str) -> str:
    """A path as it compares: systems write umlauts and separators differently."""
    return unicodedata.normalize("NFC", name).replace("\\", "/").strip("/").removesuffix(".ipynb")


def total_points(comments: Iterable[Comment]) -> float | None:
    """Sum of the points given; None if none were."""
    points = [comment.points for comment in comments if comment.points is not None]
    return sum(points) if points else None


def insert_comments(
    notebook: Any, comments: Sequence[Comment], questions: Sequence[tuple[str, int]]
) -> tuple[Any, list[str]]:
    """Write comments into a copy of a notebook.

    Parameters
    ----------
    notebook
        Of version 4.
    comments
        One on a cell is written below it, one on a question at its end, any other one at the top,
        below a table of all points.
    questions
        The questions in order: name, and number of the cell with which it begins.

    Returns
    -------
    The copy, and a sentence for each comment on a cell or question that is not there.
    """
    from nbformat.v4 import new_markdown_cell

    copy = deepcopy(notebook)
    ends = _ends(questions, len(copy.cells))
    problems: list[str] = []
    places: list[tuple[int, str]] = []
    for comment in comments:
        place = comment.cell if comment.question is None else ends.get(comment.question)
        named = f"cell {comment.cell}" if comment.question is None else comment.question
        if place is not None and place > len(copy.cells):
            place = None
        if place is None and (comment.cell is not None or comment.question is not None):
            problems.append(f"a comment is on {named}, which is not there")
        places.append((min(1, len(copy.cells)) if place is None else place, _callout(comment)))
    _fill_grades(copy, comments)
    if total_points(comments) is not None:
        places.insert(0, (min(1, len(copy.cells)), _points_table(comments)))
    for place, text in reversed(sorted(places, key=lambda item: item[0])):
        copy.cells.insert(place, new_markdown_cell(text))  # type: ignore[no-untyped-call]
    return copy, problems


def _ends(questions: Sequence[tuple[str, int]], n_cells: int) -> dict[str, int]:
    """Number of the last cell of each question."""
    following = [cell for _, cell in questions[1:]] + [n_cells + 1]
    return {
        name: max(cell, after - 1)
        for (name, cell), after in zip(questions, following, strict=False)
    }


def _callout(comment: Comment) -> str:
    points = ""
    if comment.points is not None:
        points = f" · {comment.points:g} point{'s' * (comment.points != 1)}"
    question = f" · {comment.question}" if comment.question is not None else ""
    lines = comment.comment.splitlines() or [""]
    return "\n".join([f"> [!NOTE] Feedback{question}{points}", *(f"> {line}" for line in lines)])


def _points_table(comments: Sequence[Comment]) -> str:
    rows = [
        (comment.question or (f"cell {comment.cell}" if comment.cell else ""), comment.points)
        for comment in comments
        if comment.points is not None
    ]
    cells = [f"| {name.replace('|', chr(92) + '|')} | {points:g} |" for name, points in rows]
    total = f"| **total** | **{total_points(comments):g}** |"
    return "\n".join(["| question | points |", "|---|--:|", *cells, total])


def _fill_grades(notebook: Any, comments: Sequence[Comment]) -> None:
    """Write the points of each exercise into the grade table of the title block."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            block = (output.get("data") or {}).get(BLOCK_MIME)
            if isinstance(block, dict) and isinstance(block.get("exercises"), list):
                block["exercises"] = [_graded(str(name), comments) for name in block["exercises"]]


def _graded(exercise: str, comments: Sequence[Comment]) -> str:
    """An exercise with its points: those of its questions, so 1 has those of 1a and 1b."""
    names = re.compile(rf"{re.escape(exercise)}[a-z]?")
    points = total_points(
        comment for comment in comments if names.fullmatch(comment.question or "")
    )
    return exercise if points is None else f"{exercise}: {points:g}"
