"""The pages of a report's questions: marks in the Typst code, and what Typst says of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from hw.export.formulas.mathematics import string
from hw.export.notebook.reading import Report

MARK = "<hw-mark>"  # Typst's label of all marks


def mark(name: str = "") -> str:
    """Return code that marks where the question `name` begins; without a name, where one ends."""
    here = f"(name: {string(name)}, page: here().page(), pages: counter(page).final().first())"
    return f"[#context [#metadata({here}) {MARK}]]"


def starts(report: Report, shown: Sequence[Element], own_pages: bool) -> dict[Element, str]:
    """Return the code that goes before each node with which questions begin.

    A question whose first piece is not shown begins with the next one that is.
    """
    order = {part: place for place, part in enumerate(report.main)}
    code: dict[Element, str] = {}
    for name, node, _ in report.questions:
        at = order.get(node)
        if at is not None:
            node = next((part for part in shown if order[part] >= at), node)
        parts = [mark(), mark(name)]
        if own_pages:
            parts = ["place.flush()", mark(), "pagebreak(weak: true)", mark(name)]
        code[node] = "{" + "; ".join([*([code[node]] if node in code else []), *parts]) + "}"
    return code


def pages(marks: Iterable[Mapping[str, Any]]) -> tuple[int, dict[str, list[int]]]:
    """Return the number of pages and the pages of each question, from all marks in order."""
    total = 0
    found: dict[str, list[int]] = {}
    name = ""
    begun = 1
    for item in marks:
        total = item["pages"]
        if name:
            span = range(begun, item["page"] + 1)
            found[name] = sorted({*found.get(name, ()), *span})
        name = item["name"]
        begun = item["page"]
    return total, found
