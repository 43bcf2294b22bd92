"""The comparison with the published results."""

import math

import pandas as pd
import pytest

from hw.published import Z95, compare, compare_grid, compare_log, published

STANDARD_ERRORS = {"test_accuracy": 0.003}


def _row(ours, system="ffnn-dropout"):
    table = compare("classification", {"test_accuracy": ours}, STANDARD_ERRORS)
    return table.set_index("system").loc[system]


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        (0.9010, "equal within noise"),
        (0.9060, "equal within noise"),
        (0.9080, "beaten"),
        (0.8940, "not reached"),
    ],
)
def test_only_differences_beyond_the_noise_count(ours, verdict):
    assert _row([ours])["verdict"] == verdict


def test_seeds_give_mean_and_spread_and_widen_the_noise():
    row = _row([0.90, 0.92])
    assert row["ours"] == pytest.approx(0.91)
    assert row["spread"] == pytest.approx(0.02 / 2**0.5)
    assert row["noise"] == pytest.approx(Z95 * (0.003**2 + 0.02**2 / 4) ** 0.5)


def test_every_published_system_of_the_task_with_that_score_has_a_row():
    table = compare("classification", {"test_accuracy": [0.9]}, STANDARD_ERRORS)
    expected = {name for name, entry in published().items() if entry["task"] == "classification"}
    assert set(table["system"]) == expected


def test_a_lower_error_is_an_improvement():
    scores = {"test_mse": [0.005]}
    table = compare("reconstruction", scores, {"test_mse": 1e-4}, higher_is_better=False)
    assert set(table["verdict"]) == {"beaten"}


def test_the_published_log_stands_beside_ours():
    history = pd.DataFrame(
        {"epoch": range(1, 51), "train_loss": 0.5, "train_accuracy": 0.8, "val_loss": 0.4}
    )
    log = compare_log("ffnn-dropout", history)
    assert list(log.columns) == [
        "epoch",
        "train_accuracy published",
        "train_accuracy ours",
        "train_loss published",
        "train_loss ours",
    ]
    assert list(log["epoch"]) == published()["ffnn-dropout"]["log"]["epoch"]


def test_a_system_without_a_published_log_gives_no_rows():
    assert compare_log("of-our-own", pd.DataFrame({"epoch": [1], "train_loss": [0.1]})).empty


def test_every_configuration_of_the_published_grid_has_every_score():
    grid = published()["scratch-grid"]["grid"]
    configurations = set(zip(grid["learning_rate"], grid["hidden_size"], strict=True))
    assert {len(column) for column in grid.values()} == {len(configurations)}


def test_the_published_grid_stands_beside_ours_and_is_empty_where_nothing_was_published():
    ours = pd.DataFrame(
        {"learning_rate": [0.005, 0.1], "hidden_size": [64, 64], "val_loss": [0.4, 0.5]}
    )
    table = compare_grid("scratch-grid", ours)
    assert list(table.columns) == [*ours.columns, "val_loss published"]
    assert table["val_loss published"].tolist() == pytest.approx([0.3603, math.nan], nan_ok=True)
