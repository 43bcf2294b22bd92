"""Splitting and scaling."""

import numpy as np
import pytest

from hw.data import Dataset, Split, pool_splits, scale_features, train_val_split


def test_splits_are_stratified_disjoint_and_drawn_by_the_seed():
    split = Split(np.arange(1000, dtype=np.uint16).reshape(1000, 1, 1), np.arange(1000) % 10)
    train, val = train_val_split(split, 0.2, train_size=400, seed=3)
    assert (len(train), len(val)) == (400, 200)
    assert not set(train.images.ravel()) & set(val.images.ravel())
    assert set(np.bincount(train.labels)) == {40}
    assert set(np.bincount(val.labels)) == {20}
    again, other = (train_val_split(split, 0.2, train_size=400, seed=seed)[0] for seed in (3, 4))
    assert (again.images == train.images).all()
    assert (other.images != train.images).any()


def test_nothing_is_held_out_for_a_fraction_of_zero():
    split = Split(np.arange(100, dtype=np.uint8).reshape(100, 1, 1), np.arange(100) % 10)
    train, val = train_val_split(split, 0.0)
    assert (train.images == split.images).all()
    assert len(val) == 0
    fewer, none = train_val_split(split, 0.0, train_size=50, seed=3)
    assert (len(fewer), len(none), set(np.bincount(fewer.labels))) == (50, 0, {5})
    scaled = scale_features(Dataset("d", tuple("0123456789"), train, val, train, ""))
    assert (scaled.train.images.max(), len(scaled.val)) == (1, 0)


def test_more_training_images_than_there_are_is_refused():
    split = Split(np.zeros((100, 2, 2), np.uint8), np.arange(100) % 10)
    with pytest.raises(ValueError, match=r"train_size must be at most 80 .* got 90"):
        train_val_split(split, 0.2, train_size=90)


def test_features_are_scaled_by_the_training_rows_alone():
    images = np.zeros((3, 1, 2), np.uint8)
    images[:, 0, 0] = 2, 4, 8
    train, other = Split(images[:2], np.arange(2)), Split(images[2:], np.arange(1))
    scaled = scale_features(Dataset("d", ("0", "1"), train, other, other, ""))
    assert scaled.train.images[:, 0].tolist() == [[0, 0], [1, 0]]
    assert scaled.test.images[0, 0].tolist() == [3, 0]
    assert scaled.test.tensors()[0].max() == 3


@pytest.mark.parametrize(
    ("labels", "val_fraction", "message"),
    [
        ([0, 0, 1], 0.5, "each class must have at least 2 images, got 1 of class 1"),
        (
            [0, 0, 1, 1],
            0.25,
            "val_fraction must leave at least 2 images, one per class, on either side, "
            "got 0.25 of 4 images",
        ),
        ([0, 0, 1, 1], 0.75, "got 0.75 of 4 images"),
    ],
)
def test_too_few_images_of_a_class_are_refused(labels, val_fraction, message):
    split = Split(np.zeros((len(labels), 2, 2), np.uint8), np.array(labels))
    with pytest.raises(ValueError, match=message):
        train_val_split(split, val_fraction)


def test_two_images_of_each_class_can_be_split():
    split = Split(np.arange(20, dtype=np.uint8).reshape(20, 1, 1), np.arange(20) % 10)
    train, val = train_val_split(split, 0.5)
    assert sorted(train.labels) == sorted(val.labels) == list(range(10))


def test_pooled_training_images_are_all_images_and_validation_was_training():
    train, val, test = (Split(np.full((n, 1, 1), n), np.zeros(n, np.int64), 16) for n in (3, 2, 1))
    pooled = pool_splits(Dataset("d", ("0",), train, val, test, ""))
    assert pooled.train.images.ravel().tolist() == [3, 3, 3, 2, 2, 1]
    assert (len(pooled.train.labels), pooled.train.max_value) == (6, 16)
    assert (pooled.val, pooled.test) == (train, test)
