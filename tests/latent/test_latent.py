"""The code space: codes, densities to draw from, maps."""

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from hw.data import Split, make_garments
from hw.latent import (
    decode,
    encode,
    fit_code_density,
    interpolate,
    linear_baselines,
    project,
    reconstruction_errors,
    sample_mixture,
    sample_prior,
)
from hw.models import Autoencoder
from hw.training import evaluate


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Autoencoder([16], 4).eval()


@pytest.fixture
def split():
    return Split(*make_garments(60, np.random.default_rng(0)))


def test_decoded_codes_are_the_reconstructions(network, split):
    codes = encode(network, split)
    assert codes.shape == (60, 4)
    images, _ = split.tensors()
    assert np.allclose(decode(network, codes), network(images).detach(), atol=1e-6)
    errors = reconstruction_errors(network, split)
    assert errors.shape == (60,)
    assert errors.mean() == pytest.approx(evaluate(network, split)["mse"], rel=1e-5)


def test_pca_loses_nothing_with_all_components_and_is_better_than_the_mean(split):
    of_five, of_mean = linear_baselines(split, split, 5).values()
    of_all, _ = linear_baselines(split, split, 784).values()
    assert of_all == pytest.approx(0, abs=1e-6)
    assert 0 < of_five < of_mean
    rows = split.images.reshape(60, -1) / 255
    assert of_mean == pytest.approx(rows.var(0).mean(), rel=1e-4)


def _clusters(n, generator):
    centres = np.array([[-6.0, 0.0], [6.0, 0.0], [0.0, 8.0], [0.0, -8.0], [9.0, 9.0]])
    return centres[generator.integers(5, size=n)] + generator.standard_normal((n, 2))


def test_the_density_has_the_number_of_components_that_describes_held_out_codes_best():
    generator = np.random.default_rng(0)
    mixture, table = fit_code_density(_clusters(2_000, generator), _clusters(1_000, generator))
    assert mixture.n_components == 5
    assert list(table["components"]) == [1, 2, 5, 10, 20]
    assert table["log_likelihood"].idxmax() == 2


def test_without_held_out_codes_a_tenth_of_the_codes_is_held_out():
    codes = _clusters(2_000, np.random.default_rng(0))
    mixture, _ = fit_code_density(codes, codes[:0])
    assert mixture.n_components == 5


def test_codes_drawn_from_a_mixture_have_its_moments():
    mixture = GaussianMixture(3, random_state=0).fit(_clusters(1_000, np.random.default_rng(0)))
    drawn = sample_mixture(mixture, 50_000, seed=1)
    expected, _ = mixture.sample(50_000)
    assert np.allclose(drawn.mean(0), expected.mean(0), atol=0.15)
    assert np.allclose(np.cov(drawn.T), np.cov(expected.T), rtol=0.03, atol=0.5)
    assert np.array_equal(drawn, sample_mixture(mixture, 50_000, seed=1))


def test_the_prior_is_standard_normal_and_repeats_itself():
    drawn = sample_prior(20_000, 3, seed=2)
    assert np.allclose(np.cov(drawn.T), np.eye(3), atol=0.05)
    assert np.array_equal(drawn, sample_prior(20_000, 3, seed=2))


def test_interpolation_is_a_straight_line_with_both_ends():
    line = interpolate([0.0, 2.0], [4.0, 0.0], n_steps=5)
    assert np.allclose(line, [[0, 2], [1, 1.5], [2, 1], [3, 0.5], [4, 0]])


def test_maps_of_the_codes_are_two_dimensional_and_repeat_themselves():
    codes = np.random.default_rng(0).standard_normal((50, 6))
    first = project(codes)
    again = project(codes)
    shapes = {name: points.shape for name, points in first.items()}
    assert shapes == {"PCA": (50, 2), "t-SNE": (50, 2)}
    assert all(np.array_equal(first[name], again[name]) for name in first)
