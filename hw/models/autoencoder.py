"""Autoencoders, fully connected or convolutional: plain, trained to remove noise, and variational."""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "elu": nn.ELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}

INITS = {
    "he": nn.init.kaiming_normal_,
    "orthogonal": lambda weight: nn.init.orthogonal_(weight, gain=2**0.5),
}


class Autoencoder(nn.Module):
    """Encoder to a linear code, and its mirror image as decoder with a sigmoid output.

    Parameters
    ----------
    hidden_sizes : list[int]
        Units of the encoder's fully connected layers, from the image to the code; the decoder has them in reverse.
    code_size : int
        Length of the code, L.
    channels : list[int]
        Filters of the convolutions before the fully connected layers, 4 × 4 with stride 2: each halves height and
        width, which have to be even. The decoder has transposed ones.
    activation : str
        After each hidden layer, one of ``ACTIVATIONS``.
    init : str
        First weights of the fully connected layers: ``default`` are torch's, which shrink the signal from layer to
        layer; ``he`` (He et al. 2015) and ``orthogonal`` (Saxe, McClelland and Ganguli 2014) keep its size, so that
        deep networks learn faster.
    loss : str
        ``mse``, or ``bce``: binary cross-entropy, which takes pixels for probabilities. Both are means over pixels.
    noise_std : float
        Standard deviation of the Gaussian noise on training images, which the network learns to remove (Vincent et al.
        2008); 0 for none.
    image_shape : tuple[int, int]
        Height and width, H and W.
    """

    selects = ("val_mse", min)  # the history column, and its best value, by which an epoch is chosen
    outputs_per_code = 1  # of the encoder

    def __init__(self, hidden_sizes, code_size, channels=(), activation="relu", init="default", loss="mse",
                 noise_std=0.0, image_shape=(28, 28)):  # fmt: skip
        super().__init__()
        self.settings = {
            "hidden_sizes": list(hidden_sizes), "code_size": code_size, "channels": list(channels),
            "activation": activation, "init": init, "loss": loss, "noise_std": noise_std,
            "image_shape": list(image_shape),
        }  # fmt: skip
        self.criterion, self.noise_std = loss, noise_std
        act, (height, width) = ACTIVATIONS[activation], image_shape
        small = (channels[-1], height >> len(channels), width >> len(channels)) if channels else tuple(image_shape)
        widths = [math.prod(small), *hidden_sizes]
        self.encoder = nn.Sequential(
            *_convolutions([1, *channels], act, image_shape),
            nn.Flatten(),
            *_linear([*widths, code_size * self.outputs_per_code], act),
        )
        self.decoder = nn.Sequential(
            *_linear([code_size, *reversed(widths)], act),
            *([act()] if channels else []),
            nn.Unflatten(1, small),
            *_transposed_convolutions([*reversed(channels), 1], act),
        )
        if init != "default":
            _start_from(INITS[init], self.encoder, self.decoder)
        self.to(memory_format=torch.channels_last)  # convolutions on a CPU take three quarters of the time so

    @classmethod
    def from_config(cls, config):
        """Network that a :class:`hw.AutoencoderConfig` describes; of this class, or variational where it says so."""
        names = ("hidden_sizes", "code_size", "channels", "activation", "init", "loss", "noise_std")
        settings = {name: getattr(config, name) for name in names}
        return VariationalAutoencoder(**settings, beta=config.beta) if config.variational else cls(**settings)

    @classmethod
    def two_dimensional(cls, config):
        """Network with a code of two numbers for 8 × 8 images, as a :class:`hw.LatentConfig` describes it."""
        names = ("hidden_sizes", "activation", "init", "noise_std")
        return cls(code_size=2, image_shape=(8, 8), **{name: getattr(config, name) for name in names})

    def encode(self, images):
        """Codes (N, L) of images (N, H, W) with values in [0, 1]."""
        return self.encoder(images)

    def decode(self, codes):
        """Images (N, H, W) with values in [0, 1] of codes (N, L)."""
        return torch.sigmoid(self.decoder(codes))

    def forward(self, images):
        """Reconstructions (N, H, W) of images (N, H, W) with values in [0, 1]."""
        return self.decode(self.encode(images))

    def loss(self, images, labels=None):
        """Training loss and mean squared error of a batch, as 0-d tensors: ``{"loss": …, "mse": …}``."""
        logits = self.decoder(self.encode(self.corrupt(images)))
        squared_error = F.mse_loss(torch.sigmoid(logits), images)
        loss = squared_error if self.criterion == "mse" else F.binary_cross_entropy_with_logits(logits, images)
        return {"loss": loss, "mse": squared_error}

    def scores(self, images, labels=None):
        """The same as floats, in evaluation mode: without noise on the images."""
        return {name: value.item() for name, value in self.loss(images).items()}

    def corrupt(self, images):
        """The images (N, H, W), in training with noise where ``noise_std`` asks for it."""
        if not (self.training and self.noise_std):
            return images
        return images + self.noise_std * torch.randn_like(images)


class VariationalAutoencoder(Autoencoder):
    """Autoencoder whose encoder gives a Gaussian over codes (Kingma and Welling 2014), with the prior N(0, I).

    The loss is the negative evidence lower bound in nats per image, reconstruction + β · KL (β: Higgins et al. 2017).
    The reconstruction is the binary cross-entropy summed over pixels, or with ``loss="mse"`` the summed squared error,
    which is, but for a constant, the negative log-likelihood under a Gaussian of variance ½.

    Parameters
    ----------
    beta : float
        Weight of the Kullback–Leibler divergence; 1 for the evidence lower bound itself.
    """

    selects = ("val_loss", min)
    outputs_per_code = 2  # mean and log-variance

    def __init__(self, hidden_sizes, code_size, channels=(), activation="relu", init="default", loss="bce",
                 noise_std=0.0, beta=1.0, image_shape=(28, 28)):  # fmt: skip
        super().__init__(hidden_sizes, code_size, channels, activation, init, loss, noise_std, image_shape)
        self.settings["beta"] = self.beta = beta

    def posterior(self, images):
        """Mean (N, L) and log-variance (N, L) of the codes of images (N, H, W)."""
        return self.encoder(images).chunk(2, dim=1)

    def encode(self, images):
        """Mean codes (N, L) of images (N, H, W) with values in [0, 1]."""
        return self.posterior(images)[0]

    def loss(self, images, labels=None):
        """Negative bound, its two parts and the mean squared error of a batch, as 0-d tensors.

        Returns
        -------
        dict[str, torch.Tensor]
            ``loss``, ``reconstruction`` and ``kl`` in nats per image; ``mse`` of the images decoded from sampled codes.
        """
        mean, log_variance = self.posterior(self.corrupt(images))
        logits = self.decoder(mean + torch.exp(log_variance / 2) * torch.randn_like(mean))
        squared_error = F.mse_loss(torch.sigmoid(logits), images)
        if self.criterion == "mse":
            reconstruction = squared_error * images[0].numel()
        else:
            reconstruction = F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)
        kl = gaussian_kl(mean, log_variance).mean()
        loss = reconstruction + self.beta * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl, "mse": squared_error}

    def scores(self, images, labels=None):
        """The same as floats, in evaluation mode; ``mse`` is that of the images decoded from the mean codes."""
        return super().scores(images) | {"mse": F.mse_loss(self(images), images).item()}


def gaussian_kl(mean, log_variance):
    """Kullback–Leibler divergence of diagonal Gaussians from N(0, I), in nats (Kingma and Welling 2014, appendix B).

    Parameters
    ----------
    mean, log_variance : torch.Tensor
        (N, L) each.

    Returns
    -------
    torch.Tensor
        (N,), at least 0.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)


def _linear(widths, activation):
    """Fully connected layers from width to width, with the activation between them."""
    layers = []
    for wide, narrow in pairwise(widths):
        layers += [nn.Linear(wide, narrow), activation()]
    return layers[:-1]


def _convolutions(channels, activation, image_shape):
    """Layers from images (N, H, W) to feature maps, each halving height and width; none for a single channel count."""
    layers = [nn.Unflatten(1, (1, image_shape[0]))] if len(channels) > 1 else []
    for before, after in pairwise(channels):
        layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), activation()]
    return layers


def _transposed_convolutions(channels, activation):
    """Layers from feature maps back to images (N, H, W), the last without activation."""
    layers = []
    for before, after in pairwise(channels):
        layers += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), activation()]
    return [*layers[:-1], nn.Flatten(1, 2)] if layers else []


def _start_from(init, *networks):
    """Weights from `init`, those before a linear output or a sigmoid by Glorot and Bengio (2010); biases of zero."""
    for network in networks:
        linear = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer in linear:
            init(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.xavier_uniform_(linear[-1].weight)
