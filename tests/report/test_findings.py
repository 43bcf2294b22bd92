"""Sentences that are computed from a report's numbers."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hw.data import Dataset
from hw.report import findings
from hw.training import Result


def _runs(n=1, **columns):
    frame = pd.DataFrame({"epoch": range(1, len(next(iter(columns.values()))) + 1)} | columns)
    return [SimpleNamespace(history=frame)] * n


@pytest.fixture
def photos():
    """A data set of one's own: two classes of colour images."""
    images = np.random.default_rng(0).random((60, 8, 6, 3))
    return Dataset.from_arrays(images, ["cat", "dog"] * 30, name="my_pets")


def test_own_data_are_described_as_what_they_are(photos):
    said = findings.describe_data(photos)
    assert said.startswith("The data set *my pets* holds colour images of 8 × 6 pixels in 2")
    assert f"Training takes {len(photos.train)} of them" in said
    assert f"Another {len(photos.val)} are held out for validation" in said


def test_without_validation_nothing_is_said_to_be_held_out(photos):
    empty = replace(photos.val, images=photos.val.images[:0], labels=photos.val.labels[:0])
    said = findings.describe_data(replace(photos, name="fashion_mnist", val=empty))
    assert said.startswith("Fashion-MNIST [@xiao2017]")
    assert "held out" not in said
    assert "no validation split" in said


def test_rows_of_numbers_are_no_images():
    rows = Dataset.from_arrays(np.random.default_rng(0).random((40, 5)), ["a", "b"] * 20)
    assert findings.describe_images(rows) == "rows of 5 numbers"


def test_curves_with_validation_tell_the_best_epoch_and_the_rise_after_it():
    runs = _runs(3, train_loss=[1.0, 0.5, 0.2], val_loss=[1.0, 0.5, 0.6])
    said = findings.describe_curves(runs)
    assert "lowest in epoch 2 and 20\u202f% higher in the last" in said
    assert said.endswith("Thin lines are further seeds.")
    falling = findings.describe_curves(_runs(train_loss=[1.0, 0.5], val_loss=[1.0, 0.5]))
    assert "lowest in epoch 2, the last." in falling
    assert "seeds" not in falling


def test_curves_without_validation_do_not_mention_it():
    said = findings.describe_curves(_runs(train_mse=[0.1, 0.05]), "mse")
    assert said == "Training error (MSE) is 0.1 in the first epoch and 0.05 in the last."


def test_a_diverged_network_has_no_best_epoch():
    assert findings.describe_curves(_runs(train_loss=[np.nan], val_loss=[np.nan])) == ""


def test_confusions_name_the_pair_with_most_errors():
    pairs = pd.DataFrame({"classes": ["Shirt / Coat"], "errors": [3], "share": [0.25]})
    assert findings.describe_confusions(pairs) == (
        "The network confuses **Shirt** and **Coat** most, with 25\u202f% of all errors."
    )
    for without in (pairs[:0], pairs.assign(errors=0, share=0.0)):
        assert "no mistake" in findings.describe_confusions(without)


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [(0.99, "overconfident"), (0.55, "underconfident"), (0.8, "about as sure as it is right")],
)
def test_confidence_is_judged_by_the_noise_of_the_accuracy(confidence, verdict):
    labels = np.tile([0, 0, 0, 0, 1], 200)  # 80 % are class 0
    probabilities = np.tile([confidence, 1 - confidence], (len(labels), 1))
    assert f"It is {verdict}," in findings.describe_confidence(probabilities, labels)


def test_limits_follow_from_seeds_comparison_and_validation(photos):
    nothing = pd.DataFrame()
    assert "One network was trained" in findings.describe_limits(photos, 1, nothing)
    compared = findings.describe_limits(photos, 3, pd.DataFrame({"score": ["x"]}))
    assert "3 seeds" in compared
    assert "held out for validation" in compared
    assert "published" not in findings.describe_limits(photos, 3, nothing)


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
    assert findings.describe_training(run, "loss", "loss", decimals=2) == expected


def test_balance_is_a_sentence(real):
    rows = [int((real.train.labels == k).argmax()) for k in range(10)]
    one_each = replace(real.train, images=real.train.images[rows], labels=np.arange(10))
    said = findings.describe_balance(replace(real, train=one_each))
    assert said == "Each of the 10 classes has 1 training images."
    rows += [rows[3]]
    uneven = replace(one_each, images=real.train.images[rows], labels=np.array([*range(10), 3]))
    said = findings.describe_balance(replace(real, train=uneven))
    assert said == "The classes have from 1 (a) to 2 (d) training images."


def test_the_splits_of_a_set_are_counted_and_a_known_one_is_cited(photos):
    said = findings.describe_splits(replace(photos, name="optdigits"))
    assert said == (
        f"Optdigits [@alpaydin1998] has 2 classes. Of its examples, {len(photos.train)} are for "
        f"training, {len(photos.val)} for validation and {len(photos.test)} for the test."
    )
