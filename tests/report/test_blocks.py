"""Numbered figures and tables, and what is recorded."""

import base64
import json
import re

import numpy as np
import pandas as pd
import pytest

from hw import plots
from hw.report import blocks
from hw.report.scoreboard import challengers, read_results, scoreboard


@pytest.fixture
def shown(monkeypatch):
    """The outputs that a cell would get, as dicts by MIME type."""
    outputs = []
    monkeypatch.setattr(blocks, "display", lambda data, raw=False: outputs.append(data))
    monkeypatch.setattr(blocks, "display", lambda data, raw=False: outputs.append(data))
    monkeypatch.setattr(blocks, "_numbers", {})
    return outputs


def _figure(label="curves", caption="Loss & <i>accuracy</i>", alt='two "curves"'):
    fig = plots.image_grid(np.zeros((2, 3, 3)), n_columns=2)
    blocks.figure(label, fig, caption, alt)


def test_figures_and_tables_are_numbered_each_on_their_own_and_keep_their_numbers(shown):
    _figure("a")
    blocks.table("a", pd.DataFrame({"x": [1]}), "caption")
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


def test_the_same_figure_gives_the_same_bytes(shown):
    _figure()
    _figure()
    assert shown[0] == shown[1]


def test_table_cells_are_formatted_and_escaped(shown):
    frame = pd.DataFrame({"name": ["<b>", None], "score": [0.12345, np.nan], "n": [12000, 3]}, index=["x", "y"])
    blocks.table("scores", frame.rename_axis("class"), "caption", formats={"score": ".2f"})
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

    blocks.record(Config(), Data(), {"device": "cpu"}, **results)
    return shown[-1][blocks.BLOCK_MIME]["results"]


def test_recorded_numbers_are_plain_json_and_finite_or_absent(shown):
    results = _record(shown, score=np.float32(0.5), lost=float("nan"), many=np.array([1, 2]), nested={"x": [np.inf]})
    assert json.loads(json.dumps(results, allow_nan=False)) == results
    assert (results["score"], results["lost"], results["many"], results["nested"]) == (0.5, None, [1, 2], {"x": [None]})
    assert (results["system"], results["stand_in"], results["n_train"]) == ("ours", True, 2)


def test_what_is_not_plain_is_refused(shown):
    with pytest.raises(TypeError):
        _record(shown, model=object())


def _executed(path, results):
    output = {"output_type": "display_data", "metadata": {}, "data": {blocks.BLOCK_MIME: results}}
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": [output]}]}))


def test_scoreboard_reads_executed_notebooks_and_names_what_is_missing(tmp_path):
    row = {"system": "ffnn-dropout", "score": "test_accuracy", "published": 0.901, "ours": 0.9, "verdict": "equal"}
    base = {"stand_in": False, "comparison": [row]}
    _executed(tmp_path / "classifier.ipynb", {"kind": "results", "results": base | {"system": "ffnn-dropout"}})
    _executed(tmp_path / "better.ipynb", {"kind": "results", "results": base | {"system": "better"}})
    _executed(tmp_path / "broken.failed.ipynb", {"kind": "results", "results": base | {"system": "broken"}})
    _executed(tmp_path / "other.ipynb", {"kind": "figure"})
    results = read_results(tmp_path)
    assert list(results) == ["better", "classifier"]
    board = scoreboard(results).set_index(["system", "score"])
    assert board.loc[("ffnn-dropout", "test_accuracy"), "ours"] == 0.9
    assert board.loc[("scratch-grid", "test_accuracy"), "verdict"] == "no report"
    assert list(challengers(results)["report"]) == ["better"]


def test_a_stand_in_never_compares(tmp_path):
    results = {"system": "ffnn-dropout", "stand_in": True, "comparison": []}
    _executed(tmp_path / "classifier.ipynb", {"kind": "results", "results": results})
    board = scoreboard(read_results(tmp_path)).set_index(["system", "score"])
    assert board.loc[("ffnn-dropout", "test_accuracy"), "verdict"] == "not comparable: synthetic data"
