"""What only a live front end shows, moved and fed without a browser."""

import io

import numpy as np
import pytest
from PIL import Image

from hw.report import live

POINTS = np.array([[0.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
LABELS = np.array([0, 1, 2])


def _decode(points):
    return np.clip(np.asarray(points)[:, :1, None] / 10 * np.ones((1, 8, 8)), 0, 1)


def _pixels(widget):
    return np.asarray(Image.open(io.BytesIO(widget.value)))


def test_moving_the_sliders_changes_picture_and_words():
    x, y, picture, words = live.code_explorer(
        _decode, POINTS, LABELS, ("zero", "one", "two")
    ).children
    x.value, y.value = x.max, y.max
    assert words.value == "nearest code: one"
    assert (_pixels(picture) > 250).all()
    x.value = x.min
    assert words.value == "nearest code: two"
    assert (_pixels(picture) < 5).all()


def test_the_sliders_span_the_codes():
    x, y, *_ = live.code_explorer(_decode, POINTS, LABELS, "abc").children
    assert (x.min, x.max) == pytest.approx((0, 10), abs=0.2)
    assert y.min <= y.value <= y.max


def test_the_picture_is_enlarged_without_blurring():
    assert _pixels(
        live.code_explorer(_decode, POINTS, LABELS, "abc", side=24).children[2]
    ).shape == (24, 24)


def test_mistakes_are_those_above_the_threshold():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    widget = live.mistake_explorer(
        np.random.default_rng(0).random((4, 8, 8)), probabilities, [0, 1, 0, 1], "ab"
    )
    threshold, words, picture = widget.children
    threshold.value = 0.0
    assert words.value == "4 of 4 images are that confident, 50.00% of them correct."
    both = _pixels(picture)
    threshold.value = 0.75
    assert words.value == "2 of 4 images are that confident, 50.00% of them correct."
    assert not np.array_equal(_pixels(picture), both)
    threshold.value = 1.0
    assert words.value == "0 of 4 images are that confident, none of them correct."
    assert picture.value == b""


class _Shown:
    def __init__(self):
        self.outputs = []

    def update(self, output):
        self.outputs.append(output)


def test_curves_are_replaced_while_training_and_removed_after_it(monkeypatch):
    shown = _Shown()
    monkeypatch.setattr(live, "front_end_is_live", lambda: True)
    monkeypatch.setattr(live, "display", lambda *arguments, **options: shown)
    on_epoch = live.live_curves(("loss",), every=0)
    rows = [
        {"epoch": epoch, "train_loss": 1 / epoch, "val_loss": 1.1 / epoch} for epoch in (1, 2, 3, 4)
    ]
    for n in (1, 2, 3, 4):
        on_epoch(rows[:n], 4)
    pictures = [output for output in shown.outputs if isinstance(output, live.Image)]
    assert len(pictures) == 2
    assert pictures[0].data != pictures[1].data
    assert shown.outputs[-1].data == ""


def test_without_a_live_front_end_nothing_is_shown():
    assert live.explore_codes(_decode, POINTS, LABELS, "abc") is None
    assert live.explore_mistakes(np.zeros((1, 8, 8)), np.ones((1, 1)), [0], "a") is None
    assert live.live_curves() is None
