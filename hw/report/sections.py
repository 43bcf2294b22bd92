"""What all reports show in the same way: notices, the published log, provenance."""

import re
from collections.abc import Mapping

import pandas as pd

from hw.config import TrainingConfig
from hw.data import Dataset
from hw.published import compare_log, published
from hw.report.blocks import banner, provenance_block, text
from hw.report.numbers import percent
from hw.report.tables import table
from hw.words import in_words

_ID = re.compile(r"[0-9a-f]{40,64}")  # a commit or a checksum


def show_notice(data: Dataset, config: TrainingConfig | None = None) -> None:
    """Display a banner if the data are a stand-in for the real ones, and one if a run is shortened.

    Parameters
    ----------
    data
        What the networks are trained on.
    config
        The report's settings, which tell whether the run is shortened.
    """
    if data.notice:
        banner(data.notice)
    if config and (shortening := config.shortening()):
        banner(
            f"This is a shortened run, with {shortening}: it shows that everything works, not how "
            "good the system is. Its scores are not judged."
        )


def show_log(
    data: Dataset, system: str, history: pd.DataFrame, config: TrainingConfig | None = None
) -> None:
    """Display the published training log of a system beside ours, if there is one to compare with.

    A sentence tells by how much they differ, and what in the source does not fit together.

    Parameters
    ----------
    data
        What the network was trained on; a stand-in is compared with nothing.
    system
        Short name of the system.
    history
        As :func:`hw.fit` returns it.
    config
        The report's settings, as for :func:`hw.compare`.
    """
    log = compare_log(system, history, config)
    if len(log) and not data.notice:
        formats = dict.fromkeys(log.columns, ".4f")
        caption = "The published training log beside ours, of the first seed."
        table("log", log, caption=caption, formats=formats)
        text(_describe_log(log, published(config).get(system, {}).get("discrepancy", "")))


def _describe_log(log: pd.DataFrame, discrepancy: str) -> str:
    """By how much our log differs from the published one, and what is odd about the source."""
    last = log.iloc[-1]
    names = [name.removesuffix(" ours") for name in map(str, log) if name.endswith(" ours")]
    changes = [
        f"{in_words(name)} by "
        f"{percent(last[f'{name} ours'] / last[f'{name} published'] - 1, '+.1%')}"
        for name in names
    ]
    differences = f"In epoch {last['epoch']:.0f} ours differs: {', '.join(changes)} (@tab-log)."
    return f"{differences} In the source itself, {discrepancy}." if discrepancy else differences


def show_provenance(provenance: Mapping[str, str]) -> None:
    """Display where a report or its measurements come from, as :func:`hw.provenance` tells.

    Exporters put it at the end, and what identifies code and data at the foot of page 1.
    """
    found = {name: _ID.search(provenance.get(name, "")) for name in ("code", "data")}
    short = [f"{name} {match[0][:8]}" for name, match in found.items() if match]
    provenance_block(provenance, short=short)
