"""The torch networks, and saving them without pickle: tensors in safetensors, everything else in JSON."""

import json
from pathlib import Path

import pandas as pd
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from hw.files import replacing


class Classifier(nn.Module):
    """Multilayer perceptron for images: hidden layers of Linear, BatchNorm, ReLU, Dropout, then one logit per class.

    Parameters
    ----------
    hidden_sizes : list[int]
        Units of each hidden layer.
    batch_norm : bool
        Batch normalisation (Ioffe and Szegedy 2015) between each hidden Linear and its ReLU.
    dropout : float
        Rate in [0, 1) after each hidden ReLU (Srivastava et al. 2014).
    plain_last : bool
        The last hidden layer goes without batch normalisation and dropout.
    label_smoothing : float
        Share of each target that the loss spreads over all classes (Szegedy et al. 2016, section 7).
    flip : bool
        Mirror images at random in training; average the logits of both views in evaluation.
    shift : int
        Largest random translation in training, in pixels.
    image_shape : tuple[int, int]
        Height and width, H and W.
    n_classes : int
        Number of classes, K.
    """

    selects = ("val_accuracy", max)  # the history column, and its best value, by which an epoch is chosen

    def __init__(self, hidden_sizes, batch_norm=True, dropout=0.0, plain_last=False, label_smoothing=0.0, flip=False,
                 shift=0, image_shape=(28, 28), n_classes=10):  # fmt: skip
        super().__init__()
        self.settings = {
            "hidden_sizes": list(hidden_sizes), "batch_norm": batch_norm, "dropout": dropout, "plain_last": plain_last,
            "label_smoothing": label_smoothing, "flip": flip, "shift": shift,
            "image_shape": list(image_shape), "n_classes": n_classes,
        }  # fmt: skip
        self.flip, self.label_smoothing = flip, label_smoothing
        self.augment = nn.Sequential(*([RandomFlip()] if flip else []), *([RandomShift(shift)] if shift else []))
        width = image_shape[0] * image_shape[1]
        layers = []
        for number, size in enumerate(hidden_sizes, start=1):
            plain = plain_last and number == len(hidden_sizes)
            layers.append(nn.Linear(width, size))
            if batch_norm and not plain:
                layers.append(nn.BatchNorm1d(size))
            layers.append(nn.ReLU(inplace=True))
            if dropout and not plain:
                layers.append(Dropout(dropout))
            width = size
        self.features = nn.Sequential(nn.Flatten(), *layers)
        self.head = nn.Linear(width, n_classes)

    @classmethod
    def from_config(cls, config):
        """Network that a :class:`hw.ClassifierConfig` describes."""
        names = ("hidden_sizes", "batch_norm", "dropout", "plain_last", "label_smoothing", "flip", "shift")
        return cls(**{name: getattr(config, name) for name in names})

    def forward(self, images):  # (N, H, W) in [0, 1]
        """Logits (N, K) of images (N, H, W) with values in [0, 1]."""
        if self.training:
            return self.head(self.features(self.augment(images)))
        logits = self.head(self.features(images))
        if self.flip:
            logits = (logits + self.head(self.features(images.flip(-1)))) / 2
        return logits

    def loss(self, images, labels):
        """Training loss and accuracy of a batch, as 0-d tensors: ``{"loss": …, "accuracy": …}``."""
        logits = self(images)
        return {
            "loss": F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing),
            "accuracy": (logits.detach().argmax(1) == labels).float().mean(),
        }


class Dropout(nn.Module):
    """Sets each activation to zero with probability `rate` in training and scales the others by 1 / (1 − rate).

    Compares 16 raw random bits per activation with a threshold, which takes half the time of ``torch.nn.Dropout`` on a
    CPU; the rate is exact to 2⁻¹⁶, and the scale uses the rate that is really applied.
    """

    def __init__(self, rate):
        super().__init__()
        dropped = round(rate * 2**16)
        self.rate, self.threshold, self.scale = rate, dropped - 2**15, 2**16 / (2**16 - dropped)

    def forward(self, x):
        """Same shape as `x`."""
        if not self.training:
            return x
        words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64, device=x.device).random_(-(2**63), None)
        bits = words.view(torch.int16)[: x.numel()].view(x.shape)
        return x * ((bits >= self.threshold) * self.scale)

    def extra_repr(self):
        """Shown when the network is printed."""
        return f"rate={self.rate}"


class RandomFlip(nn.Module):
    """Mirrors each image (N, H, W) left to right with probability ½."""

    def forward(self, images):
        """Same shape as `images`."""
        mirrored = torch.rand(len(images), 1, 1, device=images.device) < 0.5
        return torch.where(mirrored, images.flip(-1), images)


class RandomShift(nn.Module):
    """Moves each image (N, H, W) by up to `pixels` in both directions, filling with zeros."""

    def __init__(self, pixels):
        super().__init__()
        self.pixels = pixels

    def forward(self, images):
        """Same shape as `images`."""
        n, height, width = images.shape
        padded = F.pad(images, [self.pixels] * 4)
        windows = padded.unfold(1, height, 1).unfold(2, width, 1)  # (N, 2p+1, 2p+1, H, W), a view
        down, right = torch.randint(2 * self.pixels + 1, (2, n), device=images.device)
        return windows[torch.arange(n, device=images.device), down, right]

    def extra_repr(self):
        """Shown when the network is printed."""
        return f"pixels={self.pixels}"


def layer_table(model, image_shape=(28, 28)):
    """The layers of a network with the shapes that they put out and their numbers of parameters (torchinfo).

    Parameters
    ----------
    model : torch.nn.Module
        Takes images (N, H, W).
    image_shape : tuple[int, int]
        H and W.

    Returns
    -------
    pandas.DataFrame
        Index ``layer``; columns ``output shape`` (with N for the batch) and ``parameters``; the sum last.
    """
    from torchinfo import summary

    leaves = [layer for layer in summary(model, (2, *image_shape), verbose=0).summary_list if layer.is_leaf_layer]
    table = pd.DataFrame({
        "layer": [layer.class_name for layer in leaves],
        "output shape": [" × ".join(["N", *map(str, layer.output_size[1:])]) for layer in leaves],
        "parameters": [sum(tensor.numel() for tensor in layer.module.parameters()) for layer in leaves],
    })  # fmt: skip
    table.loc[len(table)] = ["all", "", table["parameters"].sum()]
    return table.set_index("layer")


_KINDS = {kind.__name__: kind for kind in (Classifier,)}


def save_model(model, path):
    """Save a network as one safetensors file, its class and settings as JSON in the file's metadata.

    Parameters
    ----------
    model : Classifier
        Any network of this module.
    path : str or Path
        The file; missing folders are made. It is replaced at once or not at all.

    Returns
    -------
    Path
        The file.
    """
    path = Path(path)
    description = json.dumps({"class": type(model).__name__, "settings": model.settings})
    with replacing(path) as partial:
        save_file(model.state_dict(), partial, metadata={"hw": description})
    return path


def load_model(path):
    """Read a network back, on the CPU and in evaluation mode. Nothing is ever unpickled.

    Parameters
    ----------
    path : str or Path
        A file that :func:`save_model` wrote.

    Returns
    -------
    torch.nn.Module
        Of the class that was saved.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not a safetensors file of this package, or its tensors do not fit its settings.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}: save one with hw.save_model first")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a dict
            description = json.loads((file.metadata() or {})["hw"])
        model = _KINDS[description["class"]](**description["settings"])
        model.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} is not a model of this package, or damaged: {error}") from None
    return model.eval()
