"""Networks: shapes, layers, and files that are never unpickled."""

import copy
import inspect
import os
import pickle
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

import hw
from hw.models import (
    ACTIVATIONS,
    Dropout,
    RandomFlip,
    RandomShift,
    checksum,
    gaussian_kl,
    layer_table,
)

PARAMETER_FILES = Path(__file__).parents[2] / "notebooks/params"


@pytest.fixture
def network():
    torch.manual_seed(0)
    return hw.Classifier([8, 6], dropout=0.2, plain_last=True).eval()


def test_logits_have_a_column_for_each_class(network):
    assert network(torch.rand(5, 28, 28)).shape == (5, 10)


def test_the_default_network_has_the_published_layers_and_parameters():
    table = layer_table(hw.Classifier.from_config(hw.ClassifierConfig()))
    block = ["Linear", "BatchNorm1d", "ReLU", "Dropout"]
    assert list(table.index) == ["Flatten", *block, *block, "Linear", "ReLU", "Linear", "all"]
    expected = (
        (784 * 512 + 512)
        + 2 * 512
        + (512 * 256 + 256)
        + 2 * 256
        + (256 * 128 + 128)
        + (128 * 10 + 10)
    )
    assert table.loc["all", "parameters"] == expected
    assert list(table["output shape"])[:2] == ["N × 784", "N × 512"]


def test_a_layer_that_runs_for_both_views_of_an_image_is_listed_once():
    recipe = yaml.safe_load((PARAMETER_FILES / "classifier-improved.yaml").read_text())
    config = hw.ClassifierConfig(**recipe)
    assert config.flip
    table = layer_table(hw.Classifier.from_config(config))
    assert table.loc["all", "parameters"] == 921_610
    assert table["parameters"].iloc[:-1].sum() == 921_610
    assert list(table.index).count("Flatten") == 1


def test_settings_are_the_arguments_of_a_network_defaults_included():
    network = hw.VariationalAutoencoder([16, 8], 4, beta=2.0, channels=(2,))
    parameters = list(inspect.signature(hw.VariationalAutoencoder).parameters)
    assert list(network.settings) == parameters
    assert network.settings["hidden_sizes"] == [16, 8]
    assert network.settings["channels"] == [2]
    assert network.settings["loss"] == "bce"
    assert network.settings["beta"] == 2.0
    again = hw.VariationalAutoencoder(**network.settings)
    assert str(again) == str(network)


@pytest.mark.parametrize(
    ("config", "build"),
    [
        (hw.ClassifierConfig(dropout=0.5, flip=True, shift=1), hw.Classifier.from_config),
        (hw.AutoencoderConfig(channels=[4], noise_std=0.1), hw.Autoencoder.from_config),
        (hw.AutoencoderConfig(variational=True, beta=4.0), hw.Autoencoder.from_config),
        (hw.OptdigitsConfig(activation="elu", init="he"), hw.Autoencoder.two_dimensional),
    ],
)
def test_a_network_takes_every_setting_of_its_name_from_the_configuration(config, build):
    settings = build(config).settings
    shared = settings.keys() & type(config).model_fields.keys()
    assert {name: settings[name] for name in shared} == {
        name: getattr(config, name) for name in shared
    }
    assert "hidden_sizes" in shared


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))]
)
def test_a_copy_of_a_network_has_its_settings(network, copied):
    assert copied(network).settings == network.settings


def test_changing_a_list_that_made_a_network_does_not_change_its_settings():
    sizes = [8]
    network = hw.Classifier(sizes)
    sizes.append(4)
    assert network.settings["hidden_sizes"] == [8]


def test_a_network_refuses_arguments_that_it_does_not_know():
    with pytest.raises(TypeError, match="hiden_sizes"):
        hw.Classifier(hiden_sizes=[8])


def test_the_file_of_a_network_has_the_permissions_of_any_new_file(network, tmp_path):
    before = os.umask(0o027)
    try:
        path = hw.save_model(network, tmp_path / "model.safetensors")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_networks_with_the_same_checksum_have_the_same_settings_and_weights(network):
    same = copy.deepcopy(network)
    assert checksum(same) == checksum(network)
    same.head.bias.data[0] += 1e-6
    assert checksum(same) != checksum(network)
    other = hw.Classifier([8, 6], dropout=0.3, plain_last=True)
    other.load_state_dict(network.state_dict())
    assert checksum(other) != checksum(network)


def test_a_network_is_the_same_after_saving_and_reading_back(network, tmp_path):
    images = torch.rand(7, 28, 28)
    path = hw.save_model(network, tmp_path / "deep" / "model.safetensors")
    assert torch.equal(hw.load_model(path)(images), network(images))
    assert [path.name for path in path.parent.iterdir()] == ["model.safetensors"]


def test_a_saved_network_is_read_by_plain_safetensors_too(network, tmp_path):
    tensors = load_file(hw.save_model(network, tmp_path / "net.safetensors"))
    assert tensors.keys() == network.state_dict().keys()
    assert all(torch.equal(tensor, network.state_dict()[name]) for name, tensor in tensors.items())


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
    save_file(
        load_file(path),
        path,
        metadata={"hw": '{"class": "Classifier", "settings": {"hidden_sizes": [9]}}'},
    )


def _with_another_weight(path, tmp_path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _with_another_rate(path, tmp_path):
    before = path.read_bytes()
    path.write_bytes(before.replace(b'\\"dropout\\": 0.2', b'\\"dropout\\": 0.3'))
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    "spoil",
    [
        _truncated,
        _pickled,
        _without_description,
        _of_another_class,
        _with_other_settings,
        _with_another_weight,
        _with_another_rate,
    ],
)
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


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("init", ["default", "he", "orthogonal"])
@pytest.mark.parametrize(
    "layers", [{"hidden_sizes": [20, 12]}, {"hidden_sizes": [], "channels": [3, 6]}]
)
def test_an_autoencoder_makes_codes_of_images_and_images_of_codes(variational, init, layers):
    config = hw.AutoencoderConfig(variational=variational, code_size=5, init=init, **layers)
    network = hw.Autoencoder.from_config(config).eval()
    images = torch.rand(7, 28, 28)
    assert network.encode(images).shape == (7, 5)
    assert network(images).shape == (7, 28, 28)
    assert torch.equal(network(images), network.decode(network.encode(images)))
    assert 0 <= network(images).min() <= network(images).max() <= 1


def test_the_default_autoencoder_has_the_published_layers_and_parameters():
    table = layer_table(hw.Autoencoder.from_config(hw.AutoencoderConfig()))
    hidden = ["Linear", "ReLU", "Linear"]
    assert list(table.index) == ["Flatten", *hidden, *hidden, "Unflatten", "all"]
    assert table.loc["all", "parameters"] == 2 * (784 * 256 + 256 * 64) + 256 + 64 + 256 + 784


def test_orthogonal_weights_keep_the_size_of_a_signal_that_the_default_shrinks():
    torch.manual_seed(0)
    images = torch.rand(50, 28, 28)
    spreads = [
        hw.Autoencoder([256] * 6, 64, init=init).encode(images).std()
        for init in ("default", "orthogonal")
    ]
    assert spreads[1] > 10 * spreads[0]


def test_every_activation_of_the_settings_is_there():
    choices = hw.AutoencoderConfig.model_json_schema()["properties"]["activation"]["enum"]
    assert sorted(choices) == sorted(ACTIVATIONS)


def test_losses_are_means_over_pixels_and_both_report_the_squared_error():
    images = torch.rand(9, 28, 28)
    for loss in ("mse", "bce"):
        torch.manual_seed(0)
        network = hw.Autoencoder([16], 4, loss=loss).eval()
        drawn = network(images)
        scores = network.scores(images)
        assert scores["mse"] == pytest.approx((drawn - images).square().mean().item(), rel=1e-5)
        expected = scores["mse"] if loss == "mse" else torch.nn.BCELoss()(drawn, images).item()
        assert scores["loss"] == pytest.approx(expected, rel=1e-5)


def test_noise_is_added_in_training_only_and_the_target_stays_clean():
    network = hw.Autoencoder([16], 4, noise_std=0.5)
    images = torch.zeros(100, 28, 28)
    assert network.corrupt(images).std().item() == pytest.approx(0.5, abs=0.02)
    assert torch.equal(network.eval().corrupt(images), images)


def test_the_divergence_is_that_of_the_closed_form():
    torch.manual_seed(0)
    mean = torch.randn(20, 6, dtype=torch.float64)
    log_variance = torch.randn(20, 6, dtype=torch.float64)
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(
        normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0)
    ).sum(1)
    assert torch.allclose(gaussian_kl(mean, log_variance), expected)
    assert gaussian_kl(torch.zeros(1, 6), torch.zeros(1, 6)).item() == 0


def test_the_variational_loss_is_reconstruction_plus_beta_times_divergence():
    network = hw.VariationalAutoencoder([16], 4, beta=3.0)
    parts = network.loss(torch.rand(9, 28, 28))
    assert parts["loss"].item() == pytest.approx((parts["reconstruction"] + 3 * parts["kl"]).item())
    assert 300 < parts["reconstruction"] < 700  # about 784 · ln 2 nats at the start


@pytest.mark.parametrize("variational", [False, True])
def test_autoencoders_are_the_same_after_saving_and_reading_back(variational, tmp_path):
    config = hw.AutoencoderConfig(variational=variational, hidden_sizes=[8], code_size=3)
    network = hw.Autoencoder.from_config(config).eval()
    images = torch.rand(4, 28, 28)
    again = hw.load_model(hw.save_model(network, tmp_path / "model.safetensors"))
    assert type(again) is type(network)
    assert torch.equal(again(images), network(images))


SHAPES = [(12, 8), (12, 8, 3), (1, 7), (64, 64, 3)]


def _data(shape):
    images = torch.rand(30, *shape)
    return hw.Dataset.from_arrays(images, torch.arange(30) % 3, max_value=1)


@pytest.mark.parametrize("shape", SHAPES)
def test_networks_take_the_size_colours_and_classes_of_the_data(shape):
    data = _data(shape)
    config = hw.ClassifierConfig(flip=True, shift=2, hidden_sizes=[5])
    classifier = hw.Classifier.from_config(config, data)
    images = data.train.tensors()[0]
    assert classifier(images).shape == (len(images), 3)
    assert classifier.eval()(images).shape == (len(images), 3)
    for variational in (False, True):
        config = hw.AutoencoderConfig(variational=variational, hidden_sizes=[5])
        autoencoder = hw.Autoencoder.from_config(config, data)
        assert autoencoder(images).shape == images.shape
        last = layer_table(autoencoder)["output shape"].iloc[-2]
        assert last == " × ".join(map(str, ("N", *shape)))


@pytest.mark.parametrize("shape", [(12, 8), (12, 8, 3)])
def test_convolutional_autoencoders_take_them_too(shape):
    config = hw.AutoencoderConfig(channels=[4, 6], hidden_sizes=[5])
    data = _data(shape)
    images = data.train.tensors()[0]
    autoencoder = hw.Autoencoder.from_config(config, data)
    assert autoencoder(images).shape == images.shape
    first = next(layer for layer in autoencoder.encoder if isinstance(layer, torch.nn.Conv2d))
    assert first.in_channels == (3 if len(shape) == 3 else 1)


def test_images_that_convolutions_cannot_halve_are_refused():
    with pytest.raises(hw.ParameterError, match=r"^channels must .* got 2 for images of 12 × 10$"):
        hw.Autoencoder([5], 3, channels=[4, 6], image_shape=(12, 10))


def test_images_in_colour_are_mirrored_and_moved_as_their_channels_are():
    grey = torch.rand(50, 6, 5)
    colour = grey[..., None].repeat(1, 1, 1, 3)
    for layer in (RandomFlip(), RandomShift(2)):
        torch.manual_seed(0)
        one = layer(grey)
        torch.manual_seed(0)
        other = layer(colour)
        for channel in range(3):
            assert torch.equal(other[..., channel], one)
