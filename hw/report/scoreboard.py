"""The scoreboard: reads the recorded numbers out of the executed notebooks and sets them beside the published ones."""

import json
import sys
from pathlib import Path

import pandas as pd

from hw.published import published
from hw.report import BLOCK_MIME


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
    for path in sorted(Path(folder).glob("*.ipynb")):
        recorded = [block["results"] for block in _blocks(path) if block.get("kind") == "results"]
        if recorded and "." not in path.stem:
            results[path.stem] = recorded[-1]
    return results


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
        ours = {row["score"]: row for row in results[name]["comparison"] if row["system"] == system} if name else {}
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
        for row in recorded["comparison"]
    ]
    columns = ["report", "system", "score", "published", "ours", "spread", "difference", "noise", "verdict"]
    return pd.DataFrame(rows).reindex(columns=columns)


def costs(results):
    """What each report took: images, epochs, seeds, seconds per epoch, and where it ran.

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
        }
        for name, recorded in results.items()
    )


def _why_missing(recorded):
    if recorded is None:
        return "no report"
    return "not comparable: synthetic data" if recorded["stand_in"] else "not measured"


def _blocks(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if BLOCK_MIME in output.get("data", {}):
                yield output["data"][BLOCK_MIME]


if __name__ == "__main__":
    print(json.dumps(read_results(sys.argv[1]), indent=1, ensure_ascii=False))
