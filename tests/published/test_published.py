"""The comparison with the published results."""

import pandas as pd
import pytest

import hw
from hw.published import published

SE = {"test_accuracy": 0.003}


def _row(ours, system="ffnn-dropout"):
    return hw.compare("classification", {"test_accuracy": ours}, SE).set_index("system").loc[system]


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [(0.9010, "equal within noise"), (0.9060, "equal within noise"), (0.9080, "beaten"), (0.8940, "not reached")],
)
def test_only_what_exceeds_the_noise_counts(ours, verdict):
    assert _row([ours])["verdict"] == verdict


def test_seeds_give_mean_and_spread_and_widen_the_noise():
    row = _row([0.90, 0.92])
    assert row["ours"] == pytest.approx(0.91)
    assert row["spread"] == pytest.approx(0.02 / 2**0.5)
    assert row["noise"] == pytest.approx(1.96 * (0.003**2 + 0.02**2 / 4) ** 0.5)


def test_every_published_system_of_the_task_with_that_score_has_a_row():
    table = hw.compare("classification", {"test_accuracy": [0.9]}, SE)
    expected = {name for name, facts in published().items() if facts["task"] == "classification"}
    assert set(table["system"]) == expected


def test_a_lower_error_is_an_improvement():
    table = hw.compare("reconstruction", {"test_mse": [0.005]}, {"test_mse": 1e-4}, higher_is_better=False)
    assert set(table["verdict"]) == {"beaten"}


def test_the_published_log_stands_beside_ours():
    history = pd.DataFrame({"epoch": range(1, 51), "train_loss": 0.5, "train_accuracy": 0.8, "val_loss": 0.4})
    log = hw.compare_log("ffnn-dropout", history)
    assert list(log.columns) == [
        "epoch", "train_accuracy published", "train_accuracy ours", "train_loss published", "train_loss ours",
    ]  # fmt: skip
    assert list(log["epoch"]) == [1, 10, 20, 30, 40, 50]


def test_a_system_without_a_published_log_gives_no_rows():
    assert hw.compare_log("of-our-own", pd.DataFrame({"epoch": [1], "train_loss": [0.1]})).empty


def test_published_grid_has_twelve_configurations():
    assert {len(column) for column in published()["scratch-grid"]["grid"].values()} == {12}
