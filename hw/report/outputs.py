"""Read back what :mod:`hw.report.blocks` has displayed: the one place that knows where it lies.

Needs neither torch nor matplotlib, so that exporters and builds start quickly.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK_MIME = "application/vnd.hw.block+json"  # MIME type of a block's data
_IMAGE = re.compile(r'src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"')


def iter_outputs(path: str | os.PathLike[str]) -> Iterator[dict[str, Any]]:
    """Outputs of an executed notebook that hold data, as dicts by MIME type, in order."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"]


def read_blocks(path: str | os.PathLike[str], kind: str | None = None) -> list[dict[str, Any]]:
    """Blocks of an executed notebook, in order.

    Parameters
    ----------
    path
        Notebook file.
    kind
        "title", "banner", "figure", "table" or "results"; None for all.

    Returns
    -------
    The data of each: ``kind``, and what the function in :mod:`hw.report.blocks` put in.
    """
    blocks = [data[BLOCK_MIME] for data in iter_outputs(path) if BLOCK_MIME in data]
    return [block for block in blocks if kind in (None, block.get("kind"))]


def figure_image(data: dict[str, Any]) -> bytes | None:
    """SVG of a figure's output, given by MIME type; None if there is no image in it."""
    encoded = _IMAGE.search("".join(data.get("text/html", "")))
    return base64.b64decode(encoded[1]) if encoded else None


def report_names(folder: str | os.PathLike[str]) -> list[str]:
    """Names of the executed notebooks in a folder, in alphabetical order, without failed ones."""
    return sorted(path.stem for path in Path(folder).glob("*.ipynb") if "." not in path.stem)


def read_results(folder: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """Recorded results of all executed notebooks in a folder.

    Parameters
    ----------
    folder
        Notebooks with a second dot in their name, such as ``x.failed.ipynb``, are no reports.

    Returns
    -------
    What :func:`hw.record` recorded, by the notebook's name without its ending. Notebooks that
    recorded nothing are left out.
    """
    results = {}
    for name in report_names(folder):
        blocks = read_blocks(Path(folder, f"{name}.ipynb"), "results")
        if blocks:
            results[name] = blocks[-1]["results"]
    return results


def report_figures(folder: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """The figure of each report that its :func:`hw.record` names as its picture.

    Parameters
    ----------
    folder
        As for :func:`read_results`.

    Returns
    -------
    By the report's name: ``image`` (SVG as bytes), ``caption`` and ``alt``. Reports without such a
    figure are left out.
    """
    found = {}
    for name, results in read_results(folder).items():
        for data in iter_outputs(Path(folder, f"{name}.ipynb")):
            block = data.get(BLOCK_MIME, {})
            if block.get("kind") != "figure" or block["label"] != results.get("picture"):
                continue
            image = figure_image(data)
            if image is not None:
                texts = {"caption": block["caption"], "alt": block["alt"]}
                found[name] = {"image": image, **texts}
    return found
