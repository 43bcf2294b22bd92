"""A chain of layers, and saving it without pickle: arrays in safetensors, the rest in JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from hw.files import atomic_write
from hw.scratch.layers import BatchNorm, Dropout, Layer, Linear, ReLU, Sigmoid

EVALUATION_BATCH = 5_000  # examples per forward pass without gradients

_METADATA_KEY = "hw.scratch"  # under which a file describes its layers
_DAMAGE = (  # whatever a crafted or truncated file can raise
    SafetensorError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


class Sequential:
    """Layers one after another.

    All parameters are in one vector, `parameters`, and all gradients in another, `gradients`; the
    arrays of the layers are views into them. An optimiser thus works on two vectors instead of
    looping over layers.

    Parameters
    ----------
    *layers
        Of one dtype; at least one of them has parameters.

    Raises
    ------
    ValueError
        If the widths or dtypes of the layers do not match.
    """

    def __init__(self, *layers: Layer) -> None:
        self.layers = layers
        width = None
        for number, layer in enumerate(layers, start=1):
            if layer.in_features is not None and width not in (None, layer.in_features):
                raise ValueError(
                    f"layer {number}, {layer}, must take the {width} features it gets, "
                    f"got {layer.in_features}"
                )
            width = layer.out_features or width
        dtypes = {array.dtype for layer in layers for array in layer.parameters.values()}
        if len(dtypes) != 1 or not dtypes <= {np.dtype(np.float32), np.dtype(np.float64)}:
            raise ValueError(
                f"layers must share one dtype, float32 or float64, got {sorted(map(str, dtypes))}"
            )
        self.dtype = dtypes.pop()
        self.parameters = _join([layer.parameters for layer in layers])
        self.gradients = _join([layer.gradients for layer in layers])
        self._output_shape: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        """Outputs (N, K) of inputs (N, D)."""
        for layer in self.layers:
            x = layer.forward(x, training)
        if training:
            self._output_shape = x.shape
        return x

    def backward(self, grad: np.ndarray, to_input: bool = True) -> np.ndarray | None:
        """Set `gradients`, given ∂loss/∂outputs (N, K).

        Returns ∂loss/∂inputs (N, D), or None with ``to_input=False``, which is faster.
        """
        if grad.shape != self._output_shape:
            raise ValueError(
                f"grad must have the shape of the last outputs in training, {self._output_shape}, "
                f"got {grad.shape}"
            )
        for layer in self.layers[:0:-1]:
            grad = layer.backward(grad)
        first = self.layers[0]
        if to_input:
            return first.backward(grad)
        if isinstance(first, Linear):
            first.backward_parameters(grad)
        else:
            first.backward(grad)
        return None

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs (N, K) of inputs (N, D) in evaluation mode, computed in large batches."""
        starts = range(0, len(inputs), EVALUATION_BATCH)
        batches = [inputs[start : start + EVALUATION_BATCH] for start in starts]
        return np.concatenate([self.forward(batch, training=False) for batch in batches])


def _join(dicts: list[dict[str, np.ndarray]]) -> np.ndarray:
    """All arrays of these dicts in one vector; the dicts get views into it instead."""
    vector = np.concatenate([array.ravel() for arrays in dicts for array in arrays.values()])
    start = 0
    for arrays in dicts:
        for name, array in arrays.items():
            arrays[name] = vector[start : start + array.size].reshape(array.shape)
            start += array.size
    return vector


def save(net: Sequential, path: str | Path) -> Path:
    """Save a network as one safetensors file, with its layers described in the metadata.

    Parameters
    ----------
    net
        Its parameters and running statistics are saved; the states of generators are not.
    path
        The file; missing folders are created. It is written atomically.

    Returns
    -------
    Path
        The file.
    """
    path = Path(path)
    layers = [{"layer": type(layer).__name__, **layer.settings} for layer in net.layers]
    description = json.dumps({"dtype": str(net.dtype), "layers": layers})
    with atomic_write(path) as partial:
        save_file(_named_arrays(net.layers), partial, metadata={_METADATA_KEY: description})
    return path


def load(path: str | Path, generator: np.random.Generator | None = None) -> Sequential:
    """Load a network. Nothing is ever unpickled, and every array is checked before it is used.

    Parameters
    ----------
    path
        A file that :func:`save` wrote.
    generator
        For the dropout layers; needed only to train the network further.

    Returns
    -------
    Sequential
        With the saved parameters and running statistics.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it was not written by :func:`save`, or its arrays do not fit its layers.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no network at {path}: save one with hw.scratch.save first")
    try:
        with safe_open(path, framework="numpy") as file:
            description = json.loads((file.metadata() or {})[_METADATA_KEY])
            saved = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 -- not a dict
        layers = [_build(each, description["dtype"], generator) for each in description["layers"]]
        _fill(layers, saved)
        return Sequential(*layers)
    except _DAMAGE as error:
        raise ValueError(
            f"{path} is not a network saved by hw.scratch, or damaged: {error}"
        ) from None


def _build(
    description: dict[str, Any], dtype: DTypeLike, generator: np.random.Generator | None
) -> Layer:
    """The layer described; weights are zeros, which take no memory before they are filled."""
    settings = dict(description)
    match settings.pop("layer"):
        case "Linear":
            return Linear(**settings, generator=None, dtype=dtype)
        case "BatchNorm":
            return BatchNorm(**settings, dtype=dtype)
        case "Dropout":
            return Dropout(**settings, generator=generator)
        case "ReLU":
            return ReLU(**settings)
        case "Sigmoid":
            return Sigmoid(**settings)
        case unknown:
            raise ValueError(f"unknown layer {unknown!r}")


def _fill(layers: list[Layer], saved: dict[str, np.ndarray]) -> None:
    """Copy saved arrays into the layers; ValueError unless names, shapes and dtypes match."""
    arrays = _named_arrays(layers)
    if mismatch := saved.keys() ^ arrays.keys():
        raise ValueError(f"arrays missing or left over: {', '.join(sorted(mismatch))}")
    for name, array in arrays.items():
        given = saved[name]
        if (given.dtype, given.shape) != (array.dtype, array.shape):
            raise ValueError(
                f"array {name} must be {array.dtype} {array.shape}, got {given.dtype} {given.shape}"
            )
        array[...] = given


def _named_arrays(layers: Sequence[Layer]) -> dict[str, np.ndarray]:
    """Every array of these layers, by name: ``0.weight``, ``1.running_mean``, …"""
    return {
        f"{number}.{name}": array
        for number, layer in enumerate(layers)
        for name, array in (layer.parameters | layer.statistics).items()
    }
