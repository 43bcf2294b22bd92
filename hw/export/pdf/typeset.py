"""The PDF of a report: its front matter and layout, its blocks, its code where wanted."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from hw.export.formulas.mathematics import string
from hw.export.notebook.reading import Report
from hw.export.pdf import questions as marks
from hw.export.pdf.compiling import Block, Compilation
from hw.export.pdf.figures import FULL
from hw.export.pdf.fonts import fallback_families
from hw.export.pdf.listings import breakable
from hw.export.pdf.phrases import joined
from hw.export.pdf.walker import Writer

_FACTS = ("author", "student_number", "course", "date")


def pdf(
    report: Report,
    *,
    paper: str = "a4",
    code: str = "auto",
    standards: Sequence[str] = (),
    questions: str = "",
) -> bytes:
    """Return the PDF of a report.

    Parameters
    ----------
    report : Report
        Its ``notes`` are extended by what is replaced or left out.
    paper : str
        ``a4`` or ``us-letter``.
    code : str
        ``none``, ``inline`` or ``appendix``; ``auto`` is none for a report with figures or tables
        of this package, inline for any other notebook.
    standards : Sequence[str]
        Standards that the PDF claims where it conforms to them, such as ``ua-1`` and ``a-2a``.
    questions : str
        ``located`` sets the report's ``pages`` and ``question_pages``; ``own-pages`` also starts
        each question on a new page.
    """
    if code == "auto":
        code = "none" if report.is_ours else "inline"
    columns = 2 if report.is_ours and code != "inline" else 1
    shown = [node for node in report.main if code == "inline" or not _is_code(node)]
    starts = marks.starts(report, shown, questions == "own-pages") if questions else {}
    writer = Writer(report, columns, starts)
    top = Block(_top(report, writer, paper, columns), "", writer.replacements)
    blocks = [top, *_blocks(writer, shown)]
    if questions:
        blocks.append(Block(marks.mark(), "", {}))
    if code == "appendix":
        blocks += _appendix(report)
    time = report.date_stamp or 0
    compilation = Compilation(blocks, report.files.content, standards, time, report.notes)
    data = compilation.pdf(query=marks.MARK if questions else "")
    report.pages, report.question_pages = marks.pages(compilation.found)
    return data


def _is_code(node: Element) -> bool:
    return node.tag == "details" and "code" in node.get("class", "").split()


def _blocks(writer: Writer, nodes: Sequence[Element]) -> list[Block]:
    """Return a block for each expression of the pieces."""
    blocks = []
    for node in nodes:
        if "results" in node.get("class", "").split():
            continue
        for code in writer.piece(node):
            blocks.append(Block(code, writer.cell, writer.replacements))
    return blocks


def _appendix(report: Report) -> list[Block]:
    """Return the code of all cells, in one wide column."""
    writer = Writer(report, 1)
    writer.width = writer.measure = FULL
    heading = f"heading(numbering: none, {string(report.words.code)})"
    start = [Block(code, "", {}) for code in ("set page(columns: 1)", heading)]
    return start + _blocks(writer, [node for node in report.main if _is_code(node)])


def _top(report: Report, writer: Writer, paper: str, columns: int) -> str:
    """Return the rule that applies the template, with what stands at the top."""
    front = report.front
    words = report.words
    name = front["title"] if any(map(_is_seen, front["title"])) else "Notebook"
    title = string(breakable(name))
    if report.title_node is not None:
        title = joined(writer.inline(report.title_node))
    subtitle = string(str(front["subtitle"])) if front.get("subtitle") else "none"
    abstract = joined(writer.content(report.abstract)) if report.abstract is not None else "none"
    result = front.get("result")
    facts = front | ({"date": words.format_date(str(front["date"]))} if front.get("date") else {})
    options = {
        "title": title,
        "name": string(name),
        "subtitle": subtitle,
        "abstract": abstract,
        "facts": _array([string(str(facts[key])) for key in _FACTS if facts.get(key)]),
        "authors": _array([string(str(front["author"]))] if front.get("author") else []),
        "keywords": _array([string(str(word)) for word in front.get("keywords") or ()]),
        "grades": _array([string(str(name)) for name in front.get("exercises") or ()]),
        "result": _result(result) if result else "none",
        "short": _array([string(text) for text in front.get("short") or ()]),
        "banners": _array([string(text) for text in report.banners]),
        "paper": string(paper),
        "columns": str(columns),
        "fonts": _array([string(family) for family in fallback_families(words.lang)]),
        "lang": string(words.lang),
        "words": f"(page: {string(words.page)}, contents: {string(words.contents)}, "
        f"abstract: {string(words.abstract)}, total: {string(words.total)})",
    }
    arguments = ", ".join(f"{name}: {value}" for name, value in options.items())
    return f"show: report.with({arguments})"


def _result(result: Mapping[str, Any]) -> str:
    """Return the main number with what it is compared with."""
    rows = [_array([string(name), string(value)]) for name, value in result["rows"]]
    return f"result({string(result['number'])}, {string(result['what'])}, {_array(rows)})"


def _is_seen(char: str) -> bool:
    return char.isprintable() and not char.isspace()


def _array(items: Sequence[str]) -> str:
    return f"({''.join(f'{item}, ' for item in items)})"
