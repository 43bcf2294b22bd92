"""Stacks, processes and single trainings give the same results."""

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import garments
from torch import nn
from torch.nn import functional as F

import hw
from hw import sweep
from hw.models import Network
from hw.sweep.engines import plan
from hw.training import stacking

PLAIN = {"batch_norm": False, "dropout": 0.0, "epochs": 3, "batch_size": 50, "seeds": [0]}


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_DATA", str(tmp_path))


@pytest.fixture(scope="module")
def data():
    return garments(600, 200)


def _assert_alike(one, other):
    """Histories and networks agree as closely as two orders of summation do."""
    columns = other.history.columns.drop("seconds")
    assert np.allclose(one.history[columns], other.history[columns], atol=1e-4, equal_nan=True)
    for ours, theirs in zip(one.model.parameters(), other.model.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4)


def test_members_of_any_widths_depths_rates_and_decays_learn_what_they_would_alone(data):
    config = hw.ClassifierConfig(**PLAIN, schedule="cosine")
    tried = {
        "hidden_sizes": [[16], [8, 12], [16, 8, 8]],
        "learning_rate": [0.01, 0.001],
        "weight_decay": [0.0, 0.1],
    }
    trials = sweep.grid(config, tried)
    assert len(plan(dict(enumerate(trials)))) == 1
    for trial, stacked in zip(trials, sweep.train(trials, data), strict=True):
        model = trial.make_model(data)
        alone = hw.fit(model, data, trial.config, seed=0, progress=False)
        _assert_alike(stacked, hw.training.Result(model, alone, 0))


def test_gradients_with_dropout_are_those_of_autograd(data, monkeypatch):
    rates = {"hidden_sizes": [[8], [8, 6], [8, 6]], "dropout": [0.0, 0.3, 0.6]}
    models = [
        hw.Classifier(sizes, batch_norm=False, dropout=rate)
        for sizes, rate in zip(*rates.values(), strict=True)
    ]
    images, labels = (tensor[:20] for tensor in data.train.tensors(torch.device("cpu")))
    stack = stacking.Stack(models, torch.device("cpu"))
    masks = []

    def drop(activations, dropped):
        before = activations.clone()
        plain(activations, dropped)
        masks.append(torch.where(before > 0, activations / before, 0))  # 0 or the scale

    plain = stacking.drop_
    monkeypatch.setattr(stacking, "drop_", drop)
    losses, _ = stack.backward(images, labels)
    first, second = masks  # after the first layers of all, after the second of two
    assert (first[:, :8] <= 1).all()
    assert first.max() == pytest.approx(1 / 0.4, rel=1e-3)
    for member, model in enumerate(models):
        hidden, *others = model.linear_layers
        x = torch.relu(hidden(images.flatten(1))) * first[:, 8 * member : 8 * member + 8]
        for layer in others[:-1]:
            x = torch.relu(layer(x)) * second[member - 1]
        loss = F.cross_entropy(others[-1](x), labels)
        loss.backward()
        block, row, _, weight_grad = stack.find(member)
        assert losses[member].item() == pytest.approx(20 * loss.item(), rel=1e-4)
        assert torch.allclose(weight_grad, hidden.weight.grad, atol=1e-6)
        assert torch.allclose(block.bias_grad[row], hidden.bias.grad, atol=1e-6)
        for (weight, bias), layer in zip(block.layer_grads, others, strict=True):
            assert torch.allclose(weight[row].T, layer.weight.grad, atol=1e-6)
            assert torch.allclose(bias[row, 0], layer.bias.grad, atol=1e-6)


def test_dropout_in_a_stack_drops_as_often_as_it_should_and_scales_the_rest():
    activations = torch.ones(2_000, 3)
    rates = torch.tensor([0, 2**14, 2**15])  # 0, ¼, ½
    stacking.drop_(activations, rates)
    kept = (activations > 0).float().mean(0)
    assert torch.allclose(kept, torch.tensor([1.0, 0.75, 0.5]), atol=0.05)
    assert activations.amax(0).tolist() == pytest.approx([1, 4 / 3, 2])


@pytest.fixture
def one_thread():
    """As many threads as a process of a sweep has, in which sums have the same order."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.mark.usefixtures("one_thread")
def test_trials_that_cannot_be_stacked_give_the_same_in_processes(data):
    config = hw.ClassifierConfig(epochs=2, batch_size=50, hidden_sizes=[16, 8])
    trials = sweep.grid(config, {"batch_norm": [True, False], "label_smoothing": [0.0, 0.1]})
    assert len(plan(dict(enumerate(trials)))) == 4
    here = sweep.run(data, trials, processes=1, fresh=True, progress=False)
    side_by_side = sweep.run(data, trials, processes=2, fresh=True, progress=False)
    for one, other in zip(side_by_side, here, strict=True):
        assert one.settings == other.settings
        _assert_alike(one, other)


def test_autoencoders_are_swept_and_stored(data):
    config = hw.AutoencoderConfig(epochs=2, hidden_sizes=[8])
    trials = sweep.grid(config, {"code_size": [2, 4], "learning_rate": [0.01, 0.001]})
    first = sweep.run(data, trials, processes=1, progress=False)
    again = sweep.run(data, trials, processes=1, progress=False)
    assert [result.stored for result in first + again] == [False] * 4 + [True] * 4
    for one, other in zip(again, first, strict=True):
        _assert_alike(one, other)
    table = sweep.summary(first)
    assert sweep.best(first)[0].settings == (
        table.loc[table["val_mse"].idxmin(), ["code_size", "learning_rate"]].to_dict()
    )


class Linear(Network):
    """A network from outside the package."""

    monitor = "val_accuracy"
    monitor_mode = "max"

    def __init__(self, spoilt=False):
        super().__init__()
        self.layer = nn.Linear(784, 10)
        if spoilt:
            self.layer.weight.data.fill_(float("nan"))

    @classmethod
    def from_config(cls, config, data):
        return cls(spoilt=config.weight_decay > 0)

    def forward(self, images):
        return self.layer(images.flatten(1))

    def loss(self, images, labels):
        return {"loss": F.cross_entropy(self(images), labels)}

    def scores(self, images, labels):
        return {"accuracy": (self(images).argmax(1) == labels).double().mean().item()}


def test_a_network_of_ones_own_is_swept_and_stored_and_one_that_diverges_is_marked(data):
    config = hw.ClassifierConfig(epochs=2)
    trials = sweep.grid(config, {"weight_decay": [0.0, 0.5]}, build=Linear.from_config)
    first = sweep.run(data, trials, processes=1, progress=False)
    assert [result.diverged for result in first] == [False, True]
    assert isinstance(first[0].model, Linear)
    assert list(first[1].history.columns) == list(first[0].history.columns)
    assert list(first[1].history["epoch"]) == [1, 2]
    assert sweep.best(first) == [first[0]]
    again = sweep.run(data, trials, progress=False)
    assert all(result.stored for result in again)
    pd.testing.assert_frame_equal(again[0].history, first[0].history, rtol=1e-12)


def test_other_source_of_a_network_of_ones_own_is_another_trial(data, monkeypatch):
    (trial,) = sweep.listed(hw.ClassifierConfig(), [{}], build=Linear.from_config)
    store = sweep.Store(data)
    before = store.paths(trial)
    assert store.paths(trial) == before
    monkeypatch.setattr("inspect.getsource", lambda owner: f"class {owner.__name__}: changed")
    assert store.paths(trial) != before
