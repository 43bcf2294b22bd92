"""Recorded training steps: equal to plain ones on a GPU; on a CPU, the code around them."""

import logging

import pandas as pd
import pytest
import torch

import hw
from hw.training import graphs, loop, stacking

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


class _Replayed:
    """Acts like a CUDA graph on a CPU: repeats the step on the buffers, into the same outputs."""

    def __init__(self, step, inputs, outputs):
        self.step = step
        self.inputs = inputs
        self.outputs = outputs
        self.replays = 0

    def replay(self):
        self.replays += 1
        for name, value in self.step(*self.inputs).items():
            self.outputs[name].copy_(value)


@pytest.fixture
def recorded(monkeypatch):
    """Replace graphs by ones for a CPU; the list of those that were recorded."""
    made = []

    def record(step, inputs):
        for _ in range(graphs.WARM_UP):
            outputs = step(*inputs)
        made.append(
            _Replayed(step, inputs, {name: value.clone() for name, value in outputs.items()})
        )
        return made[-1], made[-1].outputs

    monkeypatch.setattr(graphs, "on_gpu", lambda tensor: True)
    monkeypatch.setattr(graphs, "_record", record)
    return made


def _classifier(data, **settings):
    config = hw.ClassifierConfig(
        **{"hidden_sizes": [16], "epochs": 3, "batch_size": 64, "dropout": 0.3} | settings
    )
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return run


def _assert_alike(one, other, tolerance=0.0):
    columns = one.history.columns.drop("seconds")
    pd.testing.assert_frame_equal(
        one.history[columns], other.history[columns], rtol=tolerance, atol=tolerance
    )
    for name, tensor in one.model.state_dict().items():
        torch.testing.assert_close(
            tensor, other.model.state_dict()[name], rtol=tolerance, atol=tolerance
        )


def test_a_recording_leaves_no_trace_and_the_last_batch_goes_the_plain_way(
    small_garments, recorded, monkeypatch
):
    through_graph = _classifier(small_garments, schedule="cosine")
    (graph,) = recorded
    n = len(small_garments.train)
    assert n % 64
    assert graph.replays == 3 * (n // 64)
    monkeypatch.setattr(graphs, "on_gpu", lambda tensor: False)
    _assert_alike(through_graph, _classifier(small_garments, schedule="cosine"))


def test_a_stack_is_recorded_too(small_garments, recorded, monkeypatch):
    config = hw.SweepConfig(
        learning_rates=[0.01, 0.001], hidden_sizes=[8, 16], epochs=2, batch_size=64, seeds=[0]
    )
    grid = hw.sweep.grid(config)
    through_graph = hw.sweep.train(grid, small_garments)
    assert len(recorded) == 1
    monkeypatch.setattr(graphs, "on_gpu", lambda tensor: False)
    for one, other in zip(through_graph, hw.sweep.train(grid, small_garments), strict=True):
        _assert_alike(one, other)


def test_where_a_recording_fails_training_goes_on_without_and_says_so(
    small_garments, monkeypatch, caplog
):
    def fail(step, inputs):
        step(*inputs)
        raise RuntimeError("operation not permitted when stream is capturing")

    plain = _classifier(small_garments)
    monkeypatch.setattr(graphs, "on_gpu", lambda tensor: True)
    monkeypatch.setattr(graphs, "_record", fail)
    with caplog.at_level(logging.WARNING):
        _assert_alike(_classifier(small_garments), plain)
    assert "Training goes on without a CUDA graph: operation not permitted" in caplog.text


@gpu
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_on_a_gpu_recorded_steps_equal_plain_ones(small_garments, schedule, monkeypatch):
    settings = {"device": "cuda", "dropout": 0.0, "schedule": schedule}
    through_graph = _classifier(small_garments, **settings)
    for module in (loop, stacking):
        monkeypatch.setattr(module, "capture_step", lambda step, *rest: step)
    _assert_alike(through_graph, _classifier(small_garments, **settings), tolerance=1e-4)


@gpu
def test_a_gpu_gives_the_same_bits_twice(small_garments):
    _assert_alike(*(_classifier(small_garments, device="cuda") for _ in range(2)))
