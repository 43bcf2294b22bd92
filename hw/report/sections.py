"""What all reports show in the same way: the stand-in's notice, the comparison, the provenance."""

from collections.abc import Mapping

import pandas as pd

from hw.config import TrainingConfig
from hw.data import Dataset
from hw.published import compare_log, published
from hw.report.blocks import banner, table, text
from hw.training import Result


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
    numbers = ("published", "ours", "spread", "difference", "noise", "margin")
    table(
        "published",
        comparison,
        caption=f"Published scores beside those of {subject}: mean and standard deviation (spread) "
        "over its seeds. A published score is one run, as uncertain as one of ours; a difference "
        "counts if it exceeds the noise, its 95 % interval by Welch's t. Scores are equivalent, or "
        "reproduced, if two one-sided t-tests at 5 % find them closer than the margin. The number "
        "of verdicts is not corrected for.",
        formats=dict.fromkeys(numbers, f",.{decimals}f"),
    )
    if reasons := describe_margins(comparison, decimals):
        text(reasons)
    return comparison


def describe_margins(comparison: pd.DataFrame, decimals: int = 4) -> str:
    """Sentences on the margins of equivalence in a comparison, and on what cannot be compared.

    Parameters
    ----------
    comparison
        As :func:`hw.compare` returns it.
    decimals
        Of the margins.
    """
    reasons: dict[str, list[str]] = {}
    for system, margin in comparison.groupby("system", sort=False)["margin"].max().items():
        entry = published()[str(system)]
        if "not_comparable" in entry:
            reason = f"Not comparable, since {entry['not_comparable']}"
        elif "margin_reason" in entry and margin > 0:
            reason = f"The margin of {margin:.{decimals}f} is {entry['margin_reason']}"
        else:
            continue
        reasons.setdefault(reason, []).append(f"`{system}`")
    return " ".join(f"{reason} ({', '.join(names)})." for reason, names in reasons.items())


def describe_training(run: Result, score: str, name: str, decimals: int = 4) -> str:
    """Sentences on the epoch whose weights are kept, and on the time that an epoch took.

    Parameters
    ----------
    run
        A trained network.
    score
        A column of its history, without ``train_`` and ``val_``.
    name
        What readers call it, such as "accuracy".
    decimals
        Of the score.
    """
    kept, last = run.best_epoch, run.history.iloc[-1]
    training = f"{kept[f'train_{score}']:.{decimals}f}"
    seconds = f"An epoch took {run.history['seconds'].median():.2f} s (median)."
    if f"val_{score}" not in run.history:
        return (
            f"There are no validation images: the weights of the last epoch, {kept['epoch']:.0f}, "
            f"are kept, and nothing was chosen. Its training {name} is **{training}**. {seconds}"
        )
    return (
        f"The best of {len(run.history)} epochs is epoch {kept['epoch']:.0f}, with validation "
        f"{name} **{kept[f'val_{score}']:.{decimals}f}** and training {name} {training}; in the "
        "last one they are "
        f"{last[f'val_{score}']:.{decimals}f} and {last[f'train_{score}']:.{decimals}f}. {seconds}"
    )


def show_recipe(system: str) -> None:
    """Display source and recipe of a published system, and the settings that are not published.

    Parameters
    ----------
    system
        Short name; nothing is displayed for a system that nobody published.
    """
    if entry := published().get(system):
        unknown = "; ".join(f"{name} (here: {value})" for name, value in entry["unknown"].items())
        text(
            f"The published system `{system}` ({entry['title']}) is {entry['recipe']}. Its source "
            f"does not give: {unknown}."
        )


def show_log(data: Dataset, system: str, history: pd.DataFrame) -> None:
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
    """
    log = compare_log(system, history)
    if len(log) and not data.notice:
        formats = dict.fromkeys(log.columns, ".4f")
        caption = "The published training log beside ours, of the first seed."
        table("log", log, caption=caption, formats=formats)
        text(_describe_log(system, log))


def _describe_log(system: str, log: pd.DataFrame) -> str:
    """By how much our log differs from the published one, and what is odd about the source."""
    last = log.iloc[-1]
    names = [name.removesuffix(" ours") for name in map(str, log) if name.endswith(" ours")]
    changes = [
        f"{name} by {last[f'{name} ours'] / last[f'{name} published'] - 1:+.1%}" for name in names
    ]
    differences = f"In epoch {last['epoch']:.0f} ours differs: {', '.join(changes)}."
    discrepancy = published()[system].get("discrepancy")
    return f"{differences} In the source itself, {discrepancy}." if discrepancy else differences


def show_provenance(
    provenance: Mapping[str, str], caption: str = "What this report was made from."
) -> None:
    """Display where a report or its measurements come from, as :func:`hw.provenance` tells."""
    rows = pd.DataFrame({"what": list(provenance), "value": list(provenance.values())})
    table("provenance", rows, caption=caption)
