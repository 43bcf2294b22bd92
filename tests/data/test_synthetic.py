"""Procedural garments: ten classes that can be learnt, but not perfectly."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from hw.data import GARMENTS, make_garments
from hw.metrics import most_confused


def test_garments_have_the_format_of_fashion_mnist():
    images, labels = make_garments(100, np.random.default_rng(0))
    assert (images.shape, images.dtype) == ((100, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((100,), np.int64)
    assert 0.15 < images.mean() / 255 < 0.4
    assert images.max() > 200


@pytest.mark.parametrize("n", [10, 57, 100])
def test_classes_are_as_balanced_as_they_can_be_and_shuffled(n):
    _, labels = make_garments(n, np.random.default_rng(0))
    counts = np.bincount(labels, minlength=10)
    assert counts.max() - counts.min() <= 1
    assert (np.diff(labels) < 0).any()


def test_the_generator_alone_decides():
    np.random.seed(1)  # noqa: NPY002 -- must not matter
    one, _ = make_garments(20, np.random.default_rng(5))
    np.random.seed(2)  # noqa: NPY002 -- must not matter
    two, _ = make_garments(20, np.random.default_rng(5))
    other, _ = make_garments(20, np.random.default_rng(6))
    assert (one == two).all()
    assert (one != other).any()


def test_garments_are_learnt_but_not_perfectly_and_tops_are_confused_most():
    generator = np.random.default_rng(0)
    (train, labels), (test, truth) = (make_garments(n, generator) for n in (3000, 1000))
    network = MLPClassifier(64, max_iter=25, random_state=0, early_stopping=True)
    network.fit(train.reshape(len(train), -1) / 255, labels)
    y_pred = network.predict(test.reshape(len(test), -1) / 255)
    assert 0.75 < (y_pred == truth).mean() < 0.97
    tops = {"T-shirt/top", "Pullover", "Coat", "Shirt", "Dress"}

    assert set(most_confused(truth, y_pred, GARMENTS)["classes"][0].split(" / ")) <= tops


def test_too_few_are_refused():
    with pytest.raises(ValueError, match="n_samples must be at least 10, got 3"):
        make_garments(3, np.random.default_rng(0))
