"""The store of finished trials: nothing is trained twice."""

import hashlib
import inspect
import json
import logging
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from safetensors import SafetensorError
from safetensors.torch import load, save

from hw.data import Dataset, Split
from hw.files import atomic_write, data_folder
from hw.training.optimisation import select_device
from hw.training.precision import select_precision
from hw.training.results import Result
from hw.training.trials import SHARED, Build, Trial

log = logging.getLogger(__name__)

CODE_FOLDERS = ("data", "models", "scratch", "sweep", "training")  # code that results depend on


class Store:
    """The finished trials on some data, in the folder ``trials`` beside the cached data sets.

    The key of a trial is a hash of everything that affects its result: settings, seed, engine,
    data, this package's code, torch, and of a network from elsewhere the source of its class or of
    the function that makes it, and of the classes and functions which that names.

    Parameters
    ----------
    data
        What the trials are trained on.
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data

    def save(self, result: Result, trial: Trial) -> None:
        """Save a finished trial atomically."""
        model_path, history_path = self.paths(trial)
        tensors = {name: value.contiguous() for name, value in result.model.state_dict().items()}
        weights = save(tensors)
        with atomic_write(model_path) as partial_path:
            partial_path.write_bytes(weights)
        history = result.history.to_json(orient="split", double_precision=15)
        record = {
            "model": _digest(weights),
            "history": history,
            "checksum": _digest(history.encode()),
        }
        with atomic_write(history_path) as partial_path:
            partial_path.write_text(json.dumps(record), encoding="utf-8")

    def load(self, trial: Trial) -> Result | None:
        """Load the result of a trial; None if it is missing or damaged, which is logged."""
        model_path, history_path = self.paths(trial)
        if not history_path.exists():
            return None
        try:
            record = json.loads(history_path.read_text(encoding="utf-8"))
            weights = model_path.read_bytes()
            expected = (record["model"], record["checksum"])
            if (_digest(weights), _digest(record["history"].encode())) != expected:
                raise ValueError("checksum mismatch")
            frame = pd.DataFrame(**json.loads(record["history"]))
            history = frame.astype(float).astype({"epoch": int})
            model = trial.build(trial.config, self.data)
            model.load_state_dict(load(weights))
            return Result(model.eval(), history, trial.seed, trial.settings, stored=True)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            log.warning(
                "The stored trial %s is damaged and will be trained again: %s",
                history_path.name,
                error,
            )
            return None

    def paths(self, trial: Trial) -> tuple[Path, Path]:
        """Files of a trial: its weights, and its history with the checksums of both."""
        facts = {
            "settings": trial.config.model_dump(exclude=SHARED),
            "seed": trial.seed,
            "precision": select_precision(trial.config, select_device(trial.config.device)),
            "engine": trial.engine,
            "network": _describe_build(trial.build),
            "data": self._data_digests,
            "code": CODE_VERSION,
            "torch": version("torch"),
        }
        key = _digest(json.dumps(facts, sort_keys=True).encode())[:32]
        path = data_folder() / "trials" / key
        return path.with_suffix(".safetensors"), path.with_suffix(".json")

    @cached_property
    def _data_digests(self) -> list[list[str]]:
        return [_describe(self.data.train), _describe(self.data.val)]


def hash_code(package: Path) -> str:
    """SHA-256 of the names and contents of all files in the package's ``CODE_FOLDERS``."""
    digest = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((package / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(package).as_posix()
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


# Of the code that this process runs: files that are edited later do not change it.
CODE_VERSION = hash_code(Path(__file__).parents[1])


def _describe_build(build: Build) -> list[str]:
    """The name of what makes a network, and its source unless it is of this package."""
    owner = getattr(build, "__self__", build)  # the class, if it is one of its methods
    name = f"{owner.__module__}.{owner.__qualname__}.{build.__name__}"
    if owner.__module__.startswith("hw."):
        return [name]
    texts = [name, inspect.getsource(owner)]
    if inspect.isfunction(owner):
        found = inspect.getclosurevars(owner)
        used = {**found.nonlocals, **found.globals}
        texts += [f"{word} {_describe_value(value)}" for word, value in sorted(used.items())]
    return texts


def _describe_value(value: Any) -> str:
    is_code = inspect.isclass(value) or inspect.isfunction(value)
    return inspect.getsource(value) if is_code else repr(value)


def _describe(split: Split) -> list[str]:
    """The arrays of a split as a digest, and how they are scaled."""
    content = split.images.tobytes() + split.labels.tobytes()
    return [_digest(content), str(split.images.dtype), str(split.max_value)]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
