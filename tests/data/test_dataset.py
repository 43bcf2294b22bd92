"""Splits and data sets: pixels as fractions, a line to print."""

import numpy as np
import pytest

from hw.data import Dataset, Split, checksum


def test_pixels_become_fractions():
    split = Split(np.array([[[0, 51, 255]]], np.uint8), np.array([3]))
    images, labels = split.tensors()
    assert images.tolist() == [[[0.0, np.float32(0.2), 1.0]]]
    assert labels.tolist() == [3]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_integers_of_any_width_are_scaled_by_the_largest_value_and_left_as_they_are(dtype):
    images = np.array([[[0, 4, 16]]], dtype)
    scaled = Split(images, np.array([3]), max_value=16).scaled()
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [[[0, 0.25, 1]]]
    assert images.tolist() == [[[0, 4, 16]]]


def test_images_that_were_scaled_before_are_not_scaled_again():
    images = np.array([[[0.5, 3.0]]], np.float32)
    assert Split(images, np.array([3])).scaled().tolist() == [[[0.5, 3.0]]]


def test_a_data_set_prints_as_one_line_of_counts():
    splits = [
        Split(np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.int64)) for n in (54000, 6000, 10000)
    ]
    assert repr(splits[0]) == "Split(54,000 images of 28 × 28)"
    assert repr(Dataset("fashion_mnist", tuple("abcdefghij"), *splits, "")) == (
        "Dataset(fashion_mnist: 54,000 training, 6,000 validation and 10,000 test images "
        "of 28 × 28 in 10 classes)"
    )


def test_the_checksum_depends_on_images_and_labels():
    images, labels = np.zeros((2, 2, 2), np.uint8), np.array([0, 1])
    assert checksum(Split(images, labels)) == checksum(Split(images.copy(), labels.copy()))
    assert checksum(Split(images, labels)) != checksum(Split(images, labels[::-1]))
    assert checksum(Split(images, labels)) != checksum(Split(images + np.uint8(1), labels))
