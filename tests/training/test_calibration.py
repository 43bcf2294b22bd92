"""Logits on which a temperature is fitted."""

import numpy as np
from conftest import garments, without_validation

import hw
from hw.training import Result, calibration, calibration_logits

CONFIG = hw.ClassifierConfig(hidden_sizes=[16], epochs=2, batch_size=32)


def test_logits_are_those_of_the_validation_images():
    data = garments()
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, CONFIG, progress=False)
    logits, labels = calibration_logits(hw.Classifier.from_config, data, CONFIG, run)
    assert np.array_equal(logits, hw.predict(run.model, data.val).numpy())
    assert np.array_equal(labels, data.val.labels)


def test_without_validation_images_they_are_of_a_network_that_has_not_seen_them(monkeypatch):
    data = without_validation(garments())
    seen, asked = [], []

    def fit(model, data, config, *, seed, progress):
        seen.extend((data.train.images, data.val.images, config, seed))

    def predict(model, split):
        asked.append(split.images)
        return hw.predict(model, split)

    monkeypatch.setattr(calibration, "fit", fit)
    monkeypatch.setattr(calibration, "predict", predict)
    run = Result(hw.Classifier.from_config(CONFIG), None, seed=7)
    logits, labels = calibration_logits(hw.Classifier.from_config, data, CONFIG, run)
    train, val, config, seed = seen
    rows = {image.tobytes() for image in train}
    assert (len(train), len(val), config, seed) == (150, 0, CONFIG, 7)
    assert logits.shape == (150, 10)
    assert len(labels) == 150
    assert not rows & {image.tobytes() for image in asked[0]}
