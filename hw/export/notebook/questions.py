"""Questions of a homework: where each begins in the tree of a report."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from nbformat import NotebookNode


class Question(NamedTuple):
    """Where a question begins: a node of the tree, and the number of its cell."""

    name: str
    node: Element
    cell: int


_TAG = re.compile(r"question:\s*(\S.*)")
_HEADING = re.compile(
    r"(?:question|exercise|problem|task|aufgabe|frage)\s+(\d+\s?[a-z]?\b|[a-z]\b)", re.IGNORECASE
)


def find_questions(
    main: Element,
    cells: Iterable[NotebookNode],
    headings: Sequence[Element],
    text: Callable[[Element], str],
) -> list[Question]:
    """Return the questions, in order.

    A question begins with a cell that has a tag such as ``question:1a``. If there is no such tag,
    it begins with a heading such as "Question 1a" or "Aufgabe 2".

    Parameters
    ----------
    main : xml.etree.ElementTree.Element
        The tree; each child has the number of its cell.
    cells : Iterable[NotebookNode]
        All cells.
    headings : Sequence[xml.etree.ElementTree.Element]
        The headings in the tree, in order.
    text : Callable
        Returns the text of a node.
    """
    found = []
    for number, cell in enumerate(cells, 1):
        for tag in cell.metadata.get("tags") or []:
            match = _TAG.fullmatch(str(tag).strip())
            later = (part for part in main if int(part.get("data-cell") or 0) >= number)
            if match and (part := next(later, None)) is not None:
                found.append(Question(match[1], part, number))
    if found:
        return found
    # A page can break before these.
    parts = [part for part in main if part.get("class") == "markdown"]
    cells_of = {node: int(part.get("data-cell") or 0) for part in parts for node in part}
    matches = ((node, _HEADING.match(text(node))) for node in headings if node in cells_of)
    return [
        Question(match[1].replace(" ", ""), node, cells_of[node])
        for node, match in matches
        if match
    ]
