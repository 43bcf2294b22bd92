"""Saving networks without pickle: tensors in safetensors, everything else in JSON."""

import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hw.files import atomic_write
from hw.models.autoencoder import Autoencoder, VariationalAutoencoder
from hw.models.classifier import Classifier
from hw.models.network import Network

_CLASSES: dict[str, type[Network]] = {
    network.__name__: network for network in (Autoencoder, Classifier, VariationalAutoencoder)
}


def checksum(model: Network) -> str:
    """SHA-256 of a network's class, settings, weights and buffers, in hexadecimal.

    Raises
    ------
    TypeError
        If the network has no settings, or they are not numbers, texts and lists of them.
    """
    name = type(model).__name__
    if not isinstance(model, Network):
        raise TypeError(
            "model must be a network that knows the settings it was made with: let its class "
            f"inherit from hw.models.Network, got {name}"
        )
    try:
        settings = json.dumps(model.settings)
    except TypeError as error:
        raise TypeError(f"settings of {name} must be numbers, texts or lists: {error}") from None
    digest = hashlib.sha256(f"{name} {settings}".encode())
    digest.update(save(_tensors(model)))
    return digest.hexdigest()


def save_model(model: Network, path: str | Path) -> Path:
    """Save a network as one safetensors file.

    Its class, settings and checksum are in the metadata.

    Parameters
    ----------
    model
        A network of this package, or of a class that inherits from :class:`hw.models.Network`.
    path
        The file; missing folders are created. It is written atomically.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    TypeError
        As :func:`checksum`.
    """
    path = Path(path)
    description = {
        "class": type(model).__name__,
        "settings": model.settings,
        "checksum": checksum(model),
    }
    with atomic_write(path) as partial:
        # Not save_file, whose files only their owner can read.
        partial.write_bytes(save(_tensors(model), metadata={"hw": json.dumps(description)}))
    return path


def load_model(path: str | Path, kind: type[Network] | None = None) -> Network:
    """Load a network, on the CPU and in evaluation mode. Nothing is ever unpickled.

    Parameters
    ----------
    path
        A file that :func:`save_model` wrote.
    kind
        The network's class, if it is not of this package.

    Returns
    -------
    Network
        Of the class that was saved.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it is not a safetensors file of this package, it holds a network of another class, its
        tensors do not fit its settings, or the network is not the one that was saved.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}: save one with hw.save_model first")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a dict
            description = json.loads((file.metadata() or {})["hw"])
        model = _find_class(description["class"], kind)(**description["settings"])
        model.load_state_dict(tensors)
        if checksum(model) != description["checksum"]:
            raise ValueError("checksum mismatch")
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} is not a model of this package, or damaged: {error}") from None
    return model.eval()


def _find_class(name: str, kind: type[Network] | None) -> type[Network]:
    """The class of this name: `kind`, or one of this package."""
    if kind is None and name not in _CLASSES:
        raise ValueError(f"it holds a {name}: give this class, as in hw.load_model(path, {name})")
    if kind is not None and kind.__name__ != name:
        raise ValueError(f"it holds a {name}, got the class {kind.__name__}")
    return kind or _CLASSES[name]


def _tensors(model: Network) -> dict[str, Tensor]:
    return {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
