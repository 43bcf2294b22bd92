"""HTML tables as Typst tables: cells placed, columns aligned, wide ones set smaller or split."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

_SIZES = (9, 8.5, 8, 7.5, 7, 6.5, 6)  # type in points, the largest that fits
_CHARACTER = 0.49  # mean width of a character, in em
_PADDING = 7.0  # of a cell, left and right together, in points
_LONGEST = 30  # letters after which a word in a cell may be broken
_WHOLE = 15  # rows of a table that is not divided between pages
_NUMBER = re.compile(
    r"[(\[<>≈~]?\s*[-+−±]?[$€£]?\s*(?:\d[\d.,'\u202f\u2009\s]*(?:e[-+−]?\d+)?|inf|nan)"
    r"\s*(?:%|[kKMGTmµn]?[sBgm]|×|x)?\s*(?:±\s*[\d.,e+-]+)?[)\]*]{0,3}|nan|none|–|-|<na>|nat",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cell:
    """A cell where it stands: column, row, whether in the head, what it spans, its node."""

    x: int
    y: int
    head: bool
    across: int
    down: int
    node: Element
    row: Element

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join("".join(self.node.itertext()).split())


@dataclass(frozen=True)
class Grid:
    """A table's cells; the first ``head`` rows are its head, the last ``foot`` its foot."""

    cells: Sequence[Cell]
    head: int
    foot: int
    height: int

    @property
    def width(self) -> int:
        """Number of columns."""
        return max(cell.x + cell.across for cell in self.cells)

    @property
    def labels(self) -> int:
        """Leading columns that name the rows, at least the first."""
        named = {cell.x for cell in self.cells if cell.node.tag == "th" and cell.y >= self.head}
        count = 0
        while count in named:
            count += 1
        return max(count, 1)


def read_grid(table: Element) -> Grid | None:
    """Return the cells of a table in their places; None if it has none."""
    rows: list[tuple[Element, list[Element]]] = []
    head = foot = 0
    for row, part in _rows(table):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if not cells:
            continue
        titles = not rows and len(cells) > 1 and all(cell.tag == "th" for cell in cells)
        if head == len(rows) and (part == "thead" or titles):
            head += 1
        foot += part == "tfoot"
        rows.append((row, cells))
    if not rows:
        return None
    placed = _place(rows, head)
    return Grid(placed, head if head < len(rows) else 0, foot, len(rows))


def _rows(table: Element) -> Iterable[tuple[Element, str]]:
    for part in table:
        if part.tag == "tr":
            yield part, "tbody"
        elif part.tag in ("thead", "tbody", "tfoot"):
            yield from ((row, part.tag) for row in part if row.tag == "tr")


def _place(rows: Sequence[tuple[Element, list[Element]]], head: int) -> list[Cell]:
    taken: set[tuple[int, int]] = set()
    placed = []
    for y, (row, cells) in enumerate(rows):
        x = 0
        for node in cells:
            while (x, y) in taken:
                x += 1
            across = _span(node, "colspan")
            while across > 1 and any((x + i, y) in taken for i in range(across)):
                across -= 1
            down = min(_span(node, "rowspan"), (head if y < head else len(rows)) - y)
            taken.update((x + i, y + j) for i in range(across) for j in range(down))
            placed.append(Cell(x, y, y < head, across, down, node, row))
            x += across
    return _without_empty_columns(placed)


def _without_empty_columns(cells: Sequence[Cell]) -> list[Cell]:
    """Return cells with no more columns than those in which one starts."""
    starts = sorted({cell.x for cell in cells})
    ranks = {x: bisect_left(starts, x) for cell in cells for x in (cell.x, cell.x + cell.across)}
    return [
        replace(cell, x=ranks[cell.x], across=ranks[cell.x + cell.across] - ranks[cell.x])
        for cell in cells
    ]


def _span(node: Element, name: str) -> int:
    value = node.get(name, "1")
    return max(1, min(int(value), 1000)) if re.fullmatch(r"\d{1,4}", value) else 1


def sides(grid: Grid) -> list[str]:
    """Return the alignment of each column: right if all its cells are numbers, otherwise left."""
    words: list[list[str]] = [[] for _ in range(grid.width)]
    for cell in grid.cells:
        if cell.y >= grid.head and cell.across == 1 and cell.text:
            words[cell.x].append(cell.text)
    return ["right" if texts and all(map(_NUMBER.fullmatch, texts)) else "left" for texts in words]


def widths(grid: Grid, *, whole: bool = False) -> list[float]:
    """Return the length of each column's longest word, or with ``whole`` of its longest text."""
    needed = [1.0] * grid.width
    for cell in grid.cells:
        if cell.across == 1:
            parts = [cell.text] if whole else cell.text.split()
            longest = max(map(len, parts), default=0)
            needed[cell.x] = max(needed[cell.x], min(longest, 60 if whole else _LONGEST))
            if cell.node.find(".//img") is not None:
                needed[cell.x] = max(needed[cell.x], 12)
    return needed


def points(characters: Sequence[float], size: float) -> float:
    """Return the width in points of columns of so many characters in type of ``size`` points."""
    return sum(characters) * size * _CHARACTER + len(characters) * _PADDING * size / 9


def natural_width(grid: Grid) -> float:
    """Return the width in points at which no text is broken, of up to 60 letters a cell."""
    return points(widths(grid, whole=True), _SIZES[0])


def table_calls(
    grid: Grid, available: float, write: Callable[[Cell, str, float], str], *, fill: bool = False
) -> list[str]:
    """Return calls that set a table within ``available`` points, in parts if it is too wide.

    ``write`` turns a cell, the alignment of its column and its width in points into code. With
    ``fill`` the table is as wide as the room for it.
    """
    parts = [grid]
    if _size(grid, available) is None and grid.width > 2:
        parts = split(grid, available)
    return [
        _call(part, _size(part, available) or _SIZES[-1], available, write, fill) for part in parts
    ]


def _size(grid: Grid, available: float) -> float | None:
    needed = widths(grid)
    return next((size for size in _SIZES if points(needed, size) <= available), None)


def _call(
    grid: Grid,
    size: float,
    available: float,
    write: Callable[[Cell, str, float], str],
    fill: bool,
) -> str:
    aligned = sides(grid)
    room = available / min(grid.width, 4) - _PADDING
    head: list[str] = []
    body: list[str] = []
    for cell in grid.cells:
        place = aligned[cell.x] if cell.across == 1 else "center" if cell.y < grid.head else "left"
        (head if cell.y < grid.head else body).append(write(cell, place, room))
    above, below = rules(grid)
    parts = [f"columns: {grid.width}"] + ["column-gutter: 1fr"] * fill
    parts += [f"table.header({', '.join([*head, *above])})"] if head else above
    call = f"sized({size}pt, table({', '.join([*parts, *body, *below])}))"
    return f"whole({call})" if grid.height <= _WHOLE else call


def split(grid: Grid, available: float) -> list[Grid]:
    """Split a wide table into narrower ones, each with the columns that name the rows."""
    needed = widths(grid)
    labels = min(grid.labels, grid.width - 1)
    while labels > 1 and points(needed[:labels], _SIZES[-1]) > available / 2:
        labels -= 1
    parts = []
    start = labels
    while start < grid.width:
        stop = start + 1
        while stop < grid.width and (
            points(needed[:labels] + needed[start : stop + 1], _SIZES[-2]) <= available
        ):
            stop += 1
        parts.append(_part(grid, labels, start, stop))
        start = stop
    return parts


def _part(grid: Grid, labels: int, start: int, stop: int) -> Grid:
    cells = []
    for cell in grid.cells:
        kept = [x for x in range(cell.x, cell.x + cell.across) if x < labels or start <= x < stop]
        if kept:
            x = kept[0] if kept[0] < labels else kept[0] - start + labels
            cells.append(replace(cell, x=x, across=len(kept)))
    return replace(grid, cells=cells)


def rules(grid: Grid) -> tuple[list[str], list[str]]:
    """Return the rules of the head and of the body: three, and hairlines between groups."""
    head = ["table.hline(y: 0, stroke: 0.8pt)"]
    if grid.head:
        head.append(f"table.hline(y: {grid.head}, stroke: 0.4pt)")
    for cell in grid.cells:
        bottom = cell.y + cell.down
        if cell.across > 1 and bottom < grid.head and cell.text:
            ends = f"start: {cell.x}, end: {cell.x + cell.across}"
            head.append(f"table.hline(y: {bottom}, {ends}, stroke: 0.3pt + hair)")
    groups = [cell for cell in grid.cells if cell.x == 0 and cell.down > 1]
    between = {cell.y for cell in groups} | {cell.y + cell.down for cell in groups}
    between |= {cell.y for cell in grid.cells if "group" in cell.row.get("class", "").split()}
    body = [
        f"table.hline(y: {y}, stroke: 0.3pt + hair)"
        for y in sorted(between)
        if grid.head < y < grid.height
    ]
    if grid.foot and grid.height - grid.foot > grid.head:
        body.append(f"table.hline(y: {grid.height - grid.foot}, stroke: 0.4pt)")
    return head, [*body, f"table.hline(y: {grid.height}, stroke: 0.8pt)"]
