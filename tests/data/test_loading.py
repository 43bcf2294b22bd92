"""Loading: the data set that the settings ask for, or its stand-in."""

import pytest

from hw.config import ClassifierConfig
from hw.data import DataUnavailableError, load


def test_if_the_real_data_is_unavailable_the_error_says_what_was_tried(empty_cache, monkeypatch):
    monkeypatch.setenv("HW_MIRROR", "http://127.0.0.1:9/own/")
    with pytest.raises(DataUnavailableError) as error:
        load(ClassifierConfig(dataset="fashion_mnist"))
    message = str(error.value)
    assert "http://127.0.0.1:9/own/fashion-mnist/train-images-idx3-ubyte.gz: " in message
    assert "http://127.0.0.1:9/train-images-idx3-ubyte.gz: " in message
    assert "HW_MIRROR" in message


def test_auto_takes_the_stand_in_only_when_it_must_and_says_so(empty_cache, caplog):
    loaded = load(ClassifierConfig(dataset="auto"))
    assert loaded.name == "synthetic"
    assert "stand-in" in loaded.notice
    assert "stand-in" in caplog.text


def test_auto_takes_the_real_data_without_a_notice(small_mirror):
    loaded = load(ClassifierConfig(dataset="auto", val_fraction=0.5))
    assert (loaded.name, loaded.notice) == ("fashion_mnist", "")


def test_synthetic_data_are_announced_too():
    assert "synthetic" in load(ClassifierConfig(dataset="synthetic")).notice
