"""Layers in a row, and saving them without pickle: arrays in safetensors, everything else in JSON."""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from hw.files import replacing
from hw.scratch.layers import BatchNorm, Dropout, Linear, ReLU, Sigmoid

EVALUATION_BATCH = 5_000  # examples per forward pass where no gradient is kept
_KINDS = {kind.__name__: kind for kind in (Linear, BatchNorm, ReLU, Sigmoid, Dropout)}
_KEY = "hw.scratch"  # of the description in the file's metadata


class Sequential:
    """Layers one after another.

    All parameters lie in one vector, `parameters`, and their gradients in another, `gradients`; the layers' own arrays
    are views into them. So an optimiser needs no loop over layers, and a few operations on whole vectors do.

    Parameters
    ----------
    *layers : Layer
        Of one dtype, at least one of them with parameters.

    Raises
    ------
    ValueError
        When the widths or dtypes of the layers do not go together.
    """

    def __init__(self, *layers):
        self.layers = layers
        width, self._output_shape = None, None
        for number, layer in enumerate(layers, start=1):
            if layer.takes is not None and width not in (None, layer.takes):
                raise ValueError(f"layer {number}, {layer}, must take the {width} features it gets, got {layer.takes}")
            width = layer.gives or width
        dtypes = {array.dtype for layer in layers for array in layer.parameters.values()}
        if len(dtypes) != 1 or not dtypes <= {np.dtype(np.float32), np.dtype(np.float64)}:
            raise ValueError(f"layers must share one dtype, float32 or float64, got {sorted(map(str, dtypes))}")
        self.dtype = dtypes.pop()
        self.parameters, self.gradients = (
            _join([getattr(layer, kind) for layer in layers]) for kind in ("parameters", "gradients")
        )

    def __repr__(self):
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def forward(self, x, training):
        """Outputs (N, K) of inputs (N, D)."""
        for layer in self.layers:
            x = layer.forward(x, training)
        if training:
            self._output_shape = x.shape
        return x

    def backward(self, grad, to_input=True):
        """Set `gradients`, given ∂loss/∂outputs (N, K); returns ∂loss/∂inputs (N, D), unless ``to_input=False``."""
        if grad.shape != self._output_shape:
            raise ValueError(f"grad must have the shape of the last outputs in training, {self._output_shape}, "
                             f"got {grad.shape}")  # fmt: skip
        for layer in self.layers[:0:-1]:
            grad = layer.backward(grad)
        first = self.layers[0]
        return first.backward(grad, to_input) if isinstance(first, Linear) else first.backward(grad)

    def predict(self, inputs):
        """Outputs (N, K) in evaluation mode of inputs (N, D), in large batches."""
        starts = range(0, len(inputs), EVALUATION_BATCH)
        return np.concatenate([self.forward(inputs[i : i + EVALUATION_BATCH], training=False) for i in starts])


def _join(dicts):
    """One vector that holds every array of these dicts; the arrays are replaced by views into it."""
    vector = np.concatenate([array.ravel() for arrays in dicts for array in arrays.values()])
    start = 0
    for arrays in dicts:
        for name, array in arrays.items():
            arrays[name] = vector[start : start + array.size].reshape(array.shape)
            start += array.size
    return vector


def save(net, path):
    """Save a network as one safetensors file, its layers described as JSON in the file's metadata.

    Parameters
    ----------
    net : Sequential
        Its parameters and running statistics are saved, the state of generators is not.
    path : str or Path
        The file; missing folders are made. It is replaced at once or not at all.

    Returns
    -------
    Path
        The file.
    """
    path = Path(path)
    layers = [{"layer": type(layer).__name__, **layer.settings} for layer in net.layers]
    description = json.dumps({"dtype": str(net.dtype), "layers": layers})
    with replacing(path) as partial:
        save_file(_arrays(net.layers), partial, metadata={_KEY: description})
    return path


def load(path, generator=None):
    """Read a network back. Nothing is ever unpickled, and nothing is taken from a file that does not fit.

    Parameters
    ----------
    path : str or Path
        A file that :func:`save` wrote.
    generator : numpy.random.Generator, optional
        For the dropout layers, should training go on.

    Returns
    -------
    Sequential
        With the saved parameters and running statistics.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is not a file of :func:`save`, or its arrays do not fit its layers.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no network at {path}: save one with hw.scratch.save first")
    try:
        with safe_open(path, framework="numpy") as file:
            description = json.loads((file.metadata() or {})[_KEY])
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        layers = [_build(settings, description["dtype"], generator) for settings in description["layers"]]
        arrays = _arrays(layers)
        if found := stored.keys() ^ arrays.keys():
            raise ValueError(f"arrays missing or left over: {', '.join(sorted(found))}")
        for name, array in arrays.items():
            was, must = (f"{a.dtype} {a.shape}" for a in (stored[name], array))
            if was != must:
                raise ValueError(f"array {name} must be {must}, got {was}")
            array[...] = stored[name]
        return Sequential(*layers)
    except (SafetensorError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError,
            MemoryError) as error:  # fmt: skip
        raise ValueError(f"{path} is not a network saved by hw.scratch, or damaged: {error}") from None


def _build(settings, dtype, generator):
    """The layer of a description; its weights are zeros, which take no memory before they are filled."""
    settings = dict(settings)
    kind = _KINDS[settings.pop("layer")]
    extra = {Linear: {"generator": None, "dtype": dtype}, BatchNorm: {"dtype": dtype},
             Dropout: {"generator": generator}}.get(kind, {})  # fmt: skip
    return kind(**settings, **extra)


def _arrays(layers):
    """Every array of these layers, by name: ``0.weight``, ``1.running_mean``, …"""
    return {
        f"{number}.{name}": array
        for number, layer in enumerate(layers)
        for name, array in (layer.parameters | layer.statistics).items()
    }
