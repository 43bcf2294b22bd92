"""One network per seed, each trained once."""

import pandas as pd
import pytest
import torch

import hw
from hw.training import Store, Trial, seeds

CONFIG = hw.ClassifierConfig(hidden_sizes=[8], epochs=2, seeds=[0, 1])


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    """The store of this test alone."""
    monkeypatch.setenv("HW_DATA", str(tmp_path))


@pytest.fixture
def trained(monkeypatch):
    """Seeds that were trained, in order."""
    fit = seeds.fit
    numbers = []

    def counting(*args, seed, **kwargs):
        numbers.append(seed)
        return fit(*args, seed=seed, **kwargs)

    monkeypatch.setattr(seeds, "fit", counting)
    return numbers


class Own(hw.Classifier):
    """A network of one's own."""


def _run(data, config=CONFIG, build=hw.Classifier.from_config, stored=True):
    return hw.fit_seeds(build, data, config, stored=stored, progress=False)


def test_a_stored_network_is_not_trained_again_and_is_the_same(small_garments, trained):
    first = _run(small_garments)
    again = _run(small_garments, CONFIG.model_copy(update={"seeds": [1, 2]}))
    assert trained == [0, 1, 2]
    assert [run.stored for run in (*first, *again)] == [False, False, True, False]
    pd.testing.assert_frame_equal(again[0].history, first[1].history, rtol=1e-12)
    images = small_garments.test
    assert torch.equal(hw.predict(again[0].model, images), hw.predict(first[1].model, images))


def test_networks_are_trained_again_if_that_is_asked_for(small_garments, trained):
    _run(small_garments)
    _run(small_garments, CONFIG.model_copy(update={"fresh": True}))
    _run(small_garments, stored=False)
    assert trained == [0, 1] * 3


def test_other_settings_or_data_are_another_network(small_garments, trained):
    _run(small_garments)
    _run(small_garments, CONFIG.model_copy(update={"dropout": 0.5}))
    assert trained == [0, 1] * 2


def test_a_system_that_is_only_named_otherwise_is_not(small_garments, trained):
    _run(small_garments)
    _run(small_garments, CONFIG.model_copy(update={"system": "other", "title": "Other"}))
    assert trained == [0, 1]


def test_a_class_that_inherits_from_ours_is_not_taken_for_ours(small_garments, trained):
    _run(small_garments)
    (first, _) = _run(small_garments, build=Own.from_config)
    assert trained == [0, 1] * 2
    assert type(first.model) is Own


def test_what_a_function_refers_to_belongs_to_the_network_that_it_makes(small_garments):
    def build_with(size):
        return lambda config, data: Own([size])

    store = Store(small_garments)
    paths = {store.paths(Trial(CONFIG, {}, 0, build_with(size))) for size in (4, 8)}
    assert len(paths) == 2


def test_a_store_that_cannot_be_written_costs_a_warning(
    small_garments, trained, monkeypatch, caplog
):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "save", full)
    assert len(_run(small_garments)) == 2
    assert "cannot be stored, so it will be trained again: [Errno 28] No space" in caplog.text
