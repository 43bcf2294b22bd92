"""The NumPy network, checked against PyTorch, finite differences, and invalid files and inputs."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors import safe_open
from safetensors.numpy import save_file
from sklearn.metrics import f1_score
from torch import nn

from hw import scratch

HISTORY = [
    "epoch",
    "train_loss",
    "train_accuracy",
    "val_loss",
    "val_accuracy",
    "val_macro_f1",
    "learning_rate",
    "seconds",
]


@pytest.fixture
def generator():
    return np.random.default_rng(0)


class FixedMasks:
    """Stands in for a generator: always draws the same uniform numbers."""

    def __init__(self, uniform):
        self.uniform = uniform

    def random(self, shape, dtype):
        assert shape == self.uniform.shape
        return self.uniform.astype(dtype)


class FixedDropout(nn.Module):
    """The same dropout in torch."""

    def __init__(self, rate, uniform):
        super().__init__()
        self.rate = rate
        self.mask = torch.from_numpy(uniform >= np.float32(rate))

    def forward(self, x):
        return x * self.mask / (1 - self.rate) if self.training else x


def twins(rate=0.3, widths=(12, 16, 9, 5), examples=32):
    """A network of all layers in NumPy and in torch, with the same weights and dropout masks."""
    generator = np.random.default_rng(1)
    d, h1, h2, k = widths
    uniform = generator.random((examples, h1), dtype=np.float32)
    # a bias straight before BatchNorm has a gradient of 0, whose rounding Adam would amplify
    ours = scratch.Sequential(
        scratch.Linear(d, h1, generator),
        scratch.ReLU(),
        scratch.BatchNorm(h1),
        scratch.Dropout(rate, FixedMasks(uniform)),
        scratch.Linear(h1, h2, generator),
        scratch.Sigmoid(),
        scratch.Linear(h2, k, generator),
    )
    theirs = nn.Sequential(
        nn.Linear(d, h1),
        nn.ReLU(),
        nn.BatchNorm1d(h1),
        FixedDropout(rate, uniform),
        nn.Linear(h1, h2),
        nn.Sigmoid(),
        nn.Linear(h2, k),
    )
    with torch.no_grad():
        for layer, module in zip(ours.layers, theirs, strict=True):
            if isinstance(layer, scratch.Linear):
                module.weight.copy_(torch.from_numpy(layer.parameters["weight"].T))
                module.bias.copy_(torch.from_numpy(layer.parameters["bias"]))
    return ours, theirs


def assert_same_state(ours, theirs, tolerance=1e-5):
    for layer, module in zip(ours.layers, theirs, strict=True):
        expected = {name: array.detach().numpy() for name, array in module.state_dict().items()}
        if isinstance(layer, scratch.Linear):
            expected["weight"] = expected["weight"].T
        if isinstance(layer, scratch.BatchNorm):
            expected |= {"gamma": expected.pop("weight"), "beta": expected.pop("bias")}
            del expected["num_batches_tracked"]
        found = layer.parameters | layer.statistics
        assert found.keys() == expected.keys()
        for name, array in found.items():
            np.testing.assert_allclose(
                array, expected[name], atol=tolerance, rtol=tolerance, err_msg=f"{layer} {name}"
            )


def batches(steps, targets="labels", examples=32, d=12, k=5):
    generator = np.random.default_rng(2)
    for _ in range(steps):
        x = generator.standard_normal((examples, d), dtype=np.float32)
        numbers = generator.standard_normal((examples, k), dtype=np.float32)
        yield x, generator.integers(0, k, examples) if targets == "labels" else numbers


OPTIMIZERS = {
    "sgd": (lambda net: scratch.SGD(net, 0.05), lambda p: torch.optim.SGD(p, 0.05)),
    "momentum": (lambda net: scratch.SGD(net, 0.05, 0.9), lambda p: torch.optim.SGD(p, 0.05, 0.9)),
    "adam": (lambda net: scratch.Adam(net, 1e-3), lambda p: torch.optim.Adam(p, 1e-3)),
    "adam with every option": (
        lambda net: scratch.Adam(net, 1e-2, (0.8, 0.95), 0.1, 0.1),
        lambda p: torch.optim.Adam(p, 1e-2, (0.8, 0.95), 0.1, 0.1),
    ),
}
LOSSES = {
    "labels": (scratch.SoftmaxCrossEntropy, nn.CrossEntropyLoss),
    "numbers": (scratch.MeanSquaredError, nn.MSELoss),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("targets", LOSSES)
def test_ten_training_steps_of_every_layer_agree_with_torch(optimizer, targets):
    ours, theirs = twins()
    make_ours, make_theirs = OPTIMIZERS[optimizer]
    our_optimizer = make_ours(ours)
    their_optimizer = make_theirs(theirs.parameters())
    our_loss, their_loss = (kind() for kind in LOSSES[targets])
    for x, y in batches(10, targets):
        value = our_loss.forward(ours.forward(x, training=True), y)
        ours.backward(our_loss.backward())
        our_optimizer.step()
        expected = their_loss(theirs(torch.from_numpy(x)), torch.from_numpy(y))
        their_optimizer.zero_grad()
        expected.backward()
        their_optimizer.step()
        assert value == pytest.approx(expected.item(), abs=1e-5)
    assert_same_state(ours, theirs)
    theirs.eval()
    np.testing.assert_allclose(ours.predict(x), theirs(torch.from_numpy(x)).detach(), atol=1e-5)


def test_adam_agrees_with_torch_on_more_parameters_than_one_block(generator):
    ours = scratch.Sequential(scratch.Linear(300, 500, generator))
    theirs = nn.Linear(300, 500)
    assert ours.parameters.size > 2 * scratch.optimizers.BLOCK
    parameters = ours.layers[0].parameters
    theirs.load_state_dict({name: torch.from_numpy(a.T.copy()) for name, a in parameters.items()})
    our_optimizer = scratch.Adam(ours, 0.01)
    their_optimizer = torch.optim.Adam(theirs.parameters(), 0.01)
    for _ in range(10):
        ours.gradients[...] = generator.standard_normal(ours.gradients.shape)
        for name, parameter in theirs.named_parameters():
            parameter.grad = torch.from_numpy(ours.layers[0].gradients[name].T.copy())
        our_optimizer.step()
        their_optimizer.step()
    assert_same_state(ours, [theirs])


def test_adam_keeps_no_subnormal_moments_where_gradients_have_ceased(generator):
    net = scratch.Sequential(scratch.Linear(30, 20, generator))
    optimizer = scratch.Adam(net)
    net.gradients[...] = generator.standard_normal(net.gradients.shape)
    optimizer.step()
    net.gradients[...] = 0
    smallest = np.finfo(np.float32).smallest_normal
    for _ in range(1500):
        optimizer.step()
        for moment in (optimizer._m, optimizer._v):
            assert not np.any((moment != 0) & (np.abs(moment) < smallest))
    assert not optimizer._m.any()


def numerical_gradient(function, x, step=1e-6):
    """Central differences of a scalar function of `x`, which is changed in place and restored."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + step
        above = function()
        x[index] = kept - step
        gradient[index] = (above - function()) / (2 * step)
        x[index] = kept
    return gradient


def float64_layers():
    generator = np.random.default_rng(3)
    return [
        scratch.Linear(4, 3, generator, np.float64),
        scratch.BatchNorm(4, np.float64),
        scratch.ReLU(),
        scratch.Sigmoid(),
        scratch.Dropout(0.4, FixedMasks(generator.random((6, 4)))),
    ]


@pytest.mark.parametrize("layer", float64_layers(), ids=repr)
def test_gradients_of_a_layer_agree_with_finite_differences(layer, generator):
    x = generator.standard_normal((6, 4))
    for parameter in layer.parameters.values():
        parameter += 0.5 * generator.standard_normal(parameter.shape)
    weights = generator.standard_normal(layer.forward(x, training=True).shape)

    def value():
        return float(np.sum(weights * layer.forward(x, training=True)))

    expected = {
        name: numerical_gradient(value, parameter) for name, parameter in layer.parameters.items()
    }
    expected_input = numerical_gradient(value, x)
    value()
    np.testing.assert_allclose(layer.backward(weights), expected_input, atol=1e-7)
    assert layer.gradients.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(layer.gradients[name], expected[name], atol=1e-7, err_msg=name)


@pytest.mark.parametrize("loss", [scratch.SoftmaxCrossEntropy(), scratch.MeanSquaredError()])
def test_gradients_of_a_loss_agree_with_finite_differences(loss, generator):
    outputs = generator.standard_normal((6, 4))
    targets = generator.integers(0, 4, 6) if loss.classifies else generator.standard_normal((6, 4))
    expected = numerical_gradient(lambda: loss.forward(outputs, targets), outputs)
    loss.forward(outputs, targets)
    np.testing.assert_allclose(loss.backward(), expected, atol=1e-8)


def test_gradients_of_a_whole_network_agree_with_finite_differences(generator):
    net = scratch.Sequential(
        scratch.Linear(4, 5, generator, np.float64),
        scratch.BatchNorm(5, np.float64),
        scratch.Sigmoid(),
        scratch.Linear(5, 3, generator, np.float64),
    )
    x = generator.standard_normal((6, 4))
    labels = generator.integers(0, 3, 6)
    loss = scratch.SoftmaxCrossEntropy()

    def value():
        return loss.forward(net.forward(x, training=True), labels)

    expected = numerical_gradient(value, net.parameters)
    value()
    assert net.backward(loss.backward(), to_input=False) is None
    np.testing.assert_allclose(net.gradients, expected, atol=1e-8)


def test_no_forward_or_backward_pass_changes_what_it_was_given(generator):
    for layer in float64_layers():
        x = generator.standard_normal((6, 4))
        x_before = x.copy()
        grad = generator.standard_normal(layer.forward(x, training=True).shape)
        grad_before = grad.copy()
        layer.backward(grad)
        layer.forward(x, training=False)
        np.testing.assert_array_equal(x, x_before)
        np.testing.assert_array_equal(grad, grad_before)


def test_evaluation_leaves_running_statistics_and_the_pending_backward_pass_alone(generator):
    for layer in float64_layers():
        x = generator.standard_normal((6, 4))
        grad = generator.standard_normal(layer.forward(x, training=True).shape)
        expected = layer.backward(grad)
        before = {name: array.copy() for name, array in layer.statistics.items()}
        layer.forward(generator.standard_normal((3, 4)), training=False)
        np.testing.assert_array_equal(layer.backward(grad), expected)
        for name, array in layer.statistics.items():
            np.testing.assert_array_equal(array, before[name])


def test_layers_stay_in_float32(generator):
    ours, _ = twins()
    loss = scratch.SoftmaxCrossEntropy()
    x, y = next(batches(1))
    outputs = ours.forward(x, training=True)
    loss.forward(outputs, y)
    grad = loss.backward()
    kept = [outputs, grad, ours.backward(grad), ours.parameters, ours.gradients, ours.predict(x)]
    assert {array.dtype for array in kept} == {np.dtype(np.float32)}


def test_first_weights_are_uniform_in_one_over_root_of_the_inputs(generator):
    layer = scratch.Linear(400, 300, generator)
    bound = 1 / 20
    for parameter in layer.parameters.values():
        assert bound * 0.95 < np.abs(parameter).max() <= bound
    assert layer.parameters["weight"].std() == pytest.approx(bound / np.sqrt(3), rel=0.02)


def test_dropout_drops_its_share_keeps_the_mean_and_rests_in_evaluation(generator):
    layer = scratch.Dropout(0.3, generator)
    x = np.ones((400, 500), np.float32)
    y = layer.forward(x, training=True)
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert layer.forward(x, training=False) is x


@settings(deadline=None)
@given(
    arrays(np.float64, (3, 4), elements=st.floats(-1e300, 1e300)),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
)
def test_cross_entropy_is_exact_and_its_gradient_sums_to_zero_for_any_logits(logits, labels):
    loss = scratch.SoftmaxCrossEntropy()
    with np.errstate(over="raise", invalid="raise"):
        value = loss.forward(logits, np.array(labels))
        grad = loss.backward()
    expected = nn.functional.cross_entropy(torch.from_numpy(logits), torch.tensor(labels)).item()
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(grad.sum(axis=1), 0, atol=1e-12)


@settings(deadline=None)
@given(arrays(np.float64, (7,), elements=st.floats(-1e6, 1e6)))
def test_sigmoid_is_exact_for_any_input(x):
    with np.errstate(over="raise", invalid="raise"):
        y = scratch.Sigmoid().forward(x, training=False)
    np.testing.assert_allclose(y, torch.sigmoid(torch.from_numpy(x)), rtol=1e-14, atol=1e-300)


# fit


def tiny_problem(examples=32, pixels=64, k=4, seed=5):
    generator = np.random.default_rng(seed)
    return generator.random((examples, pixels), dtype=np.float32), generator.integers(
        0, k, examples
    )


def train(split=None, val=None, *, seed=0, loss=None, optimizer=scratch.Adam, k=4, **arguments):
    split = split or tiny_problem()
    generator = np.random.default_rng(seed)
    net = scratch.Sequential(
        scratch.Linear(split[0].shape[1], 32, generator),
        scratch.BatchNorm(32),
        scratch.ReLU(),
        scratch.Dropout(0.1, generator),
        scratch.Linear(32, k, generator),
    )
    arguments = {"epochs": 3, "batch_size": 10, "progress": False} | arguments
    arguments |= {"loss": loss or scratch.SoftmaxCrossEntropy(), "optimizer": optimizer(net)}
    return net, scratch.fit(net, split, val, generator=generator, **arguments)


def test_fit_learns_32_random_images_by_heart():
    images, labels = tiny_problem()
    split = (images, labels)
    net, history = train(split, split, epochs=60, optimizer=lambda net: scratch.Adam(net, 0.01))
    np.testing.assert_array_equal(net.predict(images).argmax(axis=1), labels)
    assert history["val_accuracy"].iloc[-1] == history["val_macro_f1"].iloc[-1] == 1
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0] / 5


def test_fit_learns_numbers_with_the_mean_squared_error(generator):
    images, _ = tiny_problem()
    net = scratch.Sequential(scratch.Linear(64, 3, generator))
    history = scratch.fit(
        net,
        (images, images[:, :3]),
        (images, images[:, :3]),
        loss=scratch.MeanSquaredError(),
        optimizer=scratch.SGD(net, 0.05, 0.9),
        epochs=300,
        batch_size=8,
        generator=generator,
        progress=False,
    )
    assert history["val_loss"].iloc[-1] < 1e-3 < history["val_loss"].iloc[0]
    assert history[["train_accuracy", "val_accuracy", "val_macro_f1"]].isna().all(axis=None)


def test_fit_repeats_exactly_under_one_seed_and_differs_under_another():
    (first, table), (again, table_again), (other, _) = (train(seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.parameters, again.parameters)
    pd.testing.assert_frame_equal(
        table.drop(columns="seconds"), table_again.drop(columns="seconds")
    )
    assert not np.array_equal(first.parameters, other.parameters)


def test_history_has_a_row_per_epoch_and_the_columns_in_order():
    _, history = train(
        val=tiny_problem(seed=6), epochs=3, optimizer=lambda net: scratch.SGD(net, 0.25)
    )
    assert list(history.columns) == HISTORY
    assert history["epoch"].tolist() == [1, 2, 3]
    assert history["learning_rate"].tolist() == [0.25] * 3
    assert history.notna().all(axis=None)


def test_history_without_a_validation_split_has_the_same_columns():
    _, history = train()
    assert list(history.columns) == HISTORY
    assert history.filter(like="val_").isna().all(axis=None)
    assert history.filter(like="train_").notna().all(axis=None)


def test_validation_scores_are_those_of_scikit_learn_and_torch():
    images, labels = tiny_problem(examples=50, k=3, seed=6)  # class 3 of 4 has no example
    net, history = train(val=(images, labels))
    logits = net.predict(images)
    y_pred = logits.argmax(axis=1)
    last = history.iloc[-1]
    macro_f1 = f1_score(labels, y_pred, average="macro", zero_division=0)
    assert last["val_accuracy"] == pytest.approx(np.mean(y_pred == labels))
    assert last["val_macro_f1"] == pytest.approx(macro_f1)
    expected = nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(labels)
    ).item()
    assert last["val_loss"] == pytest.approx(expected, abs=1e-6)


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20)


@settings(deadline=None)
@given(PAIRS)
def test_macro_f1_averages_as_scikit_learn_does_over_the_classes_that_occur(pairs):
    labels, y_pred = np.array(pairs).T
    expected = f1_score(labels, y_pred, average="macro", zero_division=0)
    assert scratch.training._macro_f1(labels, y_pred) == pytest.approx(expected, abs=1e-12)


def test_training_scores_are_running_means_weighted_by_batch_size(generator):
    images, labels = tiny_problem(examples=25)
    net = scratch.Sequential(scratch.Linear(64, 4, generator))
    logits = net.predict(images)
    history = scratch.fit(
        net,
        (images, labels),
        None,
        loss=scratch.SoftmaxCrossEntropy(),
        optimizer=scratch.SGD(net, 1e-12),
        epochs=1,
        batch_size=10,
        generator=generator,
        progress=False,
    )
    expected = nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(labels)
    ).item()
    assert history["train_loss"][0] == pytest.approx(expected, abs=1e-6)
    assert history["train_accuracy"][0] == np.mean(logits.argmax(axis=1) == labels)


def test_a_last_batch_of_one_example_is_left_out():
    _, history = train(tiny_problem(examples=31), epochs=1, batch_size=10)
    assert history["train_accuracy"][0] * 30 == pytest.approx(
        round(history["train_accuracy"][0] * 30)
    )
    assert np.isfinite(history["train_loss"][0])


def test_prediction_in_large_batches_equals_one_pass(generator, monkeypatch):
    ours, _ = twins()
    x, _ = next(batches(1))
    expected = ours.forward(x, training=False)
    monkeypatch.setattr(scratch.network, "EVALUATION_BATCH", 5)
    np.testing.assert_allclose(ours.predict(x), expected, atol=1e-6)


def test_the_progress_bar_shows_loss_and_validation_accuracy_and_can_be_silent(capsys):
    train(val=tiny_problem(seed=6), progress=True)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "train_loss=" in shown
    assert "val_accuracy=" in shown
    train()
    assert capsys.readouterr() == ("", "")


def test_a_loss_that_is_not_finite_stops_with_epoch_batch_and_remedy(generator):
    images, labels = tiny_problem()
    net = scratch.Sequential(scratch.Linear(64, 8, generator), scratch.Linear(8, 4, generator))
    calls = []

    class BreaksInTheSixthStep(scratch.SGD):
        def step(self):
            super().step()
            calls.append(None)
            if len(calls) == 5:
                self.net.parameters[...] = 1e38

    with pytest.raises(FloatingPointError) as caught:
        scratch.fit(
            net,
            (images, labels),
            None,
            loss=scratch.SoftmaxCrossEntropy(),
            epochs=9,
            batch_size=8,
            optimizer=BreaksInTheSixthStep(net, 0.5),
            generator=generator,
            progress=False,
        )
    assert str(caught.value) == (
        "loss became nan in epoch 2, batch 2: lower the learning rate (now 0.5) or raise batch_size"
    )


@pytest.mark.filterwarnings("error")
def test_a_learning_rate_far_too_high_is_reported_without_numpy_warnings(generator):
    images, _ = tiny_problem()
    net = scratch.Sequential(scratch.Linear(64, 8, generator), scratch.Linear(8, 64, generator))
    message = r"loss became (inf|nan) in epoch \d+, batch \d+: lower the learning"
    with pytest.raises(FloatingPointError, match=message):
        scratch.fit(
            net,
            (images, images),
            None,
            loss=scratch.MeanSquaredError(),
            optimizer=scratch.SGD(net, 1e6),
            epochs=50,
            batch_size=8,
            generator=generator,
            progress=False,
        )


# refused input

IMAGES, LABELS = tiny_problem()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"epochs": 2.5}, "epochs must be an integer, got 2.5"),
        ({"batch_size": -3}, "batch_size must be at least 1, got -3"),
        ({"split": (IMAGES, LABELS + 1)}, "labels must lie in [0, 4), got 4"),
        ({"split": (IMAGES, LABELS - 1)}, "labels must lie in [0, 4), got -1"),
        ({"val": (IMAGES, LABELS + 1)}, "labels must lie in [0, 4), got 4"),
        ({"split": (IMAGES, LABELS.astype(float))}, "labels must be integers, got float64"),
        (
            {"split": (IMAGES, LABELS[:, None])},
            "labels must have shape (32,) for logits of shape (32, 4), got (32, 1)",
        ),
        (
            {"split": (IMAGES, LABELS[:-1])},
            "train targets must be as many as the inputs (32, 64), got (31,)",
        ),
        (
            {"val": (IMAGES[:, :60], LABELS)},
            "Linear(in_features=64, out_features=32) takes inputs of shape (N, 64), got (1, 60)",
        ),
        (
            {"split": (IMAGES.reshape(32, 8, 8), LABELS)},
            "train inputs must have shape (N, D) with N at least 1, got (32, 8, 8)",
        ),
        (
            {"split": (IMAGES[:0], LABELS[:0])},
            "train inputs must have shape (N, D) with N at least 1, got (0, 64)",
        ),
        (
            {"split": (np.where(IMAGES > 0.9, np.nan, IMAGES), LABELS)},
            "train inputs must be finite, got nan or infinity",
        ),
        (
            {"loss": scratch.MeanSquaredError()},
            "targets must have the shape of the outputs, (32, 4), got (32,)",
        ),
        (
            {"batch_size": 1},
            "a batch must have at least 2 examples for batch normalisation in training, got 1",
        ),
    ],
)
def test_fit_refuses_bad_input_with_one_clear_error(arguments, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is compared
        train(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda g: scratch.Linear(0, 3, g), "in_features must be at least 1, got 0"),
        (lambda g: scratch.Linear(3, "4", g), "out_features must be an integer, got '4'"),
        (lambda g: scratch.BatchNorm(0), "features must be at least 1, got 0"),
        (lambda g: scratch.Dropout(1.0, g), "rate must lie in [0, 1), got 1.0"),
        (
            lambda g: scratch.Sequential(
                scratch.Linear(3, 4, g), scratch.ReLU(), scratch.Linear(5, 2, g)
            ),
            "layer 3, Linear(in_features=5, out_features=2), must take the 4 features it gets, "
            "got 5",
        ),
        (
            lambda g: scratch.Sequential(scratch.Linear(3, 4, g), scratch.BatchNorm(4, np.float64)),
            "layers must share one dtype, float32 or float64, got ['float32', 'float64']",
        ),
        (lambda g: scratch.Adam(net_of(g), -1), "learning_rate must be above 0, got -1"),
        (
            lambda g: scratch.Adam(net_of(g), betas=(0.9, 1.0)),
            "betas must lie in [0, 1), got (0.9, 1.0)",
        ),
        (lambda g: scratch.Adam(net_of(g), epsilon=0), "epsilon must be above 0, got 0"),
        (
            lambda g: scratch.Adam(net_of(g), weight_decay=-0.1),
            "weight_decay must be at least 0, got -0.1",
        ),
        (lambda g: scratch.SGD(net_of(g), float("nan")), "learning_rate must be above 0, got nan"),
        (lambda g: scratch.SGD(net_of(g), 0.1, 1.0), "momentum must lie in [0, 1), got 1.0"),
        (
            lambda g: scratch.Dropout(0.5, None).forward(IMAGES, training=True),
            "Dropout(rate=0.5) must have a generator for training, got None",
        ),
        (
            lambda g: net_of(g).backward(np.zeros((2, 2))),
            "grad must have the shape of the last outputs in training, None, got (2, 2)",
        ),
    ],
)
def test_building_blocks_refuse_bad_settings_with_one_clear_error(build, message, generator):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole message is compared
        build(generator)
    assert str(caught.value) == message


def net_of(generator):
    return scratch.Sequential(scratch.Linear(3, 2, generator))


def test_fit_refuses_an_optimizer_of_another_network(generator):
    other = net_of(generator)
    message = r"optimizer must have been made for this net, got one for Sequential\(Linear"
    with pytest.raises(ValueError, match=message):
        train(optimizer=lambda net: scratch.SGD(other, 0.1))


# files


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_saved_network_comes_back_exactly_and_can_go_on_learning(tmp_path, generator, dtype):
    net = scratch.Sequential(
        scratch.Linear(12, 6, generator, dtype),
        scratch.BatchNorm(6, dtype),
        scratch.Sigmoid(),
        scratch.Dropout(0.25, generator),
        scratch.Linear(6, 5, generator, dtype),
        scratch.ReLU(),
    )
    for x, _ in batches(3):
        net.forward(x.astype(dtype), training=True)
    again = scratch.load(
        scratch.save(net, tmp_path / "new" / "net.safetensors"), np.random.default_rng(0)
    )
    assert repr(again) == repr(net)
    assert again.dtype == dtype
    np.testing.assert_array_equal(again.predict(x.astype(dtype)), net.predict(x.astype(dtype)))
    again.parameters += 1
    assert np.all(again.layers[0].parameters["bias"] == net.layers[0].parameters["bias"] + 1)
    again.forward(x.astype(dtype), training=True)


@pytest.fixture
def saved(tmp_path, generator):
    """A saved network's path, its arrays, and its description."""
    net = scratch.Sequential(
        scratch.Linear(4, 3, generator), scratch.BatchNorm(3), scratch.Dropout(0.5, generator)
    )
    path = scratch.save(net, tmp_path / "net.safetensors")
    with safe_open(path, framework="numpy") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a dict
        return path, stored, json.loads(file.metadata()["hw.scratch"])


def refusal(path):
    with pytest.raises(
        ValueError, match=r"is not a network saved by hw\.scratch, or damaged: "
    ) as caught:
        scratch.load(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def turn_into_int64(stored, description):
    description["dtype"] = "int64"
    stored |= {name: array.astype(np.int64) for name, array in stored.items()}


def edit_layers(change):
    def edit(stored, description):
        change(description["layers"])

    return edit


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda stored, _: stored.pop("0.bias"), "arrays missing or left over: 0.bias"),
        (lambda stored, _: stored.update(extra=np.zeros(1)), "arrays missing or left over: extra"),
        (
            lambda stored, _: stored.update({"0.bias": np.zeros(4, np.float32)}),
            "0.bias must be float32 (3,), got float32 (4,)",
        ),
        (
            lambda stored, _: stored.update({"0.bias": np.zeros(3)}),
            "0.bias must be float32 (3,), got float64 (3,)",
        ),
        (turn_into_int64, "layers must share one dtype, float32 or float64, got ['int64']"),
        (lambda _, description: description.update(dtype="no such dtype"), "no such dtype"),
        (lambda _, description: description.pop("layers"), "layers"),
        (lambda _, description: description.update(layers=7), "not iterable"),
        (lambda _, description: description.update(layers=[]), "left over"),
        (
            edit_layers(lambda layers: layers[0].update(layer="Sequential")),
            "unknown layer 'Sequential'",
        ),
        (
            edit_layers(lambda layers: layers[0].update(layer=["Linear"])),
            "unknown layer ['Linear']",
        ),
        (edit_layers(lambda layers: layers[0].pop("layer")), "layer"),
        (edit_layers(lambda layers: layers[0].update(surprise=1)), "surprise"),
        (edit_layers(lambda layers: layers[0].update(generator=1)), "generator"),
        (
            edit_layers(lambda layers: layers[0].update(in_features=-4)),
            "in_features must be at least 1, got -4",
        ),
        (edit_layers(lambda layers: layers[0].update(in_features=10**14)), "Unable to allocate"),
        (edit_layers(lambda layers: layers[0].update(in_features=10**40)), ""),
        (
            edit_layers(lambda layers: layers[2].update(rate=1.5)),
            "rate must lie in [0, 1), got 1.5",
        ),
        (edit_layers(lambda layers: layers[2].update(rate="much")), ""),
    ],
)
def test_a_crafted_file_is_refused_with_the_reason(saved, edit, reason):
    path, stored, description = saved
    edit(stored, description)
    save_file(stored, path, metadata={"hw.scratch": json.dumps(description)})
    assert reason in refusal(path)


def test_layers_that_do_not_fit_each_other_are_refused(saved, generator):
    path, stored, description = saved
    description["layers"][1]["features"] = 7
    stored |= {name: np.zeros(7, np.float32) for name in stored if name.startswith("1.")}
    save_file(stored, path, metadata={"hw.scratch": json.dumps(description)})
    assert "layer 2, BatchNorm(features=7), must take the 3 features it gets, got 7" in refusal(
        path
    )


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"hw": "{}"},
        {"hw.scratch": "{"},
        {"hw.scratch": "[" * 100_000},
        {"hw.scratch": "[]"},
        {"hw.scratch": "null"},
    ],
)
def test_a_safetensors_file_of_something_else_is_refused(saved, metadata):
    path, stored, _ = saved
    save_file(stored, path, metadata=metadata)
    refusal(path)


def test_files_that_are_cut_short_or_no_safetensors_are_refused(saved):
    path, _, _ = saved
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:100], b"", b"\x80\x04\x95 a pickle", b"\xff" * 64):
        path.write_bytes(content)
        refusal(path)


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        scratch.load(tmp_path / "none")
    assert (
        str(caught.value)
        == f"no network at {tmp_path / 'none'}: save one with hw.scratch.save first"
    )
