"""Tables of a report on two-dimensional codes."""

from hw.config import OptdigitsConfig
from hw.report.latent import describe_layers, error_table, seed_table

ROWS = {
    "before": [{"error": 61_299.0}],
    "PCA": [{"error": 9_628.0, "accuracy": 0.6}],
    "network": [{"error": 4_000.0, "accuracy": 0.9}, {"error": 4_100.0, "accuracy": 0.92}],
    "t-SNE": [{"accuracy": 0.98}],
}
DECIMALS = {"error": 0, "accuracy": 2}


def test_scores_are_means_with_their_deviation_over_seeds():
    table = seed_table(ROWS, DECIMALS, "codes")
    assert table.loc["network", "error"] == "4,050\u202f±\u202f71"
    assert table.loc["PCA", "accuracy"] == "0.60"
    assert table.loc["t-SNE", "error"] == table.loc["before", "accuracy"] == "–"


def test_what_follows_the_baseline_is_compared_with_it():
    table = error_table(ROWS, DECIMALS, "PCA")
    assert table.loc["network", "difference"] == "−5,578"
    assert table.loc["network", "verdict"] == "beaten"
    assert list(table["verdict"].drop("network")) == ["–"] * 3


def test_a_shortened_run_is_not_judged():
    table = error_table(ROWS, DECIMALS, "PCA", OptdigitsConfig(epochs=1))
    assert table.loc["network", "verdict"] == "shortened run"


def test_the_decoder_mirrors_the_encoder():
    assert describe_layers([128, 64], 64, 2) == "64-128-64-2-64-128-64"
