"""Scores against scikit-learn, torchmetrics and cases known by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_score

from hw import metrics
from hw.data import load_torchvision

NAMES = ("coat", "shirt", "shoe")


@pytest.fixture
def guesses():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3) * 0.5, size=2000)
    return probabilities, rng.integers(0, 3, 2000)


def test_accuracy_lies_in_its_interval_which_narrows_with_more_examples():
    widths = []
    for n in (100, 10_000):
        labels = np.zeros(n, int)
        accuracy, low, high = metrics.accuracy_interval(labels, np.arange(n) % 10 == 0)
        assert accuracy == 0.9
        assert low < accuracy < high
        widths.append(high - low)
    assert widths[1] == pytest.approx(
        2 * 1.96 * metrics.binomial_standard_error(0.9, 10_000), rel=0.01
    )
    assert widths[0] > 9 * widths[1]


def test_macro_f1_lies_in_its_bootstrap_interval():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 10_000)
    y_pred = np.where(rng.random(10_000) < 0.9, labels, rng.integers(0, 10, 10_000))
    score, low, high = metrics.macro_f1_interval(labels, y_pred)
    assert score == pytest.approx(f1_score(labels, y_pred, average="macro"))
    assert low < score < high
    _, lowest, highest = metrics.accuracy_interval(labels, y_pred)
    assert high - low == pytest.approx(
        highest - lowest, rel=0.15
    )  # balanced classes: as wide as the accuracy's


def test_class_scores_are_those_of_scikit_learn(guesses):
    probabilities, labels = guesses
    y_pred = probabilities.argmax(1)
    table = metrics.classification_table(labels, y_pred, NAMES)
    assert table.loc["macro average", "f1"] == pytest.approx(
        f1_score(labels, y_pred, average="macro")
    )
    assert list(table["precision"][:3]) == pytest.approx(
        list(precision_score(labels, y_pred, average=None))
    )
    assert list(table["support"]) == [*np.bincount(labels), len(labels)]


def test_calibration_error_is_that_of_torchmetrics(guesses):
    probabilities, labels = guesses
    load_torchvision()
    from torchmetrics.functional.classification import multiclass_calibration_error

    expected = multiclass_calibration_error(
        torch.tensor(probabilities), torch.tensor(labels), 3, n_bins=15
    )
    assert metrics.expected_calibration_error(probabilities, labels) == pytest.approx(
        expected.item(), abs=1e-6
    )


def test_likelihood_and_brier_score_are_those_of_scikit_learn(guesses):
    probabilities, labels = guesses
    assert metrics.negative_log_likelihood(probabilities, labels) == pytest.approx(
        log_loss(labels, probabilities)
    )
    expected = np.square(probabilities - np.eye(3)[labels]).sum(1).mean()
    assert metrics.brier_score(probabilities, labels) == pytest.approx(expected)
    assert np.isfinite(metrics.negative_log_likelihood([[1.0, 0.0]], [1]))


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_that_spoilt_the_logits_is_found_again(temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 5))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(1)  # drawn from softmax(logits)
    spoilt = logits * temperature
    fitted = metrics.fit_temperature(spoilt[:10_000], labels[:10_000])
    assert fitted == pytest.approx(temperature, rel=0.05)
    calibrated = metrics.softmax(spoilt[10_000:], fitted)
    assert metrics.expected_calibration_error(calibrated, labels[10_000:]) < 0.02
    assert (calibrated.argmax(1) == spoilt[10_000:].argmax(1)).all()


def test_a_temperature_cannot_be_fitted_to_nothing_and_stays_finite_without_errors():
    with pytest.raises(ValueError, match="labels must not be empty"):
        metrics.fit_temperature(np.zeros((0, 3)), [])
    assert 0.01 <= metrics.fit_temperature([[9.0, 0.0]], [0]) < 0.1
    assert 50 < metrics.fit_temperature([[9.0, 0.0]], [1]) <= 100


def test_a_calibration_table_takes_tensors_and_has_a_row_for_each_set_of_probabilities(guesses):
    probabilities, labels = guesses
    table = metrics.calibration_table(
        {"arrays": probabilities, "tensors": torch.tensor(probabilities)}, labels
    )
    assert list(table.index) == ["arrays", "tensors"]
    pd.testing.assert_series_equal(table.loc["arrays"], table.loc["tensors"], check_names=False)
    assert table.loc["arrays", "accuracy"] == accuracy_score(labels, probabilities.argmax(1))


def test_a_perfectly_calibrated_coin_has_no_calibration_error():
    probabilities = np.tile([0.75, 0.25], (400, 1))
    assert metrics.expected_calibration_error(
        probabilities, np.arange(400) % 4 == 0
    ) == pytest.approx(0)


def test_reliability_table_counts_every_example(guesses):
    table = metrics.reliability_table(*guesses)
    assert table["count"].sum() == 2000
    assert table["confidence"].is_monotonic_increasing


def test_the_pair_confused_most_comes_first():
    labels, y_pred = [0, 0, 1, 1, 2, 2], [1, 1, 0, 1, 0, 2]
    pairs = metrics.most_confused(labels, y_pred, NAMES)
    assert list(pairs["classes"]) == ["coat / shirt", "coat / shoe", "shirt / shoe"]
    assert list(pairs["errors"]) == [3, 1, 0]
    assert pairs["share"][0] == 0.75


def test_a_classifier_without_errors_confuses_nothing():
    assert (metrics.most_confused([0, 1, 2], [0, 1, 2], NAMES)["share"] == 0).all()


def test_mistakes_come_surest_first_and_right_answers_not_at_all(guesses):
    probabilities, labels = guesses
    wrong = metrics.misclassified(probabilities, labels)
    assert len(wrong) == round((1 - accuracy_score(labels, probabilities.argmax(1))) * len(labels))
    assert wrong["confidence"].is_monotonic_decreasing
    assert (wrong["label"] != wrong["predicted"]).all()
    assert (labels[wrong["row"]] == wrong["label"]).all()


def test_spread_is_the_sample_standard_deviation_and_absent_for_one_seed():
    assert metrics.mean_and_spread([1.0, 3.0]) == (2.0, pytest.approx(2**0.5))
    assert np.isnan(metrics.mean_and_spread([1.0])[1])


def test_class_means_are_named_and_missing_classes_are_nan():
    means = metrics.class_means([1.0, 3.0, 5.0], [0, 0, 2], NAMES)
    assert list(means.index) == list(NAMES)
    assert means["coat"] == 2
    assert np.isnan(means["shirt"])


def test_neighbours_tell_the_class_where_classes_lie_apart():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    codes = np.eye(3)[labels] * 10 + rng.standard_normal((300, 3))
    assert metrics.knn_accuracy(codes[:200], labels[:200], codes[200:], labels[200:]) == 1
    assert (
        metrics.knn_accuracy(codes[:200], rng.permutation(labels[:200]), codes[200:], labels[200:])
        < 0.6
    )
