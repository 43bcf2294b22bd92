"""The scoreboard: reads the recorded numbers out of the executed notebooks and sets them beside the published ones."""

import base64
import json
import re
import sys
from pathlib import Path

import pandas as pd

from hw.published import published
from hw.report import BLOCK_MIME

_IMAGE = re.compile(r'src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"')


def read_results(folder):
    """Recorded results of all executed notebooks in a folder.

    Parameters
    ----------
    folder : str or Path
        Notebooks whose name holds a second dot, as in ``x.failed.ipynb``, are not reports.

    Returns
    -------
    dict[str, dict]
        What :func:`hw.record` recorded, by the notebook's name without its ending; notebooks without are left out.
    """
    results = {}
    for name in report_names(folder):
        blocks = _blocks(Path(folder, f"{name}.ipynb"))
        recorded = [block["results"] for block in blocks if block.get("kind") == "results"]
        if recorded:
            results[name] = recorded[-1]
    return results


def report_names(folder):
    """Names of the executed notebooks in a folder, in alphabetical order, without those that failed."""
    return sorted(path.stem for path in Path(folder).glob("*.ipynb") if "." not in path.stem)


def pictures(folder):
    """The figure of each report that its :func:`hw.record` names as its picture.

    Parameters
    ----------
    folder : str or Path
        As for :func:`read_results`.

    Returns
    -------
    dict[str, dict]
        By the report's name: ``image`` (SVG as bytes), ``caption`` and ``alt``.
    """
    found = {}
    for name, recorded in read_results(folder).items():
        for output in _outputs(Path(folder, f"{name}.ipynb")):
            block = output["data"][BLOCK_MIME]
            if block.get("kind") == "figure" and block["label"] == recorded.get("picture"):
                image = base64.b64decode(_IMAGE.search("".join(output["data"]["text/html"]))[1])
                found[name] = {"image": image, "caption": block["caption"], "alt": block["alt"]}
    return found


def scoreboard(results):
    """Every published score beside that of the report that runs the same system.

    Parameters
    ----------
    results : dict[str, dict]
        As :func:`read_results` returns it.

    Returns
    -------
    pandas.DataFrame
        ``system score published ours spread verdict report``; a system without a report says so in ``verdict``.
    """
    reports = {recorded["system"]: name for name, recorded in results.items()}
    rows = []
    for system, facts in published().items():
        if facts.get("reference"):
            continue
        name = reports.get(system, "")
        compared = results.get(name, {}).get("comparison", [])
        ours = {row["score"]: row for row in compared if row["system"] == system}
        for score, value in facts.get("scores", {}).items():
            missing = {"verdict": _why_missing(results.get(name))}
            rows.append(
                {"system": system, "score": score, "published": value, **ours.get(score, missing), "report": name}
            )
    columns = ["system", "score", "published", "ours", "spread", "verdict", "report"]
    return pd.DataFrame(rows).reindex(columns=columns)


def challengers(results):
    """Reports of systems that nobody published, beside the published scores of the same task.

    Parameters
    ----------
    results : dict[str, dict]
        As :func:`read_results` returns it.

    Returns
    -------
    pandas.DataFrame
        ``report``, then the columns of :func:`hw.compare`, with the published system in ``system``.
    """
    rows = [
        {"report": name, **row}
        for name, recorded in results.items()
        if recorded["system"] not in published()
        for row in recorded.get("comparison", [])
    ]
    columns = ["report", "system", "score", "published", "ours", "spread", "difference", "noise", "verdict"]
    return pd.DataFrame(rows).reindex(columns=columns)


def costs(results):
    """What each report took: images, epochs, seeds, seconds per epoch, and the hardware.

    Returns
    -------
    pandas.DataFrame
        A row for each report.
    """
    return pd.DataFrame(
        {
            "report": name,
            "data": recorded["dataset"],
            "training images": recorded["n_train"],
            "epochs": recorded.get("epochs"),
            "seeds": len(recorded["parameters"]["seeds"]),
            "s per epoch": recorded.get("seconds_per_epoch"),
            "device": recorded["provenance"]["device"],
            "machine": recorded["provenance"]["machine"],
        }
        for name, recorded in results.items()
    )


def _why_missing(recorded):
    if recorded is None:
        return "no report"
    return "not comparable: synthetic data" if recorded["stand_in"] else "not measured"


def _blocks(path):
    return (output["data"][BLOCK_MIME] for output in _outputs(path))


def _outputs(path):
    """Outputs of a notebook that hold a block."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if BLOCK_MIME in output.get("data", {}):
                yield output


if __name__ == "__main__":
    print(json.dumps(read_results(sys.argv[1]), indent=1, ensure_ascii=False))
