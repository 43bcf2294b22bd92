"""Autoencoders, fully connected or convolutional: plain, denoising, and variational."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hw.config import AutoencoderConfig, OptdigitsConfig
from hw.data import Dataset
from hw.models.layers import ChannelsFirst, ChannelsLast
from hw.models.network import Network
from hw.parameters import ParameterError

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}

INITS: dict[str, Callable[[Tensor], Tensor]] = {
    "he": nn.init.kaiming_normal_,
    "orthogonal": lambda weight: nn.init.orthogonal_(weight, gain=2**0.5),
}


class Autoencoder(Network):
    """An encoder to a linear code, and its mirror image as decoder with a sigmoid output.

    Parameters
    ----------
    hidden_sizes
        Units of the encoder's fully connected layers, from the image to the code; the decoder
        has them in reverse.
    code_size
        Length of the code, L.
    channels
        Filters of the convolutions before the fully connected layers, 4 × 4 with stride 2: each
        halves height and width, which must be even. The decoder has transposed convolutions.
    activation
        After each hidden layer, one of ``ACTIVATIONS``.
    init
        Initial weights of the fully connected layers: ``default`` is torch's, which shrinks the
        signal from layer to layer; ``he`` (He et al. 2015) and ``orthogonal`` (Saxe, McClelland
        and Ganguli 2014) keep its size, so that deep networks learn faster.
    loss
        ``mse``, or ``bce``: binary cross-entropy, which takes pixels as probabilities. Both are
        means over pixels.
    noise_std
        Standard deviation of the Gaussian noise added to training images, which the network learns
        to remove (Vincent et al. 2008), in units of the pixel range; 0 for none.
    image_shape
        (H, W), or (H, W, 3) in colour, in pixels.

    Raises
    ------
    ParameterError
        If convolutions cannot halve the images.
    """

    monitor = "val_mse"
    monitor_mode: Literal["max", "min"] = "min"
    outputs_per_code = 1  # of the encoder

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        code_size: int,
        channels: Sequence[int] = (),
        activation: str = "relu",
        init: str = "default",
        loss: str = "mse",
        noise_std: float = 0.0,
        image_shape: Sequence[int] = (28, 28),
    ) -> None:
        super().__init__()
        self.criterion = loss
        self.noise_std = noise_std
        make_activation = ACTIVATIONS[activation]
        bottom = tuple(image_shape)  # between the convolutions and the fully connected layers
        n_channels = image_shape[2] if len(image_shape) == 3 else 1
        if channels:
            height, width = _halve(image_shape[:2], len(channels))
            bottom = (channels[-1], height, width)
        widths = [math.prod(bottom), *hidden_sizes]
        self.encoder = nn.Sequential(
            *_convolutions([n_channels, *channels], make_activation),
            nn.Flatten(),
            *_linear([*widths, code_size * self.outputs_per_code], make_activation),
        )
        self.decoder = nn.Sequential(
            *_linear([code_size, *reversed(widths)], make_activation),
            *([make_activation()] if channels else []),
            nn.Unflatten(1, bottom),
            *_transposed_convolutions([*reversed(channels), n_channels], make_activation),
        )
        if init != "default":
            _initialise(self.encoder, INITS[init])
            _initialise(self.decoder, INITS[init])
        # On a CPU, convolutions take a quarter less time so.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def from_config(cls, config: AutoencoderConfig, data: Dataset | None = None) -> "Autoencoder":
        """Make the network that a configuration describes, for the images of `data`.

        It is a variational one if the configuration says so.
        """
        network = VariationalAutoencoder if config.variational else cls
        settings = network.shared_settings(config)
        if data is not None:
            settings["image_shape"] = data.image_shape
        return network(**settings)

    @classmethod
    def two_dimensional(cls, config: OptdigitsConfig, data: Dataset | None = None) -> Self:
        """Make the network with a code of two numbers, for the images of `data` or for 8 × 8."""
        shape = (8, 8) if data is None else data.image_shape
        return cls(code_size=2, image_shape=shape, **cls.shared_settings(config))

    def encode(self, images: Tensor) -> Tensor:
        """Codes (N, L) of images (N, H, W) with values in [0, 1]."""
        codes: Tensor = self.encoder(images)
        return codes

    def decode(self, codes: Tensor) -> Tensor:
        """Images (N, H, W) with values in [0, 1] of codes (N, L)."""
        return torch.sigmoid(self.decoder(codes))

    def forward(self, images: Tensor) -> Tensor:
        """Reconstructions (N, H, W) of images (N, H, W) with values in [0, 1]."""
        return self.decode(self.encode(images))

    def loss(self, images: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Training loss and mean squared error per pixel of a batch, as 0-d tensors.

        Parameters
        ----------
        images
            (N, H, W), in [0, 1].
        labels
            Not used.

        Returns
        -------
        dict
            ``loss`` and ``mse``.
        """
        logits = self.decoder(self.encode(self.corrupt(images))).float()
        squared_error = F.mse_loss(torch.sigmoid(logits), images)
        if self.criterion == "mse":
            return {"loss": squared_error, "mse": squared_error}
        return {"loss": F.binary_cross_entropy_with_logits(logits, images), "mse": squared_error}

    def scores(self, images: Tensor, labels: Tensor | None = None) -> dict[str, float]:
        """The same as floats; in evaluation mode no noise is added to the images."""
        return {name: value.item() for name, value in self.loss(images).items()}

    def corrupt(self, images: Tensor) -> Tensor:
        """The images (N, H, W), in training with Gaussian noise if ``noise_std`` is not 0."""
        if not (self.training and self.noise_std):
            return images
        return images + self.noise_std * torch.randn_like(images)


class VariationalAutoencoder(Autoencoder):
    """An autoencoder whose encoder gives a Gaussian over codes, with the prior N(0, I).

    Kingma and Welling (2014). The loss is the negative evidence lower bound in nats per image,
    reconstruction + β · KL (β: Higgins et al. 2017). The reconstruction is the binary cross-entropy
    summed over pixels, or with ``loss="mse"`` the summed squared error, which is the negative
    log-likelihood under a Gaussian of variance ½ up to a constant.

    Parameters
    ----------
    beta
        Weight of the Kullback–Leibler divergence; 1 for the evidence lower bound itself.
    """

    monitor = "val_loss"
    outputs_per_code = 2  # mean and log-variance

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        code_size: int,
        channels: Sequence[int] = (),
        activation: str = "relu",
        init: str = "default",
        loss: str = "bce",
        noise_std: float = 0.0,
        beta: float = 1.0,
        image_shape: Sequence[int] = (28, 28),
    ) -> None:
        super().__init__(
            hidden_sizes, code_size, channels, activation, init, loss, noise_std, image_shape
        )
        self.beta = beta

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean (N, L) and log-variance (N, L) of the codes of images (N, H, W)."""
        mean, log_variance = self.encoder(images).float().chunk(2, dim=1)
        return mean, log_variance

    def encode(self, images: Tensor) -> Tensor:
        """Mean codes (N, L) of images (N, H, W) with values in [0, 1]."""
        mean, _ = self.posterior(images)
        return mean

    def loss(self, images: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Negative bound, its two terms and the mean squared error of a batch, as 0-d tensors.

        Parameters
        ----------
        images
            (N, H, W), in [0, 1].
        labels
            Not used.

        Returns
        -------
        dict
            ``loss``, ``reconstruction`` and ``kl`` in nats per image; ``mse`` per pixel of the
            images decoded from sampled codes.
        """
        mean, log_variance = self.posterior(self.corrupt(images))
        codes = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        logits = self.decoder(codes).float()
        squared_error = F.mse_loss(torch.sigmoid(logits), images)
        if self.criterion == "mse":
            reconstruction = squared_error * images[0].numel()
        else:
            cross_entropy = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
            reconstruction = cross_entropy / len(images)
        kl = gaussian_kl(mean, log_variance).mean()
        loss = reconstruction + self.beta * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl, "mse": squared_error}

    def scores(self, images: Tensor, labels: Tensor | None = None) -> dict[str, float]:
        """The same as floats; ``mse`` is that of the images decoded from the mean codes."""
        return super().scores(images) | {"mse": F.mse_loss(self(images), images).item()}


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback–Leibler divergence of diagonal Gaussians from N(0, I), in nats.

    Kingma and Welling (2014), appendix B.

    Parameters
    ----------
    mean
        (N, L).
    log_variance
        (N, L).

    Returns
    -------
    Tensor
        (N,), at least 0.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def _linear(widths: Sequence[int], activation: type[nn.Module]) -> list[nn.Module]:
    """Fully connected layers from width to width, with the activation between them."""
    layers: list[nn.Module] = []
    for n_inputs, n_outputs in pairwise(widths):
        layers += [nn.Linear(n_inputs, n_outputs), activation()]
    return layers[:-1]


def _halve(shape: Sequence[int], times: int) -> list[int]:
    """Height and width after convolutions of stride 2, which must not leave a rest."""
    if any(size % 2**times for size in shape):
        raise ParameterError(
            f"channels must be at most as many as height and width can be halved, got {times} "
            f"for images of {' × '.join(map(str, shape))}"
        )
    return [size // 2**times for size in shape]


def _convolutions(channels: Sequence[int], activation: type[nn.Module]) -> list[nn.Module]:
    """Layers from images to feature maps, each halving H and W; none without convolutions."""
    layers: list[nn.Module] = [ChannelsFirst()] if len(channels) > 1 else []
    for n_inputs, n_outputs in pairwise(channels):
        layers += [nn.Conv2d(n_inputs, n_outputs, 4, stride=2, padding=1), activation()]
    return layers


def _transposed_convolutions(
    channels: Sequence[int], activation: type[nn.Module]
) -> list[nn.Module]:
    """Layers from feature maps back to images, the last without activation."""
    layers: list[nn.Module] = []
    for n_inputs, n_outputs in pairwise(channels):
        layers += [nn.ConvTranspose2d(n_inputs, n_outputs, 4, stride=2, padding=1), activation()]
    return [*layers[:-1], ChannelsLast()] if layers else []


def _initialise(network: nn.Sequential, init: Callable[[Tensor], Tensor]) -> None:
    """Draw weights with `init` and set biases to zero.

    The last layer, which has a linear or a sigmoid output, is drawn as in Glorot and Bengio (2010).
    """
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    for layer in linear:
        init(layer.weight)
        nn.init.zeros_(layer.bias)
    nn.init.xavier_uniform_(linear[-1].weight)
