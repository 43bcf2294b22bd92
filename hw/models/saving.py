"""Saving networks without pickle: tensors in safetensors, everything else in JSON."""

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from hw.files import replacing
from hw.models.autoencoder import Autoencoder, VariationalAutoencoder
from hw.models.classifier import Classifier

_KINDS = {kind.__name__: kind for kind in (Autoencoder, Classifier, VariationalAutoencoder)}


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
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    with replacing(path) as partial:
        save_file(tensors, partial, metadata={"hw": description})
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
