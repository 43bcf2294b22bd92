"""The comparison with the published results."""

import math

import pandas as pd
import pytest

import hw
from hw.metrics import binomial_standard_error
from hw.published import (
    compare,
    compare_baselines,
    compare_grid,
    compare_log,
    judge_grid,
    published,
)

STANDARD_ERRORS = {"test_accuracy": 0.003}


def _row(ours, system="ffnn-dropout", config=None):
    scores = {"test_accuracy": ours}
    table = compare("classification", scores, STANDARD_ERRORS, config=config)
    return table.set_index("system").loc[system]


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [
        (0.9010, "equivalent"),
        (0.9060, "equivalent"),
        (0.9105, "beaten"),
        (0.8915, "not reached"),
    ],
)
def test_only_differences_beyond_the_noise_count(mean, verdict):
    assert _row([mean - 0.001, mean, mean + 0.001])["verdict"] == verdict


def test_a_few_seeds_that_scatter_widely_decide_nothing():
    assert _row([0.89, 0.92])["verdict"] == "no significant difference"
    assert _row([0.89])["verdict"] == "one seed"


def test_seeds_give_mean_and_spread():
    row = _row([0.90, 0.92])
    assert row["ours"] == pytest.approx(0.91)
    assert row["spread"] == pytest.approx(0.02 / 2**0.5)


def test_a_systems_own_report_reproduces_what_others_are_equivalent_to():
    own = hw.ClassifierConfig()
    assert _row([0.900, 0.901, 0.902], config=own)["verdict"] == "reproduced"
    other = hw.ClassifierConfig(system="of-our-own")
    assert _row([0.900, 0.901, 0.902], config=other)["verdict"] == "equivalent"


@pytest.mark.parametrize("shorter", [{"epochs": 49}, {"train_size": 50_000}])
def test_a_shortened_run_is_not_judged(shorter):
    scores = [0.95, 0.951, 0.952]
    assert _row(scores, config=hw.ClassifierConfig())["verdict"] == "beaten"
    config = hw.ClassifierConfig(**shorter)
    assert _row(scores, config=config)["verdict"] == "shortened run"
    assert set(compare_baselines({"x": 0.1}, scores, config=config)["verdict"]) == {"shortened run"}


def test_an_impossible_score_is_shown_and_not_judged():
    config = hw.OptdigitsConfig(epochs=1)
    scores = {"error": [9_000.0, 9_001.0]}
    (row,) = compare("two-dimensional codes", scores, {"error": 0.0}, False, config).itertuples()
    assert (row.published, row.ours, row.verdict) == (99174.3, 9000.5, "not comparable")
    assert math.isnan(row.difference)


def test_baselines_have_no_noise():
    table = compare_baselines({"PCA": 9_010.0, "mean": 9_000.4}, [9_000.0, 9_001.0, 9_002.0])
    assert table["verdict"].tolist() == ["beaten", "no significant difference"]
    assert table["noise"].tolist() == pytest.approx([4.303 / 3**0.5] * 2, rel=1e-3)


def test_the_grid_is_judged_by_the_rule_of_the_comparison():
    grid = pd.DataFrame(published()["scratch-grid"]["grid"])[["learning_rate", "hidden_size"]]
    grid = grid.head(2).assign(val_macro_f1=[0.8714, 0.9000], spread=[0.002, 0.002])
    judged = judge_grid("scratch-grid", grid, n_seeds=3, n_images=6_000)
    assert judged["verdict"].tolist() == ["equivalent", "beaten"]
    scores = [0.898, 0.900, 0.902]  # of the same mean and spread
    error = binomial_standard_error(0.9, 6_000)
    table = compare("classification", {"test_accuracy": scores}, {"test_accuracy": error})
    assert judged["noise"][1] == pytest.approx(table["noise"][0])
    own = judge_grid("scratch-grid", grid, n_seeds=3, n_images=6_000, config=hw.SweepConfig())
    assert own["verdict"].tolist() == ["reproduced", "beaten"]


def test_margins_are_those_of_scores_that_are_published_and_have_their_reason():
    for name, entry in published().items():
        known = {*entry["scores"], *entry.get("grid", {})}
        assert set(entry.get("margins", {})) <= known, name
        assert ("margins" in entry) == ("margin_reason" in entry), name


def test_every_published_system_of_the_task_with_that_score_has_a_row():
    table = compare("classification", {"test_accuracy": [0.9]}, STANDARD_ERRORS)
    expected = {name for name, entry in published().items() if entry["task"] == "classification"}
    assert set(table["system"]) == expected


def test_a_lower_error_is_an_improvement():
    scores = {"test_mse": [0.0050, 0.0051]}
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
