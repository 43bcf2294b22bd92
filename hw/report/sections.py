"""What all reports show in the same way: the stand-in's notice, the comparison, the provenance."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from hw.data import Dataset
from hw.metrics import mean_and_spread
from hw.published import compare_log, published
from hw.report.blocks import banner, provenance_block, result, text
from hw.report.numbers import format_column, plus_minus
from hw.report.tables import table
from hw.words import in_words

_ID = re.compile(r"[0-9a-f]{40,64}")  # a commit or a checksum


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
    table(
        "published",
        comparison_table(comparison, decimals),
        caption=f"Published scores beside those of {subject} (mean and standard deviation over its "
        "seeds). A difference counts if it exceeds the noise: 1.96 standard errors of a score on "
        "this many images and these seeds.",
        merge=["system"],
        markdown=True,
        width="full",
    )
    return comparison


def comparison_table(comparison: pd.DataFrame, decimals: int = 4) -> pd.DataFrame:
    """Return a comparison as it is printed: systems and scores in words, ours with its spread.

    Parameters
    ----------
    comparison
        As :func:`hw.compare` returns it.
    decimals
        Of the scores.
    """
    shown = pd.DataFrame(
        {
            "system": [_described(system) for system in comparison["system"]],
            "score": [in_words(score) for score in comparison["score"]],
            "published": [f"{value:.{decimals}f}" for value in comparison["published"]],
            "ours": [
                plus_minus(mean, spread, decimals)
                for mean, spread in zip(comparison["ours"], comparison["spread"], strict=True)
            ],
        }
    )
    for name, sign in (("difference", "+"), ("noise", "")):
        shown[name] = format_column(comparison[name], f"{sign}.{decimals}f")
    return shown.assign(verdict=list(comparison["verdict"]))


def _described(system: str) -> str:
    """The name of a published system and its recipe, in Markdown."""
    entry = published()[system]
    return f"{entry['name']}<br><small>{entry['recipe']}</small>"


def show_result(
    scores: Mapping[str, Sequence[float]],
    score: str,
    comparison: pd.DataFrame,
    system: str,
    *,
    decimals: int = 4,
    higher_is_better: bool = True,
) -> None:
    """Display the main result for page 1: our score beside the published one.

    Parameters
    ----------
    scores
        Values by score, one per seed.
    score
        The one that counts.
    comparison
        As :func:`hw.compare` returns it. The score is set beside that of the same system, or else
        beside the best; beside none if there is none.
    system
        Short name of the report's system.
    decimals
        Of the scores.
    higher_is_better
        Whether the best is the highest.
    """
    mean, spread = mean_and_spread(scores[score])
    n_seeds = len(scores[score])
    rows = {} if n_seeds == 1 else {"spread over seeds": f"{spread:.{decimals}f}"}
    rivals = comparison[comparison["score"] == score] if len(comparison) else comparison
    same = rivals[rivals["system"] == system] if len(rivals) else rivals
    if len(rivals):
        best = rivals.sort_values("published", ascending=not higher_is_better).iloc[0]
        row = same.iloc[0] if len(same) else best
        rows["published" if len(same) else "best published"] = f"{row.published:.{decimals}f}"
        for name, sign in (("difference", "+"), ("noise", "")):
            rows[name] = format_column([row[name]], f"{sign}.{decimals}f")[0]
        rows["verdict"] = row.verdict
    seeds = "one seed" if n_seeds == 1 else f"mean of {n_seeds} seeds"
    result(f"{mean:.{decimals}f}", f"{in_words(score)}, {seeds}", rows)


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


def describe_standing(
    scores: Mapping[str, Sequence[float]], score: str, comparison: pd.DataFrame, decimals: int = 4
) -> str:
    """Return sentences for an abstract: our score, and how it stands beside the published ones.

    Parameters
    ----------
    scores
        Values by score, one per seed.
    score
        The one that counts.
    comparison
        As :func:`hw.compare` returns it.
    decimals
        Of the scores.
    """
    ours = plus_minus(*mean_and_spread(scores[score]), decimals)
    n_seeds = len(scores[score])
    over = f" over {n_seeds} seeds (mean and standard deviation)" if n_seeds > 1 else ""
    said = f"The {in_words(score)} is **{ours}**{over}"
    rivals = comparison[comparison["score"] == score] if len(comparison) else comparison
    if not len(rivals):
        return f"{said}."
    counts = rivals["verdict"].value_counts()
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    low, high = (f"{value:.{decimals}f}" for value in rivals["published"].agg(["min", "max"]))
    return f"{said}, beside published scores from {low} to {high}: {verdicts}."


def show_provenance(provenance: Mapping[str, str]) -> None:
    """Display where a report or its measurements come from, as :func:`hw.provenance` tells.

    Exporters put it at the end, and what identifies code and data at the foot of page 1.
    """
    found = {name: _ID.search(provenance.get(name, "")) for name in ("code", "data")}
    short = [f"{name} {match[0][:8]}" for name, match in found.items() if match]
    provenance_block(provenance, short=short)
