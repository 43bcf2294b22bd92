"""Columns and header cells of tables."""

import pandas as pd
import pytest

from hw.export.notebook.columns import mark
from hw.export.tree import parse, styles


def _marked(html):
    tree = parse(html)
    for table in tree.iter("table"):
        mark(table)
    return tree


def _table(*rows):
    body = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    return (
        f"<table><thead><tr>{'<th>h</th>' * len(rows[0])}</tr></thead><tbody>{body}</tbody></table>"
    )


@pytest.mark.parametrize("numbers", [["1", "-2.5"], ["1e-3", ""], ["12%", "−3"], ["$1,000", "$5"]])
def test_a_column_of_numbers_is_right_aligned_with_its_header(numbers):
    tree = _marked(_table(*([text, "word"] for text in numbers)))
    sides = [styles(cell).get("text-align") for row in tree.iter("tr") for cell in row]
    assert sides == ["right", None] * 3


@pytest.mark.parametrize("texts", [["1", "x"], ["", ""], ["a1", "b2"], ["2024-01-01 a", "3"]])
def test_other_columns_are_left_as_they_are(texts):
    tree = _marked(_table(*([text] for text in texts)))
    assert not any("text-align" in cell.get("style", "") for cell in tree.iter("td"))


def test_alignment_that_is_stated_stays():
    tree = _marked('<table><tr><td style="text-align:center">1</td></tr></table>')
    assert styles(tree.find(".//td")) == {"text-align": "center"}


def test_header_cells_say_what_they_head_and_groups_of_rows_are_marked():
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["x", "y"])
    columns = pd.MultiIndex.from_product([["g"], ["p", "q"]])
    html = pd.DataFrame([[1, 2]] * 3, index=index, columns=columns).to_html(border=0)
    tree = _marked(" ".join(html.split()).replace("> <", "><"))
    scopes = [cell.get("scope") for cell in tree.iter("th")]
    assert scopes.count("colgroup") == 1
    assert scopes.count("rowgroup") == 1
    assert [row.get("class") for row in tree.find(".//tbody")] == ["group", None, "group"]


def test_spans_beyond_measure_cost_nothing():
    _marked('<table><tr><td colspan="999999999" rowspan="999999999">x</td></tr></table>')
