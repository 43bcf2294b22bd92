"""Files of trained networks: no run takes the name of another, each reads back its own."""

import os
import subprocess
import sys

import pandas as pd
import pytest
import torch
from torch import nn

import hw
from hw.training import Result, save_results

RUN = """
import sys
import torch
import hw
from hw.training import Result, save_results
model = hw.Classifier([8]).eval()
for turn in range(25):
    model.head.bias.data.fill_(float(sys.argv[1]) + turn)
    (path,) = save_results([Result(model, None, 0)], "mine")
    assert torch.equal(hw.load_model(path).head.bias, model.head.bias), turn
"""


def _results(*seeds):
    for seed in seeds:
        torch.manual_seed(seed)
        yield Result(hw.Classifier([8]).eval(), pd.DataFrame(), seed)


def test_every_network_has_a_file_named_by_its_system_seed_and_checksum(tmp_path):
    results = list(_results(3, 1))
    paths = save_results(results, "mine", tmp_path / "models")
    expected = [
        f"mine-{result.seed}-{hw.models.checksum(result.model)[:16]}.safetensors"
        for result in results
    ]
    assert [path.name for path in paths] == expected
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == sorted(expected)
    for result, path in zip(results, paths, strict=True):
        assert torch.equal(hw.load_model(path).head.weight, result.model.head.weight)


def test_the_same_network_has_the_same_file_and_another_of_the_same_seed_its_own(tmp_path):
    (result,) = _results(0)
    first = save_results([result], "mine", tmp_path)
    assert save_results([result], "mine", tmp_path) == first
    result.model.head.bias.data += 1
    assert save_results([result], "mine", tmp_path) != first


def test_two_runs_of_a_system_in_one_folder_read_back_their_own_networks(tmp_path):
    both = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, bias], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for bias in ("0", "0.5")
    ]
    assert [process.communicate(timeout=120)[1] for process in both] == ["", ""]
    assert len(list((tmp_path / "models").iterdir())) == 50


def test_saved_networks_can_be_read_by_whom_the_umask_allows(tmp_path):
    before = os.umask(0o027)
    try:
        (path,) = save_results(_results(0), "mine", tmp_path / "models")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o777 == 0o750


def test_a_network_that_does_not_know_its_settings_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"inherit from hw\.models\.Network, got Linear"):
        save_results([Result(nn.Linear(2, 2), pd.DataFrame(), 0)], "mine", tmp_path)


class Tiny(hw.models.Network):
    def __init__(self, size=2, kind=None):
        super().__init__()
        self.layer = nn.Linear(size, size)


def test_a_network_of_an_own_class_is_read_back_by_who_has_the_class(tmp_path):
    model = Tiny(3)
    (path,) = save_results([Result(model, pd.DataFrame(), 0)], "mine", tmp_path)
    again = hw.load_model(path, Tiny)
    assert torch.equal(again.layer.weight, model.layer.weight)
    with pytest.raises(ValueError, match=r"it holds a Tiny: give this class, as in hw\.load_model"):
        hw.load_model(path)
    with pytest.raises(ValueError, match="it holds a Tiny, got the class Classifier"):
        hw.load_model(path, hw.Classifier)


def test_settings_that_a_file_cannot_hold_are_refused(tmp_path):
    with pytest.raises(TypeError, match="settings of Tiny must be numbers, texts or lists"):
        hw.save_model(Tiny(kind=nn.ReLU), tmp_path / "tiny.safetensors")
