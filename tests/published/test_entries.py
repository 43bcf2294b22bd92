"""Published results of one's own: read, checked, compared on their own data set."""

import json
from importlib.resources import files

import jsonschema
import pandas as pd
import pytest

import hw
from hw.published import compare, compare_log, published, read_published

TEXT = """
[rival]
dataset = "own.npz"
task = "classification"
title = "A paper"
source = "rival2024"
scores = { test_accuracy = 0.5 }
log = { epoch = [1, 2], train_loss = [1.0, 0.5] }
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "published.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def _config(**settings):
    return hw.ClassifierConfig(**settings)


def test_the_results_of_this_package_follow_the_schema():
    schema = files("hw.published").joinpath("published.schema.json").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(schema))
    jsonschema.validate(published(), json.loads(schema))


def test_an_own_set_is_compared_with_nothing_unless_told_what(path):
    scores = {"test_accuracy": [0.9]}
    errors = {"test_accuracy": 0.01}
    for dataset in ("own.npz", "elsewhere/own.npz"):
        config = _config(dataset=dataset)
        assert compare("classification", scores, errors, config=config).empty
        told = config.model_copy(update={"published": str(path)})
        (row,) = compare("classification", scores, errors, config=told).to_dict("records")
        assert (row["system"], row["published"], row["source"]) == ("rival", 0.5, "rival2024")
    assert "rival" not in published(_config(published=str(path)))
    assert "ffnn-dropout" in published(_config(published=str(path)))


def test_a_published_log_of_an_own_file_stands_beside_ours(path):
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [1.0, 1.0]})
    config = _config(dataset="own.npz", published=str(path))
    assert len(compare_log("rival", history, config)) == 2
    assert compare_log("ffnn-dropout", history, config).empty


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.5 }", '"high" }', "rival.scores.test_accuracy: 'high' is not of type 'number'"),
        ('dataset = "own.npz"', "", "rival: 'dataset' is a required property"),
        ("source =", "sauce =", "('sauce' was unexpected)"),
        ("[rival]", '["Rival 1"]', "'Rival 1' does not match"),
        ("scores =", "scores", "must be TOML: "),
        (TEXT, "", "the file: "),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(path, old, new, message):
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(hw.ParameterError) as error:
        read_published(path)
    assert message in str(error.value)
    assert str(error.value).startswith(f"published '{path}'")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(hw.ParameterError, match=r"published .* cannot be read: No such file"):
        read_published(tmp_path / "none.toml")
