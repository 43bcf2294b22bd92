"""Model cards: what they say is what the report recorded."""

import hw
from hw.report import blocks
from hw.report.model_cards import model_card, write_cards

RESULTS = {
    "system": "ffnn-mine",
    "dataset": "fashion_mnist",
    "stand_in": False,
    "n_train": 54_000,
    "n_test": 10_000,
    "parameters": {"epochs": 50, "hidden_sizes": [512, 256], "title": "", "schedule": "cosine"},
    "provenance": {"code": "commit 0123", "seeds": "0, 1"},
    "scores": {"test_accuracy": [0.9, 0.92], "test_macro_f1": [0.5, None], "lost": [None]},
    "comparison": [
        {
            "system": "ffnn-dropout",
            "score": "test_accuracy",
            "published": 0.901,
            "ours": 0.91,
            "verdict": "equal within noise",
        }
    ],
}


def test_a_card_gives_the_recorded_numbers_settings_and_provenance():
    card = model_card(RESULTS, "ffnn-mine-0.safetensors")
    for line in (
        "# Model card: ffnn-mine",
        "`fashion_mnist`: 54,000 examples for training, 10,000 for the test, which were read once.",
        "| test_accuracy | 0.91 | 0.014 | 2 |",
        "| test_macro_f1 | 0.5 | – | 1 |",
        "- ffnn-dropout, test_accuracy: 0.901 published, 0.91 here (equal within noise)",
        "- hidden_sizes: [512, 256]",
        "- code: commit 0123",
    ):
        assert line in card.splitlines(), line
    assert 'hw.load_model("ffnn-mine-0.safetensors")' in card
    assert "title" not in card
    assert "lost" not in card


def test_a_card_tells_that_the_data_were_a_stand_in():
    assert "stand-in" not in model_card(RESULTS, "x")
    card = model_card(RESULTS | {"stand_in": True, "comparison": []}, "x")
    assert "The data are a stand-in: the scores cannot be compared" in card
    assert "## Comparison" not in card


def test_each_network_gets_its_card_beside_it(tmp_path):
    models = [tmp_path / f"mine-{seed}.safetensors" for seed in (0, 1)]
    assert write_cards(RESULTS, models) == [tmp_path / "mine-0.md", tmp_path / "mine-1.md"]
    assert "mine-1.safetensors" in (tmp_path / "mine-1.md").read_text(encoding="utf-8")


def test_recording_results_writes_the_cards_of_the_named_models(
    small_garments, tmp_path, monkeypatch
):
    monkeypatch.setattr(blocks, "display", lambda data, raw: None)
    config = hw.ClassifierConfig(system="mine", seeds=[3])
    path = hw.save_model(hw.Classifier([8]), tmp_path / "mine.safetensors")
    scores = {"test_accuracy": [float("nan")]}
    blocks.record(small_garments, config, {"code": "here"}, models=[path], scores=scores)
    card = (tmp_path / "mine.md").read_text(encoding="utf-8")
    assert "- seeds: [3]" in card.splitlines()
    assert "300 examples for training, 100 for the test" in card
    assert "## Scores" not in card  # there is no finite one
