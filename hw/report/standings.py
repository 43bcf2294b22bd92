"""The scoreboard: recorded results beside the published ones."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hw.published import published

Results = Mapping[str, Mapping[str, Any]]  # as hw.report.read_results returns them


def scoreboard(results: Results) -> pd.DataFrame:
    """Every published score beside that of the report that runs the same system.

    Parameters
    ----------
    results
        As :func:`hw.report.read_results` returns them.

    Returns
    -------
    Columns ``system score published ours spread verdict report``. The verdict is that of
    :func:`hw.compare`, but "shortened run" for every score of such a run; a system without a report
    says so there.
    """
    reports = {recorded["system"]: name for name, recorded in results.items()}
    rows = []
    for system, entry in published().items():
        if entry.get("reference"):
            continue
        name = reports.get(system, "")
        compared = results.get(name, {}).get("comparison", [])
        ours = {row["score"]: row for row in compared if row["system"] == system}
        missing = {"verdict": _why_missing(results.get(name))}
        for score, value in entry.get("scores", {}).items():
            row = {"system": system, "score": score, "published": value, "report": name}
            rows.append(row | ours.get(score, missing) | _verdict(results.get(name)))
    columns = ["system", "score", "published", "ours", "spread", "verdict", "report"]
    return pd.DataFrame(rows).reindex(columns=columns)


def challengers(results: Results) -> pd.DataFrame:
    """Reports of systems that nobody published, beside the published scores of the same task.

    Parameters
    ----------
    results
        As :func:`hw.report.read_results` returns them.

    Returns
    -------
    ``report``, then the columns of :func:`hw.compare`, with the published system in ``system``.
    """
    rows = [
        {"report": name, **row, **_verdict(recorded)}
        for name, recorded in results.items()
        if recorded["system"] not in published()
        for row in recorded.get("comparison", [])
    ]
    columns = ["report", "system", "score", "published", "ours", "spread"]
    columns += ["difference", "noise", "verdict"]
    return pd.DataFrame(rows).reindex(columns=columns)


def costs(results: Results) -> pd.DataFrame:
    """What each report took: images, epochs, seeds, seconds per epoch, and the hardware.

    Parameters
    ----------
    results
        As :func:`hw.report.read_results` returns them.

    Returns
    -------
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


def _verdict(recorded: Mapping[str, Any] | None) -> dict[str, str]:
    """The verdict on all scores of a shortened run; nothing for any other."""
    return {"verdict": "shortened run"} if recorded and recorded.get("shortened") else {}


def _why_missing(recorded: Mapping[str, Any] | None) -> str:
    if recorded is None:
        return "no report"
    return "not comparable: synthetic data" if recorded["stand_in"] else "not measured"
