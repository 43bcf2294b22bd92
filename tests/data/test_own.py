"""Data sets of one's own: arrays, files and folders, converted or refused in one line."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import hw
from hw.data import Dataset

RNG = np.random.default_rng(0)
LABELS = np.arange(60) % 3
GREY = RNG.random((60, 6, 5))
COLOUR = RNG.integers(0, 256, (60, 6, 5, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("images", "shape", "max_value"),
    [
        (GREY, (6, 5), 1),
        (GREY * 255, (6, 5), 255),
        (GREY.astype(np.float16), (6, 5), 1),
        ((GREY * 16).round(), (6, 5), 16),
        (GREY > 0.5, (6, 5), 1),
        (GREY[..., None], (6, 5), 1),
        (COLOUR, (6, 5, 3), 255),
        (COLOUR.astype(np.int64), (6, 5, 3), 255),
        (np.moveaxis(COLOUR, -1, 1), (6, 5, 3), 255),
        (torch.as_tensor(COLOUR) / 255, (6, 5, 3), 1),
        (GREY.tolist(), (6, 5), 1),
    ],
)
def test_images_of_any_type_and_layout_become_pixels_in_0_to_1(images, shape, max_value):
    data = Dataset.from_arrays(images, LABELS, test=(images, LABELS))
    assert data.image_shape == shape
    pixels = np.asarray(images, dtype=np.float32)
    if pixels.ndim == 4 and pixels.shape[-1] == 5:
        pixels = np.moveaxis(pixels, 1, -1)
    assert data.test.scaled().dtype == np.float32
    expected = pixels.reshape(60, *shape) / max_value
    np.testing.assert_allclose(data.test.scaled(), expected, atol=1e-6)


def test_flat_features_are_images_of_one_row_scaled_by_their_range_in_training():
    features = RNG.normal(5, 100, (60, 7))
    data = Dataset.from_arrays(features, LABELS)
    assert data.image_shape == (1, 7)
    assert data.train.images.min() == 0
    assert data.train.images.max() == pytest.approx(1)
    assert data.train.images.max(0).min() == pytest.approx(1)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (LABELS, ("0", "1", "2")),
        (LABELS * 10 + 7, ("7", "17", "27")),
        (LABELS[:, None].astype(np.uint8), ("0", "1", "2")),
        (np.array(["owl", "cat", "dog"])[LABELS], ("cat", "dog", "owl")),
        (pd.Series(["b", "a", "c"] * 20), ("a", "b", "c")),
        (["b", "a", "c"] * 20, ("a", "b", "c")),
        (LABELS > 0, ("False", "True")),
    ],
)
def test_classes_are_numbered_in_sorted_order_and_keep_their_names(labels, names):
    data = Dataset.from_arrays(GREY, labels, test=(GREY, labels))
    assert data.class_names == names
    assert data.test.labels.dtype == np.int64
    given = np.asarray(labels).ravel().astype(str)
    assert [names[label] for label in data.test.labels] == given.tolist()


def test_names_of_classes_can_be_given_with_numbers_or_set_the_order_of_words():
    names = ["shoe", "coat", "bag"]
    assert Dataset.from_arrays(GREY, LABELS, class_names=names).class_names == tuple(names)
    words = np.array(names)[LABELS]
    data = Dataset.from_arrays(GREY, words, test=(GREY, words), class_names=names)
    assert (data.test.labels == LABELS).all()


def test_splits_are_stratified_disjoint_and_the_same_for_the_same_seed():
    images = np.arange(60)[:, None, None] * np.ones((1, 2, 2))
    data, again = (Dataset.from_arrays(images, LABELS, val_fraction=0.25) for _ in range(2))
    sizes = [np.bincount(split.labels).tolist() for split in (data.train, data.val, data.test)]
    assert sizes == [[12, 12, 12], [4, 4, 4], [4, 4, 4]]
    assert (data.train.images == again.train.images).all()
    pixels = np.concatenate([s.images[:, 0, 0] for s in (data.train, data.val, data.test)])
    assert len(np.unique(pixels)) == 60
    other = Dataset.from_arrays(images, LABELS, val_fraction=0.25, seed=1)
    assert (other.test.images == data.test.images).all()
    assert (other.train.labels != data.train.labels).any()


def test_floats_as_labels_are_numbers_to_predict():
    targets = RNG.random((60, 2))
    data = Dataset.from_arrays(GREY, targets, test=(GREY, targets))
    assert data.class_names == ()
    assert data.test.labels.dtype == np.float32
    np.testing.assert_allclose(data.test.labels, targets, rtol=1e-6)


@pytest.mark.parametrize(
    ("images", "labels", "settings", "message"),
    [
        (GREY[..., None].repeat(4, -1), LABELS, {}, "images must have 1 or 3 channels, got"),
        (GREY[0, 0], LABELS, {}, "images must be (N, H, W), (N, H, W, C) or flat (N, D), got the"),
        (GREY - 1, LABELS, {}, "images must have no value below 0, got -"),
        (GREY * 1e6, LABELS, {}, "images must have no value above max_value, 65,535, got"),
        (GREY * 255, LABELS, {"max_value": 16}, "no value above max_value, 16, got"),
        (GREY * np.nan, LABELS, {}, "images must be finite, got 1,800 values that are NaN or"),
        (GREY[:0], LABELS[:0], {}, "images must not be empty, got the shape (0, 6, 5)"),
        ([np.ones((2, 2)), np.ones((3, 3))], [0, 1], {}, "images must all have the same shape"),
        (np.full((60, 6, 5), "x"), LABELS, {}, "images must be numbers, got the type <U1"),
        (GREY, LABELS[:50], {}, "labels must be as many as images, 60, got 50"),
        (GREY, np.eye(3, dtype=int)[LABELS], {}, "labels must be one for each image, (N,), got"),
        (GREY, [None] * 60, {}, "labels must be integers, words or floats, got the type object"),
        (GREY, LABELS * 0, {}, "labels must have at least 2 classes of different names, got"),
        (GREY, np.arange(60), {}, "got 60 classes for 60 images (numbers to predict must be flo"),
        (GREY, np.full(60, np.inf), {}, "labels must be finite, got NaN or infinity"),
        (GREY, LABELS, {"class_names": "ab"}, "training labels must be of class_names, got 2"),
        (GREY, LABELS, {"test": (GREY, LABELS + 1)}, "test labels must be in the training labels"),
        (GREY, LABELS, {"test": (GREY[:, 1:], LABELS)}, "the same shape in all splits, got 6 × 5"),
        (GREY, LABELS, {"test_fraction": 0.01}, "test_fraction must leave at least 3 images"),
        (GREY, LABELS, {"val_fraction": 0.01}, "val_fraction must leave at least 3 images"),
        (GREY, LABELS, {"train_size": 99}, "train_size must be at most 43"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(images, labels, settings, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 -- the message is compared below
        Dataset.from_arrays(images, labels, **settings)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_data_set_is_the_same_after_saving_and_reading_back(tmp_path):
    for images in (COLOUR, GREY, RNG.normal(size=(60, 4))):
        data = Dataset.from_arrays(images, np.array(["b", "a", "c"])[LABELS])
        data.save(tmp_path / "own.npz")
        again = hw.load(hw.ClassifierConfig(dataset=str(tmp_path / "own.npz")))
        assert (again.name, again.class_names) == ("own.npz", data.class_names)
        for name in ("train", "val", "test"):
            one, other = getattr(data, name), getattr(again, name)
            np.testing.assert_allclose(one.scaled(), other.scaled(), atol=1e-6)
            assert (one.labels == other.labels).all()


@pytest.mark.parametrize(
    "names",
    [
        ("images", "labels", "test_images", "test_labels"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("x_train", "y_train", "x_test", "y_test"),
    ],
)
def test_files_of_medmnist_and_keras_are_read_as_they_are(names, tmp_path):
    np.savez(tmp_path / "a.npz", **dict(zip(names, (GREY, LABELS, GREY, LABELS), strict=True)))
    data = hw.load(hw.ClassifierConfig(dataset=str(tmp_path / "a.npz"), train_size=30))
    assert (len(data.train), len(data.test)) == (30, 60)


def _pictures(folder, mode="RGB", size=(5, 6), names=("cat", "owl"), n=10):
    for k, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for i in range(n):
            Image.new(mode, size, color=(k * 100,) * len(mode)).save(folder / name / f"{i}.png")


def test_a_folder_of_pictures_is_a_data_set_with_its_folders_as_classes(tmp_path):
    _pictures(tmp_path / "pets")
    data = hw.load(hw.ClassifierConfig(dataset=str(tmp_path / "pets")))
    assert (data.name, data.class_names, data.image_shape) == ("pets/", ("cat", "owl"), (6, 5, 3))
    assert (data.test.images[data.test.labels == 1] == 100).all()


def test_folders_called_train_and_test_are_the_splits(tmp_path):
    _pictures(tmp_path / "train", mode="L")
    _pictures(tmp_path / "test", mode="L", n=2, names=("owl",))
    data = Dataset.from_folder(tmp_path)
    assert data.image_shape == (6, 5)
    assert data.test.labels.tolist() == [1, 1]


def test_pictures_of_different_sizes_need_a_size(tmp_path):
    _pictures(tmp_path, names=("cat",))
    _pictures(tmp_path, names=("owl",), size=(8, 8))
    with pytest.raises(ValueError, match=r"one size, got 6 × 5 .* and 8 × 8 .*size=\(32, 32\)"):
        Dataset.from_folder(tmp_path)
    assert Dataset.from_folder(tmp_path, size=(4, 7)).image_shape == (4, 7, 3)


def test_settings_that_name_no_usable_data_set_fail_in_one_line(tmp_path):
    (tmp_path / "text.npz").write_text("nothing")
    (tmp_path / "empty").mkdir()
    _pictures(tmp_path / "damaged")
    (tmp_path / "damaged/cat/0.png").write_bytes(b"")
    np.savez(tmp_path / "other.npz", pixels=GREY)
    np.savez(tmp_path / "pickled.npz", images=GREY, labels=np.array([None] * 60))
    np.savez(tmp_path / "numbers.npz", images=GREY, labels=RNG.random(60))
    for name, message in {
        "missing.npz": "there is no file or folder",
        "text.npz": "must be a file written by numpy.savez",
        "empty": "must have a folder of pictures for each class",
        "damaged": "0.png must be a whole picture",
        "other.npz": "must have the arrays images and labels or",
        "pickled.npz": "must be a file written by numpy.savez: Object arrays cannot be loaded",
        "numbers.npz": "labels must be classes, integers or words, got floats",
    }.items():
        with pytest.raises(hw.ParameterError) as error:
            hw.load(hw.ClassifierConfig(dataset=str(tmp_path / name)))
        assert message in str(error.value)
        assert str(error.value).startswith(f"dataset '{tmp_path / name}' cannot be used: ")
        assert "\n" not in str(error.value)
    config = hw.ClassifierConfig(dataset=str(tmp_path / "numbers.npz"))
    assert hw.load(config, regression=True).class_names == ()


def test_the_report_on_optdigits_takes_images_of_its_size_alone(tmp_path):
    np.savez(tmp_path / "a.npz", images=GREY, labels=LABELS)
    with pytest.raises(hw.ParameterError, match="images must be 8 × 8 for this report, got 6 × 5"):
        hw.load(hw.OptdigitsConfig(dataset=str(tmp_path / "a.npz")))
