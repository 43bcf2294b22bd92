"""What a report says of its own settings."""

import pytest

from hw.config import AutoencoderConfig, ClassifierConfig
from hw.report import BLOCK_MIME, blocks, settings


@pytest.fixture
def rows(monkeypatch):
    """Shows the settings of a configuration; the rows of the table by their first cell."""
    monkeypatch.setattr(blocks, "_numbers", {})
    shown = []
    monkeypatch.setattr(blocks, "display", lambda data, raw: shown.append(data[BLOCK_MIME]))

    def show(config):
        settings.show_settings(config)
        return {row[0]: row[1:] for row in shown[-1]["rows"]}

    return show


def test_a_classifier_is_described_by_its_layers():
    said = settings.describe_classifier(ClassifierConfig())
    assert said.startswith("The 3 hidden layers have 512, 256 and 128 units;")
    assert "dropout [@srivastava2014] at a rate of 0.2" in said
    assert said.endswith("except for the last.")


def test_what_a_classifier_does_not_have_is_not_mentioned():
    plain = ClassifierConfig(hidden_sizes=[64], batch_norm=False, dropout=0.0)
    said = settings.describe_classifier(plain)
    assert said == "The hidden layer has 64 units; it is a linear map and a ReLU."


def test_convolutions_are_mentioned_only_if_there_are_some():
    convolutional = AutoencoderConfig(hidden_sizes=[], channels=[32, 64], activation="silu")
    said = settings.describe_autoencoder(convolutional)
    assert "convolutions of stride 2 with 32 and 64 filters, each followed by SiLU" in said
    assert "fully connected" not in said
    assert "convolution" not in settings.describe_autoencoder(AutoencoderConfig())
    assert "single linear map" in settings.describe_autoencoder(AutoencoderConfig(hidden_sizes=[]))


def test_training_is_described_with_what_the_variant_adds():
    improved = ClassifierConfig(
        flip=True, shift=1, label_smoothing=0.1, schedule="cosine", learning_rate=3e-3
    )
    said = settings.describe_optimisation(improved, n_val=100)
    for words in ("mirrored", "up to 1 px", "a share of 0.1", "from 0.003 to zero along a cosine"):
        assert words in said
    assert said.endswith("The weights of the epoch with the best validation accuracy are kept.")
    plain = settings.describe_optimisation(ClassifierConfig(), n_val=0)
    assert "constant learning rate of 0.001" in plain
    assert plain.endswith("The weights of the last epoch are kept.")
    assert "mirrored" not in plain


def test_a_variational_autoencoder_is_chosen_by_its_bound():
    variational = AutoencoderConfig(variational=True, loss="bce")
    assert "best validation bound" in settings.describe_optimisation(variational, n_val=9)
    assert "cross-entropy" in settings.describe_optimisation(AutoencoderConfig(loss="bce"), n_val=9)


def test_additions_are_listed_in_a_few_words():
    assert settings.describe_additions(ClassifierConfig()) == ""
    several = AutoencoderConfig(noise_std=0.1, init="orthogonal", schedule="step")
    assert settings.describe_additions(several) == (
        "noisy inputs, orthogonal first weights and a learning rate halved in steps"
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [("weight_decay", 1e-4), ("schedule", "step"), ("flip", True), ("shift", 2)],
)
def test_whatever_is_switched_on_is_an_addition(setting, value):
    assert settings.describe_additions(ClassifierConfig(**{setting: value}))


def test_the_table_of_settings_marks_what_was_changed(rows):
    config = ClassifierConfig(learning_rate=3e-3, hidden_sizes=[640, 640], train_size=2_000)
    table = rows(config)
    assert table["learning rate"] == ["**0.003**", "0.001"]
    assert table["hidden units"] == ["**640, 640**", "512, 256, 128"]
    assert table["training images"] == ["**2,000**", "all"]
    assert table["batch size"] == ["128", ""]
    assert table["precision"][0] in ("float32", "bfloat16")


def test_without_changes_the_table_has_no_column_of_defaults(rows):
    table = rows(AutoencoderConfig(author="Ada", device="cpu"))
    assert {len(row) for row in table.values()} == {1}
    assert table["activation"] == ["ReLU"]
    hidden = {"author", "system", "device", "full epochs", "variational"}
    assert not hidden & set(table)


def test_the_weight_of_the_divergence_is_listed_only_if_there_is_one(rows):
    name = "weight of the divergence, β"
    assert name in rows(AutoencoderConfig(variational=True))
    blocks._numbers.clear()
    assert name not in rows(AutoencoderConfig())
