"""What all reports show in the same way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hw.report import BLOCK_MIME, blocks, sections

COMPARISON = pd.DataFrame(
    {
        "system": ["ffnn-dropout", "ffnn-regularised", "ffnn-regularised"],
        "score": ["test_accuracy", "test_accuracy", "test_macro_f1"],
        "published": [0.90123, 0.9, 0.8],
        "ours": [0.89, 0.89, 0.891],
        "spread": [0.001, 0.001, np.nan],
        "difference": [-0.01123, -0.01, 0.091],
        "noise": [0.02, 0.02, 0.02],
        "verdict": ["equal", "equal", "beaten"],
    }
)
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
    assert table["label"] == "published"
    ours = [row[1:] for row in table["rows"]]
    assert ours == [
        ["test accuracy", "0.90", "0.89\u202f±\u202f0.00", "−0.01", "0.02", "equal"],
        ["test accuracy", "0.90", "0.89\u202f±\u202f0.00", "−0.01", "0.02", "equal"],
        ["test macro F1", "0.80", "0.89", "+0.09", "0.02", "beaten"],
    ]
    assert table["rows"][0][0].startswith("MLP with dropout<br><small>784-512")
    assert [spans[0] for spans in table["spans"]] == [1, 2, 0]


def test_the_result_is_set_beside_the_score_of_its_own_system_or_the_best(shown):
    scores = {"test_accuracy": [0.889, 0.891], "test_macro_f1": [0.891]}
    sections.show_result(scores, "test_accuracy", COMPARISON, "ffnn-regularised")
    sections.show_result(scores, "test_accuracy", COMPARISON, "ours")
    sections.show_result(scores, "test_macro_f1", COMPARISON[:0], "ours")
    same, best, alone = shown
    assert (same["number"], same["what"]) == ("0.8900", "test accuracy, mean of 2 seeds")
    assert dict(same["rows"])["published"] == "0.9000"
    assert dict(best["rows"]) == {
        "spread over seeds": "0.0014",
        "best published": "0.9012",
        "difference": "−0.0112",
        "noise": "0.0200",
        "verdict": "equal",
    }
    assert (alone["what"], alone["rows"]) == ("test macro F1, one seed", [])


def test_an_abstract_says_how_a_score_stands_beside_the_published_ones():
    said = sections.describe_standing(
        {"test_accuracy": [0.889, 0.891]}, "test_accuracy", COMPARISON
    )
    assert said == (
        "The test accuracy is **0.8900\u202f±\u202f0.0014** over 2 seeds (mean and standard "
        "deviation), beside published scores from 0.9000 to 0.9012: 2 equal."
    )


def test_provenance_keeps_its_order_and_tells_in_short_what_identifies_the_report(shown):
    commit = "7d98754" + 33 * "0"
    sections.show_provenance({"seeds": "0", "code": f"commit {commit}", "data": "none"})
    (block,) = shown
    assert block["rows"] == [["seeds", "0"], ["code", f"commit {commit}"], ["data", "none"]]
    assert block["short"] == ["code 7d987540"]
