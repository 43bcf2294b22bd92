"""What all reports show in the same way: the stand-in's notice, the comparison, the provenance."""

from collections.abc import Mapping

import pandas as pd

from hw.data import Dataset
from hw.published import compare_log
from hw.report.blocks import banner, table, text


def show_notice(data: Dataset) -> None:
    """Display a banner if the data are a stand-in for the real ones."""
    if data.notice:
        banner(data.notice)


def show_comparison(
    data: Dataset, comparison: pd.DataFrame, subject: str = "this report", decimals: int = 4
) -> pd.DataFrame:
    """Display published scores beside ours, or say why they are left out.

    Parameters
    ----------
    data
        What the networks were trained on; a stand-in is compared with nothing.
    comparison
        As :func:`hw.compare` returns it.
    subject
        Whose scores are compared, for the caption.
    decimals
        Of the scores.

    Returns
    -------
    What was shown, for :func:`hw.record`: without rows if it was left out.
    """
    if data.notice:
        text("Left out: this report does not use the published data, so nothing can be compared.")
        return comparison[:0]
    numbers = ("published", "ours", "spread", "difference", "noise")
    table(
        "published",
        comparison,
        caption=f"Published scores beside those of {subject} (mean over its seeds). A difference "
        "counts if it exceeds the noise: 1.96 standard errors of a score on this many images and "
        "these seeds.",
        formats=dict.fromkeys(numbers, f".{decimals}f"),
    )
    return comparison


def show_log(data: Dataset, system: str, history: pd.DataFrame) -> None:
    """Display the published training log of a system beside ours, if there is one to compare with.

    Parameters
    ----------
    data
        What the network was trained on; a stand-in is compared with nothing.
    system
        Short name of the system.
    history
        As :func:`hw.fit` returns it.
    """
    log = compare_log(system, history)
    if len(log) and not data.notice:
        formats = dict.fromkeys(log.columns, ".4f")
        table("log", log, caption="The published training log beside ours.", formats=formats)


def show_provenance(
    provenance: Mapping[str, str], caption: str = "What this report was made from."
) -> None:
    """Display where a report or its measurements come from, as :func:`hw.provenance` tells."""
    rows = pd.DataFrame({"what": list(provenance), "value": list(provenance.values())})
    table("provenance", rows, caption=caption)
