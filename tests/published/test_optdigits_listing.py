"""The published 64-2-64 network: what its listing does, and the same network corrected."""

import numpy as np
import pytest

from hw.published import optdigits_listing as listing


@pytest.fixture
def rows():
    rows = np.random.default_rng(0).random((30, 64))
    rows[:, :2] = 0  # pixels that are constant
    return rows


def test_the_listed_network_starts_as_published(rows):
    net = listing.listed_network(np.random.default_rng(0), np.float64)
    weights = net.layers[0].parameters["weight"]
    assert weights.shape == (64, 2)
    assert 0 <= weights.min() < weights.max() < 1
    assert set(net.layers[2].parameters["bias"]) == {0.1}
    outputs = net.predict(rows)
    assert listing.published_error(net, rows) == pytest.approx(((outputs - rows) ** 2).sum() / 2)
    assert listing.hidden_codes(net, rows).shape == (30, 2)


def test_differences_agree_with_our_gradients_and_not_with_the_listing(rows):
    table = listing.gradient_table(
        listing.listed_network(np.random.default_rng(0), np.float64), rows
    )
    assert list(table["parameters"]) == [
        "encoder weight",
        "encoder bias",
        "decoder weight",
        "decoder bias",
    ]
    assert (table["hw.scratch"] < 1e-4).all()
    assert (table["as listed"] > 0.1).all()


def test_one_listed_step_turns_the_weights_of_constant_pixels_into_nan(rows):
    net = listing.listed_network(np.random.default_rng(0))
    listing.listed_step(net, rows)
    lost = np.isnan(net.layers[0].parameters["weight"])
    assert lost[:2].all()
    assert not lost[2:].any()
    assert np.isnan(listing.published_error(net, rows))


@pytest.mark.parametrize("network", [listing.listed_network, listing.centred_network])
def test_the_corrected_network_learns_and_its_log_starts_before_training(network, rows):
    generator = np.random.default_rng(0)
    net = network(generator)
    before = listing.published_error(net, rows)
    log = listing.fit_listed(net, rows, 0.05, 60, len(rows), generator, progress=False)
    assert len(log) == 61
    assert log[0] == pytest.approx(before)
    assert log[60] == pytest.approx(listing.published_error(net, rows), rel=1e-6)
    assert log[60] < 0.75 * before
