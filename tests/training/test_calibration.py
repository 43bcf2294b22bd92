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
    asked = []
    fit_seeds = calibration.fit_seeds

    def watch_training(build, data, config, **options):
        asked.append((data, config))
        return fit_seeds(build, data, config, **options)

    def watch_prediction(model, split):
        asked.append(split)
        return hw.predict(model, split)

    monkeypatch.setattr(calibration, "fit_seeds", watch_training)
    monkeypatch.setattr(calibration, "predict", watch_prediction)
    run = Result(hw.Classifier.from_config(CONFIG), None, seed=7)
    build = hw.Classifier.from_config
    logits, labels = calibration_logits(build, data, CONFIG, run, progress=False)
    (fewer, config), held_out = asked
    assert (len(fewer.train), len(fewer.val)) == (150, 0)
    assert config == CONFIG.model_copy(update={"seeds": [7]})
    assert logits.shape == (150, 10)
    assert len(labels) == 150
    rows = {image.tobytes() for image in fewer.train.images}
    assert not rows & {image.tobytes() for image in held_out.images}
