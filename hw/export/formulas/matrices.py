"""Tables of MathML as matrices of Typst."""

import re
from collections.abc import Callable, Iterable, Sequence
from xml.etree.ElementTree import Element

EMPTY = '""'  # an argument of nothing

_BESIDE = {"left": "& {}", "right": "{} &", "center": "{}"}  # alignment points within a column
_Writer = Callable[[Element], str]  # contents of an element in math mode


def matrix(table: Element, write: _Writer) -> str:
    """A matrix. Its cells are set in the style they have in TeX: Typst's are smaller."""
    small = table.get("scriptlevel") == "1"
    shown = table.get("displaystyle") == "true"
    style = "script" if small else "display" if shown else "inline"
    parts = [list(row) for row in table]
    borders = _borders(parts, table.get("style", ""))
    if len(parts) > 1 and "border-top" in _style(parts[-1]) and not any(map(write, parts[-1])):
        parts.pop()  # it was there for the line above it
    rows = [
        [f"{style}({inner})" if (inner := write(part)) else "" for part in row] for row in parts
    ]
    if not any(rows):
        return ""
    gaps = (
        "row-gap: #0.2em, column-gap: #0.4em" if small else "row-gap: #0.45em, column-gap: #0.9em"
    )
    if is_paired(table):
        gaps = "row-gap: #0.65em, column-gap: #2em"
        rows = [[" & ".join(row[at : at + 2]) for at in range(0, len(row), 2)] for row in rows]
    else:
        rows = [
            [_BESIDE[_side(part)].format(cell) for part, cell in zip(row, cells, strict=True)]
            for row, cells in zip(parts, rows, strict=True)
        ]
    width = max(map(len, rows))
    cells = "; ".join(
        ", ".join(cell or EMPTY for cell in row + [""] * (width - len(row))) for row in rows
    )
    matrix = f"mat(delim: #none, {gaps}{_lines(parts)}, {cells})"
    return boxed(matrix, f"({borders})") if borders else matrix


def boxed(inner: str, stroke: str) -> str:
    """A frame around a formula. Without leading, a line of text is as high as the formula in it."""
    formula = f"{{ set par(leading: 0em); math.equation($ {inner} $.body) }}"
    return f"#box(stroke: {stroke}, inset: 0.3em, {formula})"


def aligned(cells: Iterable[Element], write: _Writer) -> str:
    """A row of cells that meet at alignment points."""
    return " & ".join(map(write, cells))


def is_paired(table: Element) -> bool:
    """Whether columns are right- and left-aligned in turn, as those of ``align`` are."""
    sides = [(at % 2, _side(cell)) for row in table for at, cell in enumerate(row)]
    return any(side == "right" for _, side in sides) and all(
        side == ("left" if odd else "right") for odd, side in sides
    )


def _borders(rows: Sequence[Sequence[Element]], outer: str) -> str:
    """Outer lines, as strokes of a box: lines of ``mat`` itself would touch the cells there."""
    there = {
        "top": "border-top" in outer,
        "left": "border-left" in outer,
        "right": "border-right" in _style(rows[0][-1:]) if rows else False,
        "bottom": len(rows) > 1
        and "border-top" in _style(rows[-1])
        and not "".join(text for cell in rows[-1] for text in cell.itertext()),
    }
    return ", ".join(f"{side}: 0.5pt" for side, is_there in there.items() if is_there)


def _lines(rows: Sequence[Sequence[Element]]) -> str:
    """Lines between rows and columns, as an argument of ``mat``."""
    horizontal = [at for at, row in enumerate(rows) if at and "border-top" in _style(row)]
    vertical = [
        at
        for at, cell in enumerate(rows[0][:-1], start=1)
        if "border-right" in cell.get("style", "")
    ]
    lines = [
        f"{name}: ({', '.join(map(str, places))},)"
        for name, places in (("hline", horizontal), ("vline", vertical))
        if places
    ]
    return f", augment: #({', '.join(lines)}, stroke: 0.5pt)" if lines else ""


def _style(row: Sequence[Element]) -> str:
    """The style of a row's first cell."""
    return row[0].get("style", "") if row else ""


def _side(cell: Element) -> str:
    side = re.search(r"text-align: (left|right)", cell.get("style", ""))
    return side[1] if side else "center"
