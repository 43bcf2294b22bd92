"""Products in bfloat16: where they are chosen, and that all else stays in float32."""

import pandas as pd
import pytest
import torch
from conftest import ROOT, garments
from torch.utils._python_dispatch import TorchDispatchMode

import hw
from hw.training import precision, select_precision

CPU = torch.device("cpu")
NETWORKS = {
    "classifier": hw.ClassifierConfig(hidden_sizes=[32], dropout=0.3, flip=True, shift=1),
    "autoencoder": hw.AutoencoderConfig(hidden_sizes=[32], code_size=8),
    "convolutional": hw.AutoencoderConfig(hidden_sizes=[], channels=[4, 8], code_size=8),
    "variational": hw.AutoencoderConfig(code_size=8, variational=True, loss="bce"),
}


def _fit(name, number_format):
    config = NETWORKS[name].model_copy(update={"epochs": 3, "precision": number_format})
    network = hw.Classifier if name == "classifier" else hw.Autoencoder
    (run,) = hw.fit_seeds(network.from_config, garments(300), config, progress=False)
    return run


@pytest.fixture
def processor(monkeypatch):
    """A function that sets the instruction sets of the processor, and the compared systems."""

    def set_up(flags, compared):
        monkeypatch.setattr(precision, "_processor_flags", lambda: frozenset(flags))
        monkeypatch.setattr(precision, "COMPARED", compared)

    return set_up


@pytest.mark.parametrize(
    ("flags", "compared", "chosen"),
    [
        (["avx512f", "avx512_bf16"], ("mine",), "bfloat16"),
        (["amx_bf16"], ("mine",), "bfloat16"),
        (["amx_bf16"], ("another",), "float32"),
        (["avx512f"], ("mine",), "float32"),
        ([], ("mine",), "float32"),
    ],
)
def test_auto_needs_a_processor_with_bfloat16_and_a_comparison(flags, compared, chosen, processor):
    processor(flags, compared)
    for given, expected in (("auto", chosen), ("bfloat16", "bfloat16"), ("float32", "float32")):
        config = hw.ClassifierConfig(system="mine", precision=given)
        assert select_precision(config, CPU) == expected


def test_devices_that_tell_nothing_are_taken_for_slow(processor):
    processor(["amx_bf16"], ("mine",))
    assert select_precision(hw.ClassifierConfig(system="mine"), torch.device("mps")) == "float32"


def test_every_compared_system_is_in_the_table_of_experiments():
    _, _, section = (ROOT / "docs/experiments.md").read_text("utf-8").partition("## Precision")
    for system in precision.COMPARED:
        assert f"| {system} |" in section


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_in_bfloat16_what_it_learns_in_float32(name):
    one, other = _fit(name, "float32"), _fit(name, "bfloat16")
    assert not one.history["train_loss"].equals(other.history["train_loss"])
    pd.testing.assert_frame_equal(
        one.history[["train_loss", "val_loss"]],
        other.history[["train_loss", "val_loss"]],
        rtol=0.05,
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_bfloat16_gives_the_same_bits_for_the_same_seed(name):
    one, other = _fit(name, "bfloat16"), _fit(name, "bfloat16")
    pd.testing.assert_frame_equal(
        one.history.drop(columns="seconds"), other.history.drop(columns="seconds"), check_exact=True
    )
    for weight, again in zip(one.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(weight, again)


@pytest.mark.parametrize("name", NETWORKS)
def test_only_products_are_in_bfloat16(name, monkeypatch):
    products, optimizers = [], []
    real_adam = hw.training.loop.adam

    def adam(*arguments):
        optimizers.append(real_adam(*arguments))
        return optimizers[-1]

    monkeypatch.setattr(hw.training.loop, "adam", adam)
    layers = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.ConvTranspose2d)
    handle = torch.nn.modules.module.register_module_forward_hook(
        lambda module, inputs, output: (
            products.append((module.training, output.dtype)) if isinstance(module, layers) else None
        )
    )
    try:
        run = _fit(name, "bfloat16")
    finally:
        handle.remove()
    assert set(products) == {(True, torch.bfloat16), (False, torch.float32)}
    assert {tensor.dtype for tensor in run.model.parameters()} == {torch.float32}
    (optimizer,) = optimizers
    moments = [moment for state in optimizer.state.values() for moment in state.values()]
    assert {moment.dtype for moment in moments} == {torch.float32}


class _Casts(TorchDispatchMode):
    """Counts casts to bfloat16 by the shape of what is cast."""

    def __init__(self):
        super().__init__()
        self.shapes = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function is torch.ops.aten._to_copy.default and kwargs["dtype"] is torch.bfloat16:
            self.shapes.append(tuple(args[0].shape))
        return function(*args, **kwargs)


def test_each_weight_is_cast_once_a_step():
    model = hw.Classifier([32], flip=True)
    with _Casts() as casts, precision.products_in("bfloat16", CPU):
        model.loss(torch.rand(8, 28, 28), torch.zeros(8, dtype=torch.int64))["loss"].backward()
    weights = [(32, 784), (32,), (10, 32), (10,)]
    assert sorted(casts.shapes) == sorted([(8, 784), *weights, (8, 10)])  # images, gradient


def test_a_stack_learns_in_bfloat16_what_it_learns_in_float32():
    settings = {"learning_rates": [0.01, 0.001], "hidden_sizes": [8, 16], "epochs": 2}
    histories = {}
    for number_format in ("float32", "bfloat16"):
        config = hw.SweepConfig(**settings, seeds=[0], precision=number_format)
        results = hw.sweep.train(hw.sweep.grid(config), garments(300))
        tensors = [tensor for result in results for tensor in result.model.parameters()]
        assert {tensor.dtype for tensor in tensors} == {torch.float32}
        histories[number_format] = pd.concat([result.history for result in results])
    one, other = (histories[name][["train_loss", "val_loss"]] for name in histories)
    assert not one.equals(other)
    pd.testing.assert_frame_equal(one, other, rtol=0.02)
