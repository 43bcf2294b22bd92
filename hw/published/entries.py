"""The published results: those of this package, and those of a file beside the notebook."""

import json
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from hw.config import TrainingConfig
from hw.parameters import ParameterError

Entries = dict[str, dict[str, Any]]  # published systems by their short names


def published(config: TrainingConfig | None = None) -> Entries:
    """The published systems by their short names, as in published.toml.

    Parameters
    ----------
    config
        Settings of a report, for the systems that were published on its data set: those in the
        file ``published`` come first. Without settings, all systems of this package.

    Returns
    -------
    dict
        Each system has ``dataset``, ``task``, ``title``, and some of ``recipe``, ``source``,
        ``scores`` (by name), ``log`` and ``grid`` (columns by name): see published.schema.json.

    Raises
    ------
    ParameterError
        If the file cannot be used; says why in one line.
    """
    if config is None:
        return _package_entries()
    given = read_published(config.published) if config.published else {}
    entries = given | {k: v for k, v in _package_entries().items() if k not in given}
    return {k: entry for k, entry in entries.items() if entry["dataset"] == config.data_name}


def read_published(path: str | Path) -> Entries:
    """Read a TOML file of published results, and check it by published.schema.json."""
    try:
        entries = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"published {str(path)!r} cannot be read: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise ParameterError(f"published {str(path)!r} must be TOML: {error}") from None
    errors = jsonschema.Draft202012Validator(_schema()).iter_errors(entries)
    if fault := jsonschema.exceptions.best_match(errors):
        place = ".".join(map(str, fault.absolute_path)) or "the file"
        raise ParameterError(f"published {str(path)!r}: {place}: {fault.message}")
    return entries


@cache
def _package_entries() -> Entries:
    return tomllib.loads(_read("published.toml"))


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(_read("published.schema.json"))
    return schema


def _read(name: str) -> str:
    return files("hw.published").joinpath(name).read_text(encoding="utf-8")
