"""Figures, by what is drawn on them."""

import numpy as np
import pandas as pd
import pytest

import hw
from hw.data import Split

NAMES = ("coat", "shirt", "shoe")


@pytest.fixture
def split():
    return Split(np.arange(30 * 4, dtype=np.uint8).reshape(30, 2, 2), np.arange(30) % 3)


def _sheet(ax):
    """The image on these axes, a number for each of their units."""
    pixels, (_, width, *_) = ax.images[0].get_array(), ax.images[0].get_extent()
    finer = pixels.shape[1] // width
    return pixels[::finer, ::finer]


def test_image_grid_shows_every_image_under_its_title():
    images = np.random.default_rng(0).random((5, 4, 4))
    (ax,) = hw.image_grid(images, [f"n{i}" for i in range(5)], n_columns=3).axes
    sheet = _sheet(ax)
    assert [text.get_text() for text in ax.texts] == ["n0", "n1", "n2", "n3", "n4"]
    for image, text in zip(images, ax.texts, strict=True):
        middle, top = text.get_position()
        assert np.allclose(sheet[int(top) : int(top) + 4, int(middle) - 2 : int(middle) + 2], image)
    assert np.ma.count(sheet) == images.size


def test_class_samples_have_a_labelled_row_for_each_class(split):
    (ax,) = hw.class_samples(split, NAMES, per_class=4).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES)
    height, width = split.images.shape[1:]
    middle = int(ax.get_yticks()[1])
    second = _sheet(ax)[middle - height // 2 : middle - height // 2 + height, :width]
    assert np.allclose(second * 255, split.images[1])


def test_class_balance_has_a_bar_for_each_class_and_split(split):
    fig = hw.class_balance({"training": split, "test": split}, NAMES)
    assert [bar.get_height() for bar in fig.axes[0].patches] == [10] * 6
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["training", "test"]


def test_learning_curves_show_training_and_validation_of_every_seed():
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "train_loss": [2, 1],
            "val_loss": [2, 1.5],
            "train_accuracy": [0.1, 0.5],
            "val_accuracy": [0.1, 0.4],
        }
    )
    fig = hw.learning_curves([history, history])
    assert [ax.get_ylabel() for ax in fig.axes] == ["loss", "accuracy"]
    for ax in fig.axes:
        assert len(ax.lines) == 4
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert list(fig.axes[1].lines[2].get_ydata()) == [0.1, 0.4]


def test_confusion_matrix_rows_are_true_classes_and_add_up_to_one():
    (ax, _) = hw.confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2], NAMES).axes
    shares = ax.collections[0].get_array().reshape(3, 3)
    assert shares.tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 1]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_reliability_diagram_draws_the_table():
    table = pd.DataFrame({"confidence": [0.5, 0.9], "accuracy": [0.4, 0.95], "count": [10, 90]})
    upper, lower = hw.reliability_diagram(table).axes
    assert list(upper.lines[1].get_ydata()) == [0.4, 0.95]
    assert [bar.get_height() for bar in lower.patches] == [10, 90]


def test_image_rows_name_rows_and_columns():
    (ax,) = hw.image_rows({"one": np.zeros((3, 4, 4)), "two": np.zeros((2, 4, 4))}, ["a", "b", "c"]).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert np.ma.count(_sheet(ax)) == 5 * 16


def test_class_bars_have_the_values_and_their_mean():
    fig = hw.class_bars([1.0, 2.0, 6.0], NAMES, "error")
    assert [bar.get_height() for bar in fig.axes[0].patches] == [1, 2, 6]
    assert fig.axes[0].lines[0].get_ydata()[0] == 3


def test_code_scatters_show_every_point_once_with_a_legend():
    points = np.random.default_rng(0).random((30, 2))
    fig = hw.code_scatter({"PCA": points, "t-SNE": points}, np.arange(30) % 3, NAMES)
    assert [ax.get_title() for ax in fig.axes] == ["PCA", "t-SNE"]
    assert sum(len(dots.get_offsets()) for dots in fig.axes[0].collections) == 30
    assert [text.get_text() for text in fig.legends[0].get_texts()] == list(NAMES)


def test_the_published_log_is_drawn_into_the_learning_curves():
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [2.0, 1.0], "val_loss": [2.0, 1.5]})
    log = pd.DataFrame({"epoch": [1], "train_loss": [1.8]})
    lines = hw.learning_curves([history], ["loss"], log).axes[0].lines
    assert [list(line.get_ydata()) for line in lines if line.get_label() == "training, published"] == [[1.8]]


def test_a_code_map_has_each_image_where_its_code_lies_and_more_of_them_where_codes_are():
    generator, asked = np.random.default_rng(0), []
    points = generator.exponential(size=(5_000, 2))

    def decode(codes):
        asked.append(codes)
        return np.linspace(0, 1, len(codes))[:, None, None] * np.ones((len(codes), 4, 4))

    (ax,) = hw.code_map(decode, points, n=5).axes
    (codes,) = asked
    assert codes.shape == (25, 2)
    across, up = codes[:5, 0], codes[::5, 1]
    assert (np.diff(across) > 0).all()
    assert (np.diff(up) < 0).all()
    assert across[-1] - across[-2] > 5 * (across[1] - across[0])
    sheet = ax.images[0].get_array()
    assert sheet.shape == (20, 20)
    assert (sheet[0, 0], sheet[-1, -1]) == (0, 1)
    assert float(ax.get_xticklabels()[0].get_text()) == pytest.approx(across[0], rel=0.01)
    assert float(ax.get_yticklabels()[0].get_text()) == pytest.approx(up[-1], rel=0.01)
