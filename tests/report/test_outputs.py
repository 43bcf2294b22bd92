"""Reading back what notebooks have displayed."""

import base64
import json
import subprocess
import sys

from hw.report import outputs

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def executed(path, *blocks):
    """Write an executed notebook whose code cell shows these blocks."""
    image = base64.b64encode(SVG).decode()
    html = f'<img src="data:image/svg+xml;base64,{image}" alt="">'
    shown = [
        {"output_type": "display_data", "data": {outputs.BLOCK_MIME: block, "text/html": html}}
        for block in blocks
    ]
    shown.append({"output_type": "stream", "name": "stdout", "text": "x"})
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": shown}]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_blocks_are_read_in_order_and_by_kind(tmp_path):
    path = tmp_path / "x.ipynb"
    executed(path, {"kind": "banner", "text": "a"}, {"kind": "table"}, {"kind": "banner"})
    assert [block["kind"] for block in outputs.read_blocks(path)] == ["banner", "table", "banner"]
    assert outputs.read_blocks(path, "banner") == [
        {"kind": "banner", "text": "a"},
        {"kind": "banner"},
    ]


def test_results_are_read_from_reports_that_recorded_some_and_did_not_fail(tmp_path):
    for name in ("b", "a", "a.failed", ".a.ipynb.0123"):
        results = {"kind": "results", "results": {"system": name}}
        executed(tmp_path / f"{name}.ipynb", {"kind": "results", "results": {}}, results)
    executed(tmp_path / "c.ipynb", {"kind": "table"})
    assert outputs.report_names(tmp_path) == ["a", "b", "c"]
    assert outputs.read_results(tmp_path) == {"a": {"system": "a"}, "b": {"system": "b"}}


def test_the_picture_of_a_report_is_the_figure_that_its_results_name(tmp_path):
    figures = [
        {"kind": "figure", "label": label, "caption": label.upper(), "alt": ""} for label in "xy"
    ]
    executed(tmp_path / "a.ipynb", *figures, {"kind": "results", "results": {"picture": "y"}})
    executed(tmp_path / "b.ipynb", *figures, {"kind": "results", "results": {}})
    assert outputs.report_figures(tmp_path) == {"a": {"image": SVG, "caption": "Y", "alt": ""}}


def test_reading_back_needs_neither_torch_nor_matplotlib():
    code = """
import sys
from hw.report import BLOCK_MIME, read_results
sys.exit(bool({"torch", "matplotlib"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
