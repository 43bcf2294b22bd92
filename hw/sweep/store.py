"""Trials of a sweep and their results, and the store that keeps finished ones."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from hw.data import data_folder
from hw.files import replacing
from hw.models import Classifier, load_model, save_model

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trial:
    """One network to be trained."""

    learning_rate: float
    hidden_size: int
    seed: int


@dataclass(frozen=True)
class Result:
    """One trained network: as of its best epoch, with the history of all epochs."""

    trial: Trial
    model: Classifier
    history: pd.DataFrame

    @property
    def diverged(self):
        """Whether its loss stopped being a finite number."""
        return not np.isfinite(self.history["train_loss"]).all()

    @property
    def best_epoch(self):
        """The row of the history with the highest validation accuracy; all NaN where there is none."""
        accuracies = self.history["val_accuracy"]
        return self.history.loc[accuracies.idxmax()] if accuracies.notna().any() else self.history.iloc[0] * np.nan


def store(result, config, data):
    """Store a finished trial, at once or not at all, in the folder ``trials`` beside the cached data sets.

    Parameters
    ----------
    result : Result
        The finished trial.
    config : SweepConfig
        The sweep's settings.
    data : hw.Dataset
        What it was trained on.
    """
    model_path, history_path = _places(result.trial, config, data)
    save_model(result.model, model_path)
    history = result.history.to_json(orient="split", double_precision=15)
    facts = {"model": _digest(model_path.read_bytes()), "history": history, "checksum": _digest(history.encode())}
    with replacing(history_path) as partial_path:
        partial_path.write_text(json.dumps(facts), encoding="utf-8")


def stored(trial, config, data):
    """The stored result of a trial, or None where there is none that is whole; a damaged one is named in the log."""
    model_path, history_path = _places(trial, config, data)
    if not history_path.exists():
        return None
    try:
        facts = json.loads(history_path.read_text(encoding="utf-8"))
        found = (_digest(model_path.read_bytes()), _digest(facts["history"].encode()))
        if found != (facts["model"], facts["checksum"]):
            raise ValueError("its checksum is another one")
        history = pd.DataFrame(**json.loads(facts["history"])).astype(float).astype({"epoch": int})
        return Result(trial, load_model(model_path), history)
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("The stored trial %s is damaged and will be trained again: %s", history_path.name, error)
        return None


def _key(trial, config, data):
    """Name under which a trial is stored: whatever could change its outcome changes it."""
    facts = asdict(trial) | {
        "epochs": config.epochs,
        "batch_size": config.batch_size,
        "schedule": config.schedule,
        "engine": config.engine,
        "train": _digest(data.train.images.tobytes() + data.train.labels.tobytes()),
        "val": _digest(data.val.images.tobytes() + data.val.labels.tobytes()),
        "code": _code_version(),
        "torch": version("torch"),
    }
    return _digest(json.dumps(facts, sort_keys=True).encode())[:32]


@cache
def _code_version():
    """Digest of the modules that training goes through."""
    folder = Path(__file__).parent.parent
    modules = ["models/classifier.py", "models/layers.py", "training/graphs.py", "training/loop.py", "training/stacking.py", "sweep/grid.py"]
    modules += sorted(f"scratch/{path.name}" for path in (folder / "scratch").glob("*.py"))
    return _digest(b"".join((folder / module).read_bytes() for module in modules))


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _places(trial, config, data):
    """Files of a stored trial: its network, and its history with the network's checksum."""
    path = data_folder() / "trials" / _key(trial, config, data)
    return path.with_suffix(".safetensors"), path.with_suffix(".json")
