"""Cards of the scoreboard."""

import base64
import json

import pytest

from hw.report import BLOCK_MIME, blocks
from hw.report.board import show_cards

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
RESULT = {
    "kind": "result",
    "number": "0.9138",
    "what": "test accuracy",
    "rows": [["best published", "0.9010"], ["verdict", "beaten"]],
}


def _write(path, heading, *outputs):
    cells = [{"cell_type": "markdown", "source": [f"{heading}\n", "words"], "outputs": []}]
    cells += [{"cell_type": "code", "source": "", "outputs": [{"data": data} for data in outputs]}]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture
def cards(monkeypatch, tmp_path):
    """The cards of a folder with two reports and a scoreboard."""
    outputs = []
    monkeypatch.setattr(blocks, "display", lambda data, raw=False: outputs.append(data))
    image = f'<img src="data:image/svg+xml;base64,{base64.b64encode(SVG).decode()}">'
    figure = {"kind": "figure", "label": "f", "caption": "c", "alt": "what it shows"}
    _write(
        tmp_path / "good.ipynb",
        "# A good one",
        {BLOCK_MIME: RESULT},
        {BLOCK_MIME: figure, "text/html": image},
        {BLOCK_MIME: {"kind": "results", "results": {"picture": "f"}}},
    )
    _write(tmp_path / "plain.ipynb", "no heading", {BLOCK_MIME: {"kind": "title", "title": "T"}})
    _write(tmp_path / "scoreboard.ipynb", "# Scoreboard")
    show_cards(tmp_path)
    return outputs[0][BLOCK_MIME]["cards"]


def test_each_report_has_a_card_with_its_result_and_its_picture(cards):
    good, _ = cards
    assert base64.b64decode(good.pop("picture")) == SVG
    assert good == {
        "name": "good",
        "title": "A good one",
        "number": "0.9138",
        "what": "test accuracy",
        "against": "best published 0.9010",
        "verdict": "beaten",
        "alt": "what it shows",
    }


def test_a_report_without_a_result_has_a_card_with_its_title(cards):
    _, plain = cards
    assert (plain["name"], plain["title"], plain["number"]) == ("plain", "T", "")
