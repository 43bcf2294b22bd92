"""The store of finished trials: a later sweep does not train them again."""

import hashlib
import json
import logging
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from hw.config import SweepConfig
from hw.data import Dataset, Split
from hw.files import atomic_write, data_folder
from hw.models import Classifier, load_model, save_model
from hw.sweep.grid import Trial
from hw.training import Result, select_device, select_precision

log = logging.getLogger(__name__)

CODE_FOLDERS = ("data", "models", "scratch", "sweep", "training")  # code that results depend on


def save_result(result: Result, data: Dataset, config: SweepConfig) -> None:
    """Save a finished trial atomically, in the folder ``trials`` beside the cached data sets.

    Parameters
    ----------
    result
        The finished trial.
    data
        What it was trained on.
    config
        The sweep's settings.
    """
    model_path, history_path = _paths(Trial.of(result), data, config)
    if not isinstance(result.model, Classifier):
        raise TypeError(f"result.model must be a Classifier, got {type(result.model).__name__}")
    save_model(result.model, model_path)
    history = result.history.to_json(orient="split", double_precision=15)
    record = {
        "model": _digest(model_path.read_bytes()),
        "history": history,
        "checksum": _digest(history.encode()),
    }
    with atomic_write(history_path) as partial_path:
        partial_path.write_text(json.dumps(record), encoding="utf-8")


def load_result(trial: Trial, data: Dataset, config: SweepConfig) -> Result | None:
    """Load the stored result of a trial.

    Returns
    -------
    Result or None
        None if it is missing or damaged; damage is logged.
    """
    model_path, history_path = _paths(trial, data, config)
    if not history_path.exists():
        return None
    try:
        record = json.loads(history_path.read_text(encoding="utf-8"))
        expected = (record["model"], record["checksum"])
        if (_digest(model_path.read_bytes()), _digest(record["history"].encode())) != expected:
            raise ValueError("checksum mismatch")
        history = pd.DataFrame(**json.loads(record["history"])).astype(float).astype({"epoch": int})
        return Result(load_model(model_path), history, trial.seed, trial.settings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning(
            "The stored trial %s is damaged and will be trained again: %s", history_path.name, error
        )
        return None


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


def _key(trial: Trial, data: Dataset, config: SweepConfig) -> str:
    """Cache key of a trial: a hash of everything that affects its result."""
    facts = asdict(trial) | {
        "epochs": config.epochs,
        "batch_size": config.batch_size,
        "schedule": config.schedule,
        "engine": config.engine,
        "precision": select_precision(config, select_device(config.device)),
        "train": _describe(data.train),
        "val": _describe(data.val),
        "code": CODE_VERSION,
        "torch": version("torch"),
    }
    return _digest(json.dumps(facts, sort_keys=True).encode())[:32]


def _describe(split: Split) -> list[str]:
    """The arrays of a split as a digest, and how they are scaled."""
    content = split.images.tobytes() + split.labels.tobytes()
    return [_digest(content), str(split.images.dtype), str(split.max_value)]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _paths(trial: Trial, data: Dataset, config: SweepConfig) -> tuple[Path, Path]:
    """Files of a stored trial: its network, and its history with the checksums of both."""
    path = data_folder() / "trials" / _key(trial, data, config)
    return path.with_suffix(".safetensors"), path.with_suffix(".json")
