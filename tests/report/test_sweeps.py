"""Tables and sentences of a sweep's report."""

import pandas as pd
import pytest
from torch import nn

from hw.report import sweeps
from hw.training import Result


@pytest.fixture
def table():
    """Four configurations, in an order that nobody would print."""
    frame = pd.DataFrame({"learning_rate": [1e-4, 5e-3] * 2, "hidden_size": [64, 64, 16, 16]})
    for n, score in enumerate(("train_loss", "val_loss", "train_accuracy", "val_accuracy")):
        frame[score] = 0.1 * n
    return frame.assign(val_macro_f1=[0.5, 0.6, 0.7, 0.8], spread=0.01, diverged=0)


def result(rate: float, train: float, val: float, **options: bool) -> Result:
    history = pd.DataFrame(
        {"epoch": [1], "train_loss": [train], "val_loss": [val], "val_macro_f1": [0.8]}
    )
    history["seconds"] = 2.0
    model = nn.Module()
    model.monitor, model.monitor_mode = "val_macro_f1", "max"
    return Result(model, history, 0, {"learning_rate": rate, "hidden_size": 64}, **options)


def test_rates_fall_and_sizes_rise_as_in_the_figures(table):
    ordered = sweeps.sort_configurations(table, ["learning_rate", "hidden_size"])
    assert list(zip(ordered["learning_rate"], ordered["hidden_size"], strict=True)) == [
        (5e-3, 16),
        (5e-3, 64),
        (1e-4, 16),
        (1e-4, 64),
    ]


def test_ours_stands_beside_the_published_under_the_name_of_the_score(table):
    beside = table.assign(**{"val_loss published": 0.25})
    shown = sweeps.grid_table(beside, ["learning_rate", "hidden_size"])
    assert list(shown["val. loss"].columns) == ["ours", "publ."]
    assert shown["val. loss", "publ."].tolist() == ["0.2500"] * 4
    assert shown["val. macro F1", "ours"][0].startswith("0.5000\u202f±")


def test_of_hundreds_of_configurations_the_best_and_the_worst_are_shown(table):
    many = pd.concat([table] * 100, ignore_index=True)
    many["val_macro_f1"] = [n / 400 for n in range(400)]
    shown = sweeps.grid_table(many, ["learning_rate"])["val. macro F1", "ours"]
    assert len(shown) == 20
    assert shown.iloc[0].startswith("0.9975")
    assert shown.iloc[-1].startswith("0.0000")


def test_a_step_says_what_changes_and_what_stays():
    steps = pd.DataFrame(
        {
            "from": ["learning rate 0.001, hidden size 64"],
            "to": ["learning rate 0.001, hidden size 128"],
            "difference": [0.1],
            "detectable": [0.2],
            "p": [0.3],
            "significant": ["no"],
        }
    )
    (row,) = sweeps.steps_table(steps).to_dict("records")
    assert (row["step"], row["at"]) == ("hidden units 64 → 128", "learning rate 0.001")
    said = sweeps.describe_steps(steps, 2)
    assert "Of 1 steps none change macro F1 significantly" in said
    assert "1 degree of freedom" in said
    assert "above 0.2000" in said


def test_the_gap_between_the_losses_is_told_for_its_extremes():
    said = sweeps.describe_gaps([result(0.1, 0.2, 0.5), result(0.01, 0.3, 0.2)])
    assert "most with learning rate 0.1, hidden units 64, by 0.30" in said
    assert "least with learning rate 0.01, hidden units 64, by −0.10" in said


def test_differences_from_the_published_grid_are_counted():
    beside = pd.DataFrame({"difference": [0.01, -0.002, None]})
    said = sweeps.describe_grid(beside)
    assert said.startswith("Of 2 published configurations, 1 have a higher")
    assert said.endswith("from −0.0020 to +0.0100.")


def test_verdicts_name_what_falls_short_and_say_nothing_of_a_shortened_run():
    judged = pd.DataFrame(
        {
            "learning_rate": [0.1, 0.1],
            "hidden_size": [64, 128],
            "difference": [0.1, -0.1],
            "verdict": ["beaten", "not reached"],
        }
    )
    said = sweeps.describe_verdicts(judged)
    assert "1 beaten and 1 not reached" in said
    assert said.endswith("learning rate 0.1, hidden units 128.")
    assert not sweeps.describe_verdicts(judged.assign(verdict="shortened run"))


def test_seconds_are_told_only_if_all_were_measured_now():
    now, stored = result(0.1, 1, 1), result(0.1, 1, 1, stored=True)
    assert sweeps.seconds_per_epoch([now, now]) == 4
    assert sweeps.seconds_per_epoch([now, stored]) is None
    assert "2.00 s with torch" in sweeps.describe_engines({"torch": now})
    assert "An epoch" not in sweeps.describe_engines({"torch": now, "scratch": stored})
