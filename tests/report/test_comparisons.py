"""How a report stands beside the published ones."""

import numpy as np
import pandas as pd

from hw.published import published
from hw.report import comparisons

COMPARISON = pd.DataFrame(
    {
        "system": ["ffnn-dropout", "ffnn-regularised", "ffnn-regularised"],
        "score": ["test_accuracy", "test_accuracy", "test_macro_f1"],
        "published": [0.90123, 0.9, 0.8],
        "ours": [0.89, 0.89, 0.891],
        "spread": [0.001, 0.001, np.nan],
        "difference": [-0.01123, -0.01, 0.091],
        "noise": [0.02, 0.02, 0.02],
        "margin": [0.015, 0.015, 0.015],
        "verdict": ["equal", "equal", "beaten"],
    }
)


def test_a_stand_in_is_compared_with_nothing(displayed, small_garments):
    assert comparisons.show_comparison(small_garments, COMPARISON).empty
    (sentence,) = displayed
    assert sentence.startswith("Left out")


def test_real_data_are_compared(displayed, real):
    assert comparisons.show_comparison(real, COMPARISON, decimals=2) is COMPARISON
    table, margins = displayed
    assert table["label"] == "published"
    ours = [row[1:] for row in table["rows"]]
    assert ours == [
        ["test accuracy", "0.90", "0.89\u202f±\u202f0.00", "−0.01", "0.02", "0.01", "equal"],
        ["test accuracy", "0.90", "0.89\u202f±\u202f0.00", "−0.01", "0.02", "0.01", "equal"],
        ["test macro F1", "0.80", "0.89", "+0.09", "0.02", "0.01", "beaten"],
    ]
    assert table["rows"][0][0].startswith("MLP with dropout<br><small>784-512")
    assert [spans[0] for spans in table["spans"]] == [1, 2, 0]
    assert "not corrected for" in table["caption"]
    assert margins.startswith("The margin of 0.01 is half of what lies between")
    assert margins.endswith("(MLP with dropout; MLP, regularised).")


def test_what_cannot_be_compared_says_why(displayed, real):
    row = COMPARISON[:1].assign(system="optdigits-latent", published=99_174.3, margin=np.nan)
    comparisons.show_comparison(real, row, decimals=0)
    assert displayed[0]["rows"][0][2] == "99,174"
    assert displayed[1].startswith(
        "Not comparable, since the listing cannot have produced this log"
    )


def test_settings_that_a_source_does_not_give_are_listed_with_what_was_assumed(displayed):
    comparisons.show_recipe("of-our-own")
    assert displayed == []
    for name, entry in published().items():
        if "reference" not in entry:
            comparisons.show_recipe(name)
            assert entry["title"] in displayed[-1]
            assert all(f"{setting} (here: " in displayed[-1] for setting in entry["unknown"])


def test_the_result_is_set_beside_the_score_of_its_own_system_or_the_best(displayed):
    scores = {"test_accuracy": [0.889, 0.891], "test_macro_f1": [0.891]}
    comparisons.show_result(scores, "test_accuracy", COMPARISON, "ffnn-regularised")
    comparisons.show_result(scores, "test_accuracy", COMPARISON, "ours")
    comparisons.show_result(scores, "test_macro_f1", COMPARISON[:0], "ours")
    same, best, alone = displayed
    assert (same["number"], same["what"]) == ("0.8900", "test accuracy, mean of 2 seeds")
    assert dict(same["rows"])["published"] == "0.9000"
    assert dict(best["rows"]) == {
        "spread over seeds": "0.0014",
        "best published": "0.9012",
        "difference": "−0.0112",
        "noise": "0.0200",
        "verdict": "equal",
    }
    assert (alone["what"], alone["rows"]) == ("test macro F1, one seed", [])


def test_a_run_that_is_not_judged_says_why_in_its_abstract():
    scores = {"test_accuracy": [0.889]}
    for verdict, reason in (("one seed", "no spread"), ("shortened run", "shortened")):
        unjudged = COMPARISON[:1].assign(verdict=verdict)
        said = comparisons.describe_standing(scores, "test_accuracy", unjudged)
        assert "beside a published score of 0.9012; " in said
        assert reason in said


def test_published_systems_have_names_for_readers():
    names = comparisons.published_names()
    assert names["ffnn-dropout"] == "MLP with dropout"
    assert set(names) == set(published())


def test_an_abstract_says_how_a_score_stands_beside_the_published_ones():
    said = comparisons.describe_standing(
        {"test_accuracy": [0.889, 0.891]}, "test_accuracy", COMPARISON
    )
    assert said == (
        "The test accuracy is **0.8900\u202f±\u202f0.0014** over 2 seeds (mean and standard "
        "deviation), beside published scores from 0.9000 to 0.9012: 2 equal."
    )


def test_standings_are_printed_in_words_with_decimals_that_suit_each_score():
    standings = pd.DataFrame(
        {
            "system": ["ffnn-dropout", "fc-autoencoder", "optdigits-latent"],
            "score": ["test_accuracy", "test_mse", "error"],
            "published": [0.901, 0.0066, 99174.3],
            "ours": [0.9, 0.00717, np.nan],
            "spread": [0.001, np.nan, np.nan],
            "verdict": ["a", "b", "no report"],
        }
    )
    displayed = comparisons.standings_table(standings)
    assert list(displayed.columns) == ["system", "score", "published", "ours", "verdict"]
    assert displayed.iloc[0].tolist()[:3] == ["MLP with dropout", "test accuracy", "0.9010"]
    assert list(displayed["ours"]) == ["0.9000\u202f±\u202f0.0010", "0.00717", "–"]
    assert list(displayed["published"][1:]) == ["0.00660", "99,174"]
