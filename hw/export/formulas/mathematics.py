"""MathML to equations of Typst."""

import html
import re
from collections.abc import Sequence
from xml.etree.ElementTree import fromstring

from hw.export.formulas.mathml import row_of, string
from hw.export.formulas.matrices import EMPTY, aligned, is_paired

__all__ = ["equation", "string"]

ALT = 800  # characters of TeX kept as a formula's alternative text


def equation(mathml: str, display: bool, alt: str) -> str:
    """A call that sets a formula, in Typst's code mode.

    Parameters
    ----------
    mathml
        A ``<math>`` element.
    display
        On a line of its own.
    alt
        Alternative text for readers of the screen, usually the formula's TeX.
    """
    root = fromstring(re.sub(r"&(?!(?:lt|gt|amp|quot|#\w+);)\w+;", _character, mathml))
    table = root[0] if len(root) == 1 and root[0].tag == "mtable" else None
    options = f"block: {'true' if display else 'false'}, alt: {string(' '.join(alt.split())[:ALT])}"
    if table is not None and "width: 100%" in table.get("style", ""):
        rows = [aligned(row[1:-1], row_of) for row in table]
        if (
            "7.5%" in table[0][0].get("style", "") and len(rows) > 1
        ):  # multline: from the left to the right
            rows = [f"{rows[0]} &", *(f"& {row}" for row in rows[1:])]
        numbers = ["".join(row[-1].itertext()) for row in table]
        options += _numbering(rows, numbers)
        body = " \\ ".join(rows)
    elif table is not None and display and is_paired(table):
        body = " \\ ".join(aligned(row, row_of) for row in table)
    else:
        body = row_of(root)
    return f"math.equation($ {body.strip() or EMPTY} $.body, {options})"


def _character(entity: re.Match[str]) -> str:
    return html.escape(html.unescape(entity[0]))


def _numbering(rows: Sequence[str], numbers: Sequence[str]) -> str:
    """Numbers at the right: Typst numbers whole equations, so those of several lines form a column.

    Each line of it holds its formula a second time, hidden and without width, to be as high. The
    number itself has no size, and is moved from the formula's axis to its baseline.
    """
    if not any(numbers):
        return ""
    if len(numbers) == 1:
        return f", numbering: _ => {string(numbers[0])}"
    lines = []
    for row, number in zip(rows, numbers, strict=True):
        line = f"$ display({row.replace(' & ', ' ')}) $.body"
        width = f"measure(math.equation({line})).width"
        number = (
            f"#box(width: 0pt, height: 0pt, place(bottom + right, dy: 0.25em, {string(number)}))"
        )
        lines.append(f"#hide({line}) #h(-{width}) {number} &")
    column = " \\ ".join(lines)
    return f", number-align: horizon, numbering: _ => context math.equation($ {column} $.body)"
