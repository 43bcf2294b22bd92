"""What all reports show in the same way."""

import pandas as pd

from hw.config import ClassifierConfig
from hw.report import sections

HISTORY = pd.DataFrame({"epoch": [1, 2], "train_loss": [1.0, 0.5], "val_loss": [1.0, 0.5]})


def test_a_stand_in_is_announced_and_its_log_compared_with_nothing(displayed, small_garments):
    sections.show_notice(small_garments)
    sections.show_log(small_garments, "ffnn-dropout", HISTORY)
    assert displayed == [{"kind": "banner", "text": "stand-in"}]


def test_real_data_are_not_announced_and_a_system_without_a_log_has_none(displayed, real):
    sections.show_notice(real)
    sections.show_log(real, "nobody", HISTORY)
    assert displayed == []


def test_a_shortened_run_is_announced(displayed, real):
    sections.show_notice(real, ClassifierConfig())
    assert displayed == []
    sections.show_notice(real, ClassifierConfig(epochs=3, train_size=2_000))
    (banner,) = displayed
    assert banner["kind"] == "banner"
    assert "3 of 50 epochs and 2,000 training images" in banner["text"]


def test_the_published_log_stands_beside_ours_and_a_sentence_tells_the_difference(displayed, real):
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.0316, 0.0326]})
    sections.show_log(real, "fc-autoencoder", history)
    table, sentences = displayed
    assert table["rows"] == [["1", "0.0316", "0.0316"], ["2", "0.0163", "0.0326"]]
    assert sentences.startswith(
        "In epoch 2 ours differs: training loss by +100.0\u202f% (@tab-log)."
    )
    assert "the test error lies below the training loss" in sentences


def test_provenance_keeps_its_order_and_tells_in_short_what_identifies_the_report(displayed):
    commit = "7d98754" + 33 * "0"
    sections.show_provenance({"seeds": "0", "code": f"commit {commit}", "data": "none"})
    (block,) = displayed
    assert block["rows"] == [["seeds", "0"], ["code", f"commit {commit}"], ["data", "none"]]
    assert block["short"] == ["code 7d987540"]
