"""The scoreboard: recorded results beside the published ones."""

from hw.report import challengers, costs, scoreboard

ROW = {
    "system": "ffnn-dropout",
    "score": "test_accuracy",
    "published": 0.901,
    "ours": 0.9,
    "verdict": "equal",
}


def recorded(system, **results):
    """Results of a report."""
    return {
        "system": system,
        "stand_in": False,
        "dataset": "fashion_mnist",
        "comparison": [ROW],
    } | results


def test_every_published_score_stands_beside_ours_or_says_what_is_missing():
    results = {"classifier": recorded("ffnn-dropout"), "better": recorded("better")}
    board = scoreboard(results).set_index(["system", "score"])
    assert board.loc[("ffnn-dropout", "test_accuracy"), "ours"] == 0.9
    assert board.loc[("ffnn-dropout", "test_accuracy"), "report"] == "classifier"
    assert board.loc[("scratch-grid", "test_accuracy"), "verdict"] == "no report"
    assert list(challengers(results)["report"]) == ["better"]


def test_a_stand_in_never_compares():
    stand_in = {"stand_in": True, "shortened": "3 of 50 epochs", "comparison": []}
    results = {"classifier": recorded("ffnn-dropout", **stand_in)}
    board = scoreboard(results).set_index(["system", "score"])
    assert (
        board.loc[("ffnn-dropout", "test_accuracy"), "verdict"] == "not comparable: synthetic data"
    )


def test_a_shortened_run_is_not_judged():
    results = {
        "classifier": recorded("ffnn-dropout", shortened="3 of 50 epochs"),
        "better": recorded("better", shortened="3 of 50 epochs"),
        "best": recorded("best", shortened=""),
    }
    board = scoreboard(results).set_index(["system", "score"])
    assert board.loc[("ffnn-dropout", "test_accuracy"), "verdict"] == "shortened run"
    assert list(challengers(results)["verdict"]) == ["shortened run", "equal"]


def test_costs_have_a_row_for_each_report():
    results = recorded(
        "x",
        dataset="synthetic",
        n_train=9,
        epochs=3,
        seconds_per_epoch=None,
        parameters={"seeds": [0, 1]},
        provenance={"device": "cpu", "machine": "a machine"},
    )
    (row,) = costs({"a": results}).to_dict("records")
    assert (row["report"], row["training images"], row["seeds"]) == ("a", 9, 2)
    assert costs({}).empty


def test_what_was_published_elsewhere_joins_the_scoreboard():
    own = {
        "rival": {"dataset": "own.npz", "task": "classification", "scores": {"test_accuracy": 0.8}}
    }
    row = ROW | {"system": "rival", "published": 0.8}
    results = {
        "again": recorded("rival", dataset="own.npz", published=own, comparison=[row]),
        "mine": recorded("mine", dataset="own.npz", published=own, comparison=[row]),
        "default": recorded("ffnn-dropout", dataset="own.npz", published=own, comparison=[row]),
    }
    board = scoreboard(results).set_index(["system", "score"])
    assert board.loc[("rival", "test_accuracy"), "report"] == "again"
    assert board.loc[("ffnn-dropout", "test_accuracy"), "verdict"] == "no report"
    assert list(challengers(results)["report"]) == ["mine", "default"]
