"""Networks: shapes, layers, and files that are never unpickled."""

import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

import hw
from hw.models import Dropout, RandomFlip, RandomShift


@pytest.fixture
def network():
    torch.manual_seed(0)
    return hw.Classifier([8, 6], dropout=0.2, plain_last=True).eval()


def test_logits_have_a_column_for_each_class(network):
    assert network(torch.rand(5, 28, 28)).shape == (5, 10)


def test_the_default_network_has_the_published_layers_and_parameters():
    table = hw.layer_table(hw.Classifier.from_config(hw.ClassifierConfig()))
    block = ["Linear", "BatchNorm1d", "ReLU", "Dropout"]
    assert list(table.index) == ["Flatten", *block, *block, "Linear", "ReLU", "Linear", "all"]
    expected = (784 * 512 + 512) + 2 * 512 + (512 * 256 + 256) + 2 * 256 + (256 * 128 + 128) + (128 * 10 + 10)
    assert table.loc["all", "parameters"] == expected
    assert list(table["output shape"])[:2] == ["N × 784", "N × 512"]


def test_a_network_is_the_same_after_saving_and_reading_back(network, tmp_path):
    images = torch.rand(7, 28, 28)
    path = hw.save_model(network, tmp_path / "deep" / "model.safetensors")
    assert torch.equal(hw.load_model(path)(images), network(images))
    assert [path.name for path in path.parent.iterdir()] == ["model.safetensors"]


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model at .*none\.safetensors"):
        hw.load_model(tmp_path / "none.safetensors")


def _truncated(path, tmp_path):
    path.write_bytes(path.read_bytes()[:-10])


def _pickled(path, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    path.write_bytes(pickle.dumps(Bomb()))


def _without_description(path, tmp_path):
    save_file(load_file(path), path)


def _of_another_class(path, tmp_path):
    save_file(load_file(path), path, metadata={"hw": '{"class": "Popen", "settings": {}}'})


def _with_other_settings(path, tmp_path):
    save_file(load_file(path), path, metadata={"hw": '{"class": "Classifier", "settings": {"hidden_sizes": [9]}}'})


@pytest.mark.parametrize("spoil", [_truncated, _pickled, _without_description, _of_another_class, _with_other_settings])
def test_spoilt_and_crafted_files_are_refused(spoil, network, tmp_path):
    path = hw.save_model(network, tmp_path / "model.safetensors")
    spoil(path, tmp_path)
    with pytest.raises(ValueError, match="is not a model of this package, or damaged"):
        hw.load_model(path)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5, 0.75])
def test_dropout_drops_at_its_rate_and_keeps_the_mean(rate):
    torch.manual_seed(0)
    out = Dropout(rate)(torch.ones(1000, 1001))
    assert (out == 0).double().mean().item() == pytest.approx(rate, abs=0.002)
    assert out.mean().item() == pytest.approx(1, abs=0.005)
    assert out.unique().numel() == 2


def test_dropout_does_nothing_in_evaluation():
    x = torch.rand(3, 5)
    assert torch.equal(Dropout(0.5).eval()(x), x)


def test_about_half_of_the_images_are_mirrored():
    torch.manual_seed(0)
    images = torch.rand(1000, 1, 2)
    out = RandomFlip()(images)
    mirrored = (out == images.flip(-1)).all(-1).squeeze()
    assert ((out == images).all(-1).squeeze() | mirrored).all()
    assert 400 < mirrored.sum() < 600


def test_shifted_images_keep_their_pixels_and_move_by_at_most_the_limit():
    torch.manual_seed(0)
    images = torch.zeros(500, 9, 9)
    images[:, 4, 4] = 1
    places = RandomShift(2)(images).nonzero()
    assert len(places) == 500
    assert set(places[:, 1].tolist()) == set(places[:, 2].tolist()) == {2, 3, 4, 5, 6}


def test_evaluation_averages_both_views_of_a_flipping_network():
    network = hw.Classifier([4], flip=True).eval()
    images = torch.rand(3, 28, 28)
    assert torch.allclose(network(images), network(images.flip(-1)), atol=1e-6)
