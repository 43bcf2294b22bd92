"""What all reports show in the same way."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from hw.config import ClassifierConfig
from hw.published import published
from hw.report import BLOCK_MIME, blocks, sections
from hw.training import Result

COMPARISON = pd.DataFrame(
    {"system": ["ffnn-dropout"], "published": [0.90123], "ours": [0.9], "margin": [0.015]}
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
    table, margins = shown
    assert table["label"] == "published"
    assert table["rows"] == [["ffnn-dropout", "0.90", "0.90", "0.01"]]
    assert "not corrected for" in table["caption"]
    assert margins.startswith("The margin of 0.01 is half of what lies between")
    assert margins.endswith("(`ffnn-dropout`).")


def test_what_cannot_be_compared_says_why(shown, real):
    row = pd.DataFrame({"system": ["optdigits-latent"], "published": [99_174.3], "margin": [None]})
    sections.show_comparison(real, row, decimals=0)
    assert shown[0]["rows"] == [["optdigits-latent", "99,174", "–"]]
    assert shown[1].startswith("Not comparable, since the listing cannot have produced this log")


def test_a_shortened_run_is_announced(shown, real):
    sections.show_notice(real, ClassifierConfig())
    assert shown == []
    sections.show_notice(real, ClassifierConfig(epochs=3, train_size=2_000))
    (banner,) = shown
    assert banner["kind"] == "banner"
    assert "3 of 50 epochs and 2,000 training images" in banner["text"]


def test_the_published_log_stands_beside_ours_and_a_sentence_tells_the_difference(shown, real):
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [0.0316, 0.0326]})
    sections.show_log(real, "fc-autoencoder", history)
    table, sentences = shown
    assert table["rows"] == [["1", "0.0316", "0.0316"], ["2", "0.0163", "0.0326"]]
    assert sentences.startswith("In epoch 2 ours differs: train_loss by +100.0%.")
    assert "the test error lies below the training loss" in sentences


def test_settings_that_a_source_does_not_give_are_listed_with_what_was_assumed(shown):
    sections.show_recipe("of-our-own")
    assert shown == []
    for name, entry in published().items():
        if "reference" not in entry:
            sections.show_recipe(name)
            assert entry["title"] in shown[-1]
            assert all(f"{setting} (here: " in shown[-1] for setting in entry["unknown"])


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (
            {"train_loss": [1.0, 0.5], "val_loss": [0.7, 0.9]},
            "The best of 2 epochs is epoch 1, with validation loss **0.70** and training loss "
            "1.00; in the last one they are 0.90 and 0.50. An epoch took 2.00 s (median).",
        ),
        (
            {"train_loss": [1.0, 0.5]},
            "There are no validation images: the weights of the last epoch, 2, are kept, and "
            "nothing was chosen. Its training loss is **0.50**. An epoch took 2.00 s (median).",
        ),
    ],
)
def test_the_text_on_training_says_which_epoch_was_kept(history, expected):
    model = SimpleNamespace(monitor="val_loss", monitor_mode="min")
    frame = pd.DataFrame({"epoch": [1, 2], **history, "seconds": [2.0, 2.0]})
    run = Result(model, frame, 0)
    assert sections.describe_training(run, "loss", "loss", decimals=2) == expected


def test_provenance_is_a_table_of_two_columns(shown):
    sections.show_provenance({"code": "commit 1", "seeds": "0"}, caption="Where it was measured.")
    (table,) = shown
    assert table["rows"] == [["code", "commit 1"], ["seeds", "0"]]
    assert table["caption"] == "Where it was measured."
