"""The explorer of a code plane, moved without a browser."""

import io

import numpy as np
import pytest
from PIL import Image

from hw import explorer

POINTS = np.array([[0.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
LABELS = np.array([0, 1, 2])


def _decode(points):
    return np.clip(np.asarray(points)[:, :1, None] / 10 * np.ones((1, 8, 8)), 0, 1)


def _pixels(widget):
    return np.asarray(Image.open(io.BytesIO(widget.children[2].value)))


def test_moving_the_sliders_changes_picture_and_words():
    widget = explorer.explorer(_decode, POINTS, LABELS, ("zero", "one", "two"))
    x, y, _, words = widget.children
    x.value, y.value = x.max, y.max
    assert words.value == "nearest code: one"
    assert (_pixels(widget) > 250).all()
    x.value = x.min
    assert words.value == "nearest code: two"
    assert (_pixels(widget) < 5).all()


def test_the_sliders_span_the_codes():
    x, y, *_ = explorer.explorer(_decode, POINTS, LABELS, "abc").children
    assert (x.min, x.max) == pytest.approx((0, 10), abs=0.2)
    assert y.min <= y.value <= y.max


def test_the_picture_is_enlarged_without_blurring():
    assert _pixels(explorer.explorer(_decode, POINTS, LABELS, "abc", scale=3)).shape == (24, 24)


def test_without_a_live_front_end_nothing_is_shown():
    assert explorer.explore(_decode, POINTS, LABELS, "abc") is None
