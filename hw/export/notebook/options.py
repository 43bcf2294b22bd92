"""How a code cell wants to be shown: by its tags, its metadata and its ``#|`` options."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

_OPTION_LINES = re.compile(r"\A(?:[ \t]*(?:#|//|--|%%|;)\|[^\n]*(?:\n|\Z))+")
_MARKER = re.compile(r"^[ \t]*(?:#|//|--|%%|;)\|[ ]?", re.MULTILINE)
_NO = {"false", "no", "none", "hide"}


@dataclass(frozen=True)
class Options:
    """What is shown of a cell, what starts folded, and the captions of what it shows.

    ``label`` is the target of references, such as ``fig-loss``; captions and descriptions go to the
    cell's figures, or tables, in order.
    """

    code: bool = True
    output: bool = True
    stdout: bool = True
    stderr: bool = True
    fold_code: bool = False
    fold_output: bool = False
    open_code: bool = False
    summary: str = ""
    as_markdown: bool = False
    label: str = ""
    figure_captions: list[str] = field(default_factory=list)
    figure_alts: list[str] = field(default_factory=list)
    table_captions: list[str] = field(default_factory=list)


def read_options(
    source: str, metadata: Mapping[str, Any], defaults: Mapping[str, Any]
) -> tuple[Options, str]:
    """Return a cell's options and its source without them.

    Parameters
    ----------
    source : str
        Source of a code cell.
    metadata : Mapping
        Its metadata.
    defaults : Mapping
        Options of the whole notebook: ``execute`` in its YAML header.
    """
    match = _OPTION_LINES.match(source)
    written = {**defaults, **(_parsed(match[0]) if match else {})}
    tags = {str(tag).replace("_", "-") for tag in metadata.get("tags") or []}
    jupyter = metadata.get("jupyter") or {}

    def allows(name: str) -> bool:
        return str(written.get(name, True)).lower() not in _NO

    removed = "remove-cell" in tags or not allows("include")
    fold = str(written.get("code-fold", "")).lower()
    options = Options(
        code=not removed
        and not tags & {"remove-input", "hide-input-completely"}
        and allows("echo"),
        output=not removed and "remove-output" not in tags and allows("output"),
        stdout="remove-stdout" not in tags,
        stderr="remove-stderr" not in tags and allows("warning"),
        fold_code=bool(
            tags & {"hide-input", "hide-cell", "hide-code"}
            or jupyter.get("source_hidden")
            or metadata.get("hide_input")
        ),
        fold_output=bool(tags & {"hide-output", "hide-cell"} or jupyter.get("outputs_hidden")),
        open_code=fold in ("false", "no", "show"),
        summary=str(written.get("code-summary") or ""),
        as_markdown=written.get("output") == "asis",
        label=str(written.get("label") or ""),
        figure_captions=_texts(written.get("fig-cap")),
        figure_alts=_texts(written.get("fig-alt")),
        table_captions=_texts(written.get("tbl-cap")),
    )
    return options, source[match.end() :] if match else source


def _parsed(lines: str) -> dict[str, Any]:
    """Return options as YAML reads them, or line by line if it cannot."""
    text = _MARKER.sub("", lines)
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return dict(re.findall(r"^([\w-]+):[ \t]*(.*?)[ \t]*$", text, re.MULTILINE))
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(text) for text in value] if isinstance(value, list) else [str(value)]
