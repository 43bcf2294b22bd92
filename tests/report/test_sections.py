"""What all reports show in the same way."""

from dataclasses import replace

import pandas as pd
import pytest

from hw.report import BLOCK_MIME, blocks, sections

COMPARISON = pd.DataFrame({"system": ["ffnn-dropout"], "published": [0.90123], "ours": [0.9]})
HISTORY = pd.DataFrame({"epoch": [1, 2], "train_loss": [1.0, 0.5], "val_loss": [1.0, 0.5]})


@pytest.fixture
def shown(monkeypatch):
    """What a cell would display: blocks, and the text of computed prose."""
    outputs = []

    def display(data, raw=False):
        outputs.append(data[BLOCK_MIME] if raw else data.data)

    monkeypatch.setattr(blocks, "display", display)
    monkeypatch.setattr(blocks, "_numbers", {})
    return outputs


@pytest.fixture
def real(small_garments):
    """A data set that is no stand-in."""
    return replace(small_garments, notice="")


def test_a_stand_in_is_announced_and_compared_with_nothing(shown, small_garments):
    sections.show_notice(small_garments)
    assert sections.show_comparison(small_garments, COMPARISON).empty
    sections.show_log(small_garments, "ffnn-dropout", HISTORY)
    banner, sentence = shown
    assert banner == {"kind": "banner", "text": "stand-in"}
    assert sentence.startswith("Left out")


def test_real_data_are_compared(shown, real):
    sections.show_notice(real)
    assert sections.show_comparison(real, COMPARISON, decimals=2) is COMPARISON
    sections.show_log(real, "nobody", HISTORY)
    (table,) = shown
    assert (table["label"], table["rows"]) == ("published", [["ffnn-dropout", "0.90", "0.90"]])


def test_provenance_is_a_table_of_two_columns(shown):
    sections.show_provenance({"code": "commit 1", "seeds": "0"}, caption="Where it was measured.")
    (table,) = shown
    assert table["rows"] == [["code", "commit 1"], ["seeds", "0"]]
    assert table["caption"] == "Where it was measured."
