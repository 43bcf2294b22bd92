"""What was found in all hand-ins, as CSV and HTML, and the pages of their questions as JSON."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from hw.check.hand_ins import HandIn
from hw.files import atomic_write

_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #1a1a1a }
table { border-collapse: collapse }
th, td { padding: .3em .7em; text-align: left; vertical-align: top }
th { border-bottom: 1px solid } tr:nth-child(even) { background: #f3f3f3 } .error { color: #b22b31 }
"""


def write_tables(hand_ins: Sequence[HandIn], folder: Path) -> None:
    """Write ``hand-ins.csv``, ``index.html`` and ``questions.json``."""
    questions = {hand_in.pdf: hand_in.questions for hand_in in hand_ins if hand_in.pdf}
    texts = {
        "hand-ins.csv": _csv(hand_ins),
        "index.html": _html(hand_ins),
        "questions.json": json.dumps(questions, indent=1, ensure_ascii=False) + "\n",
    }
    for name, text in texts.items():
        with atomic_write(folder / name) as partial:
            partial.write_text(text, encoding="utf-8", newline="")


def _row(hand_in: HandIn) -> dict[str, str]:
    """The texts of a hand-in's row."""
    return {
        "hand-in": hand_in.name,
        "pages": str(hand_in.pages or ""),
        "words": str(hand_in.words),
        "never executed": _listed(hand_in.never_executed),
        "executed out of order": _listed(hand_in.out_of_order),
        "failed": _listed(hand_in.failed),
        "missing": _listed(hand_in.missing),
        "scores": _listed(f"{name} {value:.4g}" for name, value in hand_in.scores.items()),
        "points": "" if hand_in.points is None else f"{hand_in.points:g}",
        "questions": _listed(hand_in.questions),
        "seconds": f"{hand_in.seconds:.2f}",
        "problems": "; ".join(hand_in.problems),
        "error": hand_in.error,
    }


def _listed(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))


def _csv(hand_ins: Iterable[HandIn]) -> str:
    """With a byte-order mark, without which Excel spoils umlauts."""
    rows = [_row(hand_in) for hand_in in hand_ins]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows[0])
    writer.writerows([_as_text(value) for value in row.values()] for row in rows)
    return "\ufeff" + text.getvalue()


def _as_text(value: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _html(hand_ins: Sequence[HandIn]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in _row(hand_ins[0]))
    body = "\n".join(f"<tr>{''.join(_cells(hand_in))}</tr>" for hand_in in hand_ins)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Hand-ins</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{len(hand_ins)} hand-ins</h1>\n"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></body></html>\n"
    )


def _cells(hand_in: HandIn) -> Iterable[str]:
    for column, text in _row(hand_in).items():
        cell = escape(text)
        if column == "hand-in" and hand_in.pdf:
            cell = f'<a href="{quote(hand_in.pdf)}">{cell}</a>'
        if column == "points" and hand_in.feedback:
            cell = f'<a href="{quote(hand_in.feedback)}">{cell or "feedback"}</a>'
        yield f'<td class="error">{cell}</td>' if column == "error" else f"<td>{cell}</td>"
