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
    entries = _entries(results)
    reports = {
        recorded["system"]: name
        for name, recorded in results.items()
        if _repeats(recorded, entries)
    }
    rows = []
    for system, entry in entries.items():
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
    entries = _entries(results)
    rows = [
        {"report": name, **row, **_verdict(recorded)}
        for name, recorded in results.items()
        if not _repeats(recorded, entries)
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
    """The verdict on all scores of a shortened run on real data; nothing for any other."""
    shortened = recorded and recorded.get("shortened") and not recorded["stand_in"]
    return {"verdict": "shortened run"} if shortened else {}


def _entries(results: Results) -> Mapping[str, Mapping[str, Any]]:
    """The published systems of this package and those that the reports were given."""
    entries = dict(published())
    for recorded in results.values():
        entries |= recorded.get("published", {})
    return entries


def _repeats(recorded: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a report runs a published system, on its data set or on a stand-in for that."""
    entry = entries.get(recorded["system"])
    if entry is None:
        return False
    return bool(recorded["stand_in"]) or recorded["dataset"] == entry["dataset"]


def _why_missing(recorded: Mapping[str, Any] | None) -> str:
    if recorded is None:
        return "no report"
    return "not comparable: synthetic data" if recorded["stand_in"] else "not measured"
