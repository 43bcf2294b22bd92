"""Tables: words for heads, equal decimals, repeated cells once."""

import numpy as np
import pandas as pd
import pytest

from hw.report import BLOCK_MIME
from hw.report.numbers import format_column, plus_minus
from hw.report.tables import table


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1.0, 0.9, 0.931], ["1.000", "0.900", "0.931"]),
        ([0.00717, -0.0066, np.nan], ["0.00717", "−0.00660", "–"]),
        ([0.005, 0.0001], ["0.0050", "0.0001"]),
        ([1.0, 2.0], ["1", "2"]),
        ([170329.7, 3.5], ["170,330", "3.5"]),
        ([1.356e-9, 0.5], ["1.36 × 10⁻⁹", "5.00 × 10⁻¹"]),
        ([np.inf, 0.5], ["inf", "0.5"]),
        ([0.0], ["0"]),
        ([12000, -3, None, True], ["12,000", "−3", "–", "yes"]),
    ],
)
def test_the_floats_of_a_column_have_as_many_decimals_and_a_real_minus(values, texts):
    assert format_column(values) == texts


def test_a_specification_decides_and_percent_signs_stand_apart():
    assert format_column([0.227, 0.1], ".1%") == ["22.7\u202f%", "10.0\u202f%"]
    assert format_column([-1e-5, 1e-4], ".1e") == ["−1.0 × 10⁻⁵", "1.0 × 10⁻⁴"]


def test_a_score_and_its_spread_are_one_text():
    assert plus_minus(0.91379, 0.00141) == "0.9138\u202f±\u202f0.0014"
    assert plus_minus(0.5, float("nan"), 2) == "0.50"
    assert plus_minus(float("nan"), 0.1) == "–"


def test_heads_are_words_and_columns_of_numbers_are_on_the_right(shown):
    frame = pd.DataFrame(
        {"val_loss": [0.5, 0.25], "ours": [plus_minus(0.5, 0.1)] * 2, "verdict": ["a", "2"]}
    )
    table("t", frame, "caption", heads={"verdict": "what it means"})
    block = shown[0][BLOCK_MIME]
    assert block["columns"] == ["validation loss", "ours", "what it means"]
    assert block["align"] == ["right", "right", "left"]


def test_repeated_cells_are_written_once_within_the_groups_before(shown):
    frame = {"a": ["x", "x", "x", "y"], "b": [1, 1, 2, 2], "c": [1, 1, 1, 1]}
    table("t", frame, "caption", merge=["a", "b"])
    output = shown[0]
    assert output[BLOCK_MIME]["spans"] == [[3, 2, 1], [0, 0, 1], [0, 1, 1], [1, 1, 1]]
    assert output["text/html"].count(">x</td>") == 1
    assert 'rowspan="3">x</td>' in output["text/html"]


def test_columns_of_two_levels_share_their_upper_heads(shown):
    columns = pd.MultiIndex.from_tuples(
        [("rate", ""), ("val_loss", "ours"), ("val_loss", "theirs")]
    )
    table("t", pd.DataFrame([[1, 2, 3]], columns=columns), "caption")
    block = shown[0][BLOCK_MIME]
    assert block["columns"] == ["rate", "ours", "theirs"]
    assert block["over"] == ["", "validation loss", "validation loss"]


def test_only_cells_that_are_markdown_are_read_as_such(shown):
    table("a", {"x": ["*b*<br><small>c</small><i>"]}, "caption", markdown=True)
    table("b", {"x": ["*b*<br>"]}, "caption")
    assert "<em>b</em><br><small>c</small>&lt;i&gt;</td>" in shown[0]["text/html"]
    assert "*b*&lt;br&gt;</td>" in shown[1]["text/html"]
