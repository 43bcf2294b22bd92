"""What all reports show in the same way."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hw.config import ClassifierConfig
from hw.report import BLOCK_MIME, blocks, sections
from hw.training import Result

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


def test_a_stand_in_is_announced_and_its_log_compared_with_nothing(shown, small_garments):
    sections.show_notice(small_garments)
    sections.show_log(small_garments, "ffnn-dropout", HISTORY)
    assert shown == [{"kind": "banner", "text": "stand-in"}]


def test_real_data_are_not_announced_and_a_system_without_a_log_has_none(shown, real):
    sections.show_notice(real)
    sections.show_log(real, "nobody", HISTORY)
    assert shown == []


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
    assert sentences.startswith(
        "In epoch 2 ours differs: training loss by +100.0\u202f% (@tab-log)."
    )
    assert "the test error lies below the training loss" in sentences


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


def test_provenance_keeps_its_order_and_tells_in_short_what_identifies_the_report(shown):
    commit = "7d98754" + 33 * "0"
    sections.show_provenance({"seeds": "0", "code": f"commit {commit}", "data": "none"})
    (block,) = shown
    assert block["rows"] == [["seeds", "0"], ["code", f"commit {commit}"], ["data", "none"]]
    assert block["short"] == ["code 7d987540"]


def test_balance_is_a_sentence(real):
    rows = [int((real.train.labels == k).argmax()) for k in range(10)]
    one_each = replace(real.train, images=real.train.images[rows], labels=np.arange(10))
    said = sections.describe_balance(replace(real, train=one_each))
    assert said == "Each of the 10 classes has 1 training images."
    rows += [rows[3]]
    uneven = replace(one_each, images=real.train.images[rows], labels=np.array([*range(10), 3]))
    said = sections.describe_balance(replace(real, train=uneven))
    assert said == "The classes have from 1 (a) to 2 (d) training images."
