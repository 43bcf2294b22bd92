"""Tables: cells placed, columns aligned, type that fits, wide ones split."""

from xml.etree.ElementTree import Element

from hw.export.pdf.tables import Cell, Grid, read_grid, rules, sides, split, table_calls
from hw.export.tree import parse


def grid(html: str) -> Grid:
    found = read_grid(parse(html.replace("'", '"'))[0])
    assert found is not None
    return found


def row(*cells: object, tag: str = "td") -> str:
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def write(cell: Cell, side: str, width: float) -> str:
    return f"[{cell.x}:{cell.text}:{side}]"


def test_spans_push_later_cells_aside_and_end_with_the_table() -> None:
    table = grid(
        "<table><tr><td rowspan='9'>a</td><td>b</td></tr><tr><td colspan='2'>c</td></tr></table>"
    )
    places = [(cell.x, cell.y, cell.across, cell.down) for cell in table.cells]
    assert places == [(0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1)]


def test_columns_in_which_no_cell_starts_do_not_count() -> None:
    table = grid("<table><tr><td colspan='900'>a</td><td colspan='900'>b</td></tr></table>")
    assert table.width == 2


def test_a_first_row_of_header_cells_is_the_head() -> None:
    assert grid(f"<table>{row('a', 'b', tag='th')}{row(1, 2)}</table>").head == 1
    assert grid(f"<table>{row(1, 2)}{row(1, 2)}</table>").head == 0


def test_columns_of_numbers_stand_right_others_left() -> None:
    rows = [
        ("name", "1.5", "-2", "12 %", "3 ± 0.1", "2020-01-01", "1e-05", "–"),
        ("other", "22", "NaN", "3 %", "4", "2021-02-01", "inf", "7"),
    ]
    found = sides(grid(f"<table>{''.join(row(*cells) for cells in rows)}</table>"))
    assert found == ["left", "right", "right", "right", "right", "left", "right", "right"]


def test_a_table_too_wide_for_the_smallest_type_is_split_after_its_row_names() -> None:
    head = "<thead>" + row("", *(f"long_name_{n}" for n in range(20)), tag="th") + "</thead>"
    body = "".join(f"<tr><th>{y}</th>{'<td>1.234567</td>' * 20}</tr>" for y in range(3))
    wide = grid(f"<table>{head}<tbody>{body}</tbody></table>")
    parts = split(wide, 470)
    assert len(parts) > 1
    names = [cell.text for part in parts for cell in part.cells if cell.y == 0 and cell.x > 0]
    assert names == [f"long_name_{n}" for n in range(20)]
    assert all(
        {cell.text for cell in part.cells if cell.x == 0} == {"", "0", "1", "2"} for part in parts
    )
    assert len(table_calls(wide, 470, write)) == len(parts)


def test_a_spanner_cut_by_a_split_heads_both_parts() -> None:
    spanner = "<tr><th></th><th colspan='20'>group</th></tr>"
    names = row("", *(f"long_name_{n}" for n in range(20)), tag="th")
    body = f"<tr><th>0</th>{'<td>1.234567</td>' * 20}</tr>"
    parts = split(grid(f"<table><thead>{spanner}{names}</thead><tbody>{body}</tbody></table>"), 470)
    assert len(parts) > 1
    for part in parts:
        (cell,) = [cell for cell in part.cells if cell.text == "group"]
        assert cell.across == part.width - 1


def test_a_table_has_three_rules_and_hairlines_between_groups_only() -> None:
    body = (
        "<tr><th rowspan='2'>g</th><td>1</td></tr><tr><td>2</td></tr>"
        "<tr><th rowspan='2'>h</th><td>3</td></tr><tr><td>4</td></tr>"
    )
    head, below = rules(grid(f"<table><thead>{row('', 'n', tag='th')}</thead>{body}</table>"))
    assert [line for line in head + below if "0.8pt" in line or "0.4pt" in line] == [
        "table.hline(y: 0, stroke: 0.8pt)",
        "table.hline(y: 1, stroke: 0.4pt)",
        "table.hline(y: 5, stroke: 0.8pt)",
    ]
    assert [line for line in below if "0.3pt" in line] == [
        "table.hline(y: 3, stroke: 0.3pt + hair)"
    ]


def test_a_table_without_cells_is_none() -> None:
    assert read_grid(Element("table")) is None
