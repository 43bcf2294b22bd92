"""Sentences that are computed from a report's numbers."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hw.data import Dataset
from hw.report import findings


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
