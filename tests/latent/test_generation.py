"""Generated images: distances from real ones, and the classifier that measures them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import without_validation
from scipy.linalg import sqrtm

from hw.config import AutoencoderConfig
from hw.latent import (
    feature_extractor,
    frechet_distance,
    generation,
    generation_table,
    image_features,
    nearest_images,
    precision_recall_coverage,
)
from hw.models import Autoencoder, Classifier, checksum, save_model


@pytest.fixture(autouse=True)
def empty_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_DATA", str(tmp_path))


def _features(n, seed=0):
    return np.random.default_rng(seed).standard_normal((n, 6)) @ np.diag([1, 2, 3, 1, 1, 0.5])


def test_the_frechet_distance_of_a_set_from_itself_is_zero_and_grows_with_noise():
    features = _features(2_000)
    noise = np.random.default_rng(1).standard_normal(features.shape)
    distances = [frechet_distance(features, features + scale * noise) for scale in (0, 0.5, 1, 2)]
    assert distances[0] == pytest.approx(0, abs=1e-6)
    assert distances == sorted(distances)
    assert distances[1] > 0.01


def test_the_frechet_distance_is_that_of_the_formula():
    one = _features(500)
    two = _features(700, seed=1) * 1.3 + 0.4
    cov_one = np.cov(one.T)
    cov_two = np.cov(two.T)
    of_means = ((one.mean(0) - two.mean(0)) ** 2).sum()
    of_covariances = np.trace(cov_one + cov_two - 2 * sqrtm(cov_one @ cov_two).real)
    assert frechet_distance(one, two) == pytest.approx(of_means + of_covariances, rel=1e-6)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_frechet_distance_of_sets_smaller_than_their_features_is_right(n):
    one = _features(n)
    two = _features(n + 1, seed=1) + 5
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-12)
    assert frechet_distance(one, one) >= 0
    assert frechet_distance(one, one + 2) == pytest.approx(one.shape[1] * 4)
    assert frechet_distance(one, two) == pytest.approx(frechet_distance(two, one))
    of_means = ((one.mean(0) - two.mean(0)) ** 2).sum()
    cov_one, cov_two = np.cov(one.T), np.cov(two.T)
    products = np.linalg.eigvals(cov_one @ cov_two).real.clip(0)
    of_covariances = np.trace(cov_one + cov_two) - 2 * np.sqrt(products).sum()
    assert frechet_distance(one, two) == pytest.approx(of_means + of_covariances, rel=1e-5)


def _with_nan(features):
    features[1, 0] = np.nan
    return features


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (_features(1), r"must have at least 2 rows, got shape \(1, 6\)"),
        (np.zeros((0, 6)), r"must have at least 2 rows, got shape \(0, 6\)"),
        (_with_nan(_features(3)), "must be finite, got NaN or infinity in 1 rows"),
        (_features(3) * np.inf, "must be finite, got NaN or infinity in 3 rows"),
    ],
)
@pytest.mark.parametrize("measure", [frechet_distance, precision_recall_coverage])
def test_features_that_have_no_distance_are_refused(bad, complaint, measure):
    for sets in ((bad, _features(9)), (_features(9), bad)):
        with pytest.raises(ValueError, match=complaint):
            measure(*sets)


def test_two_images_have_precision_recall_and_coverage():
    pair = _features(2)
    assert set(precision_recall_coverage(pair, pair).values()) == {1.0}
    assert set(precision_recall_coverage(pair, pair + 100).values()) == {0.0}


def test_precision_recall_and_coverage_distinguish_ways_to_fail():
    real = _features(800)
    like_real = precision_recall_coverage(real, _features(800, seed=1))
    one_kind = precision_recall_coverage(real, real[:1] + 0.01 * _features(800, seed=2))
    elsewhere = precision_recall_coverage(real, _features(800, seed=3) + 50)
    assert min(like_real.values()) > 0.8
    assert one_kind["precision"] > 0.9
    assert max(one_kind["recall"], one_kind["coverage"]) < 0.1
    assert elsewhere == {"precision": 0, "recall": 0, "coverage": 0}


def test_the_nearest_image_of_a_training_image_is_itself(small_garments):
    images = small_garments.train.tensors()[0].numpy()
    rows, distances = nearest_images(images[[3, 7]], small_garments.train)
    assert list(rows) == [3, 7]
    assert np.allclose(distances, 0, atol=1e-3)
    _, (far,) = nearest_images(1 - images[:1], small_garments.train)
    assert far > 0.1


def test_the_extractor_is_trained_once_and_cited_by_its_checksum(small_garments, monkeypatch):
    monkeypatch.setattr(generation, "EXTRACTOR_EPOCHS", 2)
    first, name = feature_extractor(small_garments, AutoencoderConfig(), progress=False)
    monkeypatch.setattr(generation, "fit", None)
    again, same = feature_extractor(small_garments, AutoencoderConfig(), progress=False)
    assert name == same
    assert "SHA-256" in name
    assert torch.equal(first.head.weight, again.head.weight)
    assert image_features(first, small_garments.test.images).shape == (100, 128)


def test_the_same_images_have_the_same_extractor_however_they_are_split(
    small_garments, monkeypatch, tmp_path
):
    monkeypatch.setattr(generation, "EXTRACTOR_EPOCHS", 2)
    held_out, train = small_garments.val, small_garments.train
    pooled = replace(
        train,
        images=np.concatenate([held_out.images, train.images]),
        labels=np.concatenate([held_out.labels, train.labels]),
    )
    unvalidated = without_validation(replace(small_garments, train=pooled))
    names = []
    for i, data in enumerate((small_garments, unvalidated)):
        monkeypatch.setenv("HW_DATA", str(tmp_path / str(i)))  # so that each is trained
        names.append(feature_extractor(data, AutoencoderConfig(), progress=False)[1])
    assert names[0] == names[1]


def test_a_missing_or_unsuitable_extractor_is_one_clear_error(small_garments, tmp_path):
    autoencoder = save_model(Autoencoder([4], 2), tmp_path / "autoencoder.safetensors")
    for path in (tmp_path / "none.safetensors", autoencoder):
        with pytest.raises(ValueError, match="must be the file of a classifier") as caught:
            feature_extractor(small_garments, AutoencoderConfig(feature_extractor=str(path)))
        assert str(path) in str(caught.value)


def test_a_damaged_cached_extractor_is_told_and_trained_again(
    small_garments, monkeypatch, tmp_path, caplog
):
    monkeypatch.setattr(generation, "EXTRACTOR_EPOCHS", 1)
    _, name = feature_extractor(small_garments, AutoencoderConfig(), progress=False)
    (path,) = tmp_path.rglob("*.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-4] + b"\0\0\0\1")
    caplog.clear()
    _, again = feature_extractor(small_garments, AutoencoderConfig(), progress=False)
    assert again == name
    assert path.read_bytes() == whole
    assert f"will be trained again: {path} is not a model" in caplog.text


def test_an_extractor_that_cannot_be_cached_is_used_all_the_same(
    small_garments, monkeypatch, caplog
):
    def read_only(model, path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(generation, "EXTRACTOR_EPOCHS", 1)
    monkeypatch.setattr(generation, "save_model", read_only)
    model, name = feature_extractor(small_garments, AutoencoderConfig(), progress=False)
    assert image_features(model, small_garments.test.images).shape == (100, 128)
    assert checksum(model) in name
    assert "The classifier cannot be cached: [Errno 13] Permission denied" in caplog.text


def test_images_that_are_not_finite_have_no_nearest_ones(small_garments):
    images = np.full((2, 28, 28), np.nan, dtype=np.float32)
    with pytest.raises(ValueError, match="images must be finite, got NaN or infinity in 2 rows"):
        nearest_images(images, small_garments.train)


def test_real_images_score_better_than_noise(small_garments):
    extractor = Classifier([16]).eval()
    noise = np.random.default_rng(0).random((100, 28, 28), dtype=np.float32)
    table = generation_table(extractor, small_garments, {"noise": noise})
    assert list(table.index) == ["real test images", "noise"]
    assert (
        table.loc["noise", "Fréchet distance"]
        > 5 * table.loc["real test images", "Fréchet distance"]
    )
    assert table.loc["noise", "coverage"] < 0.2 < table.loc["real test images", "coverage"]
