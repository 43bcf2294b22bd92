"""Numbered figures and tables, and what is recorded."""

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from hw import plots
from hw.report import blocks, tables


def _figure(label="curves", caption="Loss & <i>accuracy</i>", alt='two "curves"'):
    fig = plots.image_grid(np.zeros((2, 3, 3)), n_columns=2)
    blocks.figure(label, fig, caption, alt)


def test_figures_and_tables_are_numbered_each_on_their_own_and_keep_their_numbers(shown):
    _figure("a")
    tables.table("a", pd.DataFrame({"x": [1]}), "caption")
    _figure("b")
    _figure("a")
    data = [output[blocks.BLOCK_MIME] for output in shown]
    assert [(block["kind"], block["number"]) for block in data] == [
        ("figure", 1), ("table", 1), ("figure", 2), ("figure", 1),
    ]  # fmt: skip


def test_a_figure_is_an_inline_vector_image_with_caption_and_alt_text(shown):
    _figure()
    html = shown[0]["text/html"]
    assert "<strong>Figure 1.</strong> Loss &amp; &lt;i&gt;accuracy&lt;/i&gt;" in html
    assert 'alt="two &quot;curves&quot;"' in html
    svg = base64.b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)[1])
    assert b"<svg" in svg


@pytest.mark.parametrize(("width", "kept"), [(80 / 25.4, True), (6.4, False)])
def test_figures_as_wide_as_a_column_keep_their_size_and_others_lose_their_margins(
    shown, width, kept
):
    fig = Figure(figsize=(width, 2))
    fig.add_axes((0.3, 0.3, 0.4, 0.4)).set_title("a title")
    blocks.figure("a", fig, "a caption", "a picture")
    svg = base64.b64decode(re.search(r'base64,([^"]+)"', shown[0]["text/html"])[1]).decode()
    assert (f'width="{width * 72:.2f}' in svg) is kept
    assert ">a title</text>" in svg


def test_the_same_figure_gives_the_same_bytes(shown):
    _figure()
    _figure()
    assert shown[0] == shown[1]


def test_table_cells_are_formatted_and_escaped(shown):
    frame = pd.DataFrame(
        {"name": ["<b>", None], "score": [0.12345, np.nan], "n": [12000, 3]}, index=["x", "y"]
    )
    tables.table("scores", frame.rename_axis("class"), "caption", formats={"score": ".2f"})
    block = shown[0][blocks.BLOCK_MIME]
    assert block["columns"] == ["class", "name", "score", "n"]
    assert block["align"] == ["left", "left", "right", "right"]
    assert block["rows"] == [["x", "<b>", "0.12", "12,000"], ["y", "–", "–", "3"]]
    assert "<b>" not in shown[0]["text/html"]
    assert '<th style="text-align:left" scope="col">class</th>' in shown[0]["text/html"]


def _record(shown, **results):
    class Config:
        system = "ours"

        def model_dump(self):
            return {"seeds": [0]}

    class Data:
        name, notice, train, test = "synthetic", "a stand-in", [1, 2], [3]

    blocks.record(Data(), Config(), {"device": "cpu"}, **results)
    return shown[-1][blocks.BLOCK_MIME]["results"]


def test_recorded_numbers_are_plain_json_and_finite_or_absent(shown):
    results = _record(
        shown,
        score=np.float32(0.5),
        lost=float("nan"),
        many=np.array([1, 2]),
        nested={"x": [np.inf]},
    )
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert (results["score"], results["lost"], results["many"], results["nested"]) == (
        0.5,
        None,
        [1, 2],
        {"x": [None]},
    )
    assert (results["system"], results["stand_in"], results["n_train"]) == ("ours", True, 2)


def test_what_is_not_plain_is_refused(shown):
    with pytest.raises(TypeError):
        _record(shown, model=object())


def test_a_label_that_another_cell_has_used_is_refused_and_a_cell_run_again_keeps_its_number(
    shown, monkeypatch
):
    cell = "first"
    monkeypatch.setattr(blocks, "running_cell", lambda: cell)
    _figure("a")
    cell = "second"
    _figure("b")
    with pytest.raises(ValueError, match=r"^label must be unique .*'a', which is figure 1 of"):
        _figure("a")
    tables.table("a", pd.DataFrame({"x": [1]}), "a table may have the name of a figure")
    cell = "first"
    _figure("a")
    assert [output[blocks.BLOCK_MIME]["number"] for output in shown] == [1, 2, 1, 1]


def test_a_headless_run_stops_at_a_label_that_is_used_twice():
    cells = [new_code_cell("import hw; hw.table('t', {'x': [1]}, 'c')") for _ in range(2)]
    notebook = new_notebook(cells=cells)
    with pytest.raises(CellExecutionError, match=r"label must be unique .* 't', which is table 1"):
        NotebookClient(notebook, timeout=120).execute()
    first, second = notebook.cells
    assert blocks.BLOCK_MIME in first.outputs[0].data
    assert second.outputs[0].output_type == "error"


def test_the_bibliography_travels_inside_the_notebook(tmp_path, shown):
    (tmp_path / "own.bib").write_text("@misc{own, title={T}, year={2020}}", encoding="utf-8")
    blocks.bibliography(tmp_path / "own.bib")
    block = shown[0][blocks.BLOCK_MIME]
    assert block["kind"] == "bibliography"
    assert "@misc{own," in block["bibtex"]
    assert "{kingma2015," in block["bibtex"]
