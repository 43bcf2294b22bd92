"""Columns of numbers and header cells, marked in the tables that notebooks hold."""

from xml.etree.ElementTree import Element

from hw.export.pdf.tables import read_grid, sides
from hw.export.tree import set_styles, styles


def mark(table: Element) -> None:
    """Align columns of numbers to the right and say what each header cell heads.

    Alignment that a table states for a cell stays. Where a first header cell spans several rows,
    every row that has such a cell begins a group and gets the class ``group``.
    """
    grid = read_grid(table)
    if grid is None:
        return
    columns = sides(grid)
    labels = [
        cell for cell in grid.cells if cell.x == 0 and cell.y >= grid.head and cell.node.tag == "th"
    ]
    if any(cell.down > 1 for cell in labels):
        for cell in labels:
            cell.row.set("class", f"{cell.row.get('class', '')} group".strip())
    for cell in grid.cells:
        in_head = cell.y < grid.head
        spans = cell.across if in_head else cell.down
        if cell.node.tag == "th":
            cell.node.set("scope", ("col" if in_head else "row") + ("group" if spans > 1 else ""))
        declared = styles(cell.node)
        stated = "text-align" in declared or "align" in cell.node.attrib
        if columns[cell.x] == "right" and cell.across == 1 and not stated:
            set_styles(cell.node, declared | {"text-align": "right"})
