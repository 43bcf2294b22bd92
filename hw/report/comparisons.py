"""How a report stands beside the published ones: as a table, in words, and as one number."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hw.config import TrainingConfig
from hw.data import Dataset
from hw.metrics import mean_and_spread
from hw.published import published
from hw.published.entries import Entries
from hw.report.blocks import result, text
from hw.report.numbers import format_column, plus_minus
from hw.report.tables import table
from hw.words import in_words

_UNJUDGED = {  # verdicts that are none
    "one seed": "one seed has no spread to judge the difference by",
    "shortened run": "the run is shortened and not judged",
}


def show_recipe(system: str, config: TrainingConfig | None = None) -> None:
    """Display source and recipe of a published system, and the settings that are not published.

    Parameters
    ----------
    system
        Short name; nothing is displayed for a system that nobody published.
    config
        As for :func:`hw.compare`.
    """
    entry = published(config).get(system, {})
    if "recipe" not in entry:
        return
    name = entry.get("name", system)
    sentence = f"The published system *{name}* ({entry['title']}) is {entry['recipe']}."
    if "unknown" in entry:
        unknown = "; ".join(f"{name} (here: {value})" for name, value in entry["unknown"].items())
        sentence += f" Its source does not give: {unknown}."
    text(sentence)


def published_names(config: TrainingConfig | None = None) -> dict[str, str]:
    """Names of the published systems by their short names, as figures and tables print them.

    Parameters
    ----------
    config
        As for :func:`hw.compare`.
    """
    return {system: entry.get("name", system) for system, entry in published(config).items()}


def show_comparison(
    data: Dataset,
    comparison: pd.DataFrame,
    subject: str = "this report",
    decimals: int = 4,
    config: TrainingConfig | None = None,
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
    config
        As for :func:`hw.compare`.

    Returns
    -------
    What was shown, for :func:`hw.record`: without rows if it was left out.
    """
    if data.notice:
        text("Left out: this report does not use the published data, so nothing can be compared.")
        return comparison[:0]
    if comparison.empty:
        text(f"There are no published results on `{data.name}` to compare with.")
        return comparison
    entries = published(config)
    table(
        "published",
        comparison_table(comparison, decimals, entries),
        caption=f"Published scores beside those of {subject} (mean and standard deviation over its "
        "seeds). A published score is one run, as uncertain as one of ours; a difference counts if "
        "it exceeds the noise, its 95 % interval by Welch's t. Scores are equivalent, or "
        "reproduced, if two one-sided t-tests at 5 % find them closer than the margin. The number "
        "of verdicts is not corrected for.",
        merge=["system"],
        markdown=True,
        width="full",
    )
    if reasons := describe_margins(comparison, decimals, entries):
        text(reasons)
    if sources := _describe_sources(comparison):
        text(sources)
    return comparison


def _describe_sources(comparison: pd.DataFrame) -> str:
    """Where the published scores come from, by the keys of the bibliography."""
    if "source" not in comparison:
        return ""
    cited = comparison[comparison["source"] != ""].groupby("source")["system"].unique()
    texts = [f"{', '.join(f'`{name}`' for name in names)} [@{key}]" for key, names in cited.items()]
    return f"Sources: {'; '.join(texts)}." if texts else ""


def comparison_table(
    comparison: pd.DataFrame, decimals: int = 4, entries: Entries | None = None
) -> pd.DataFrame:
    """Return a comparison as it is printed: systems and scores in words, ours with its spread.

    Parameters
    ----------
    comparison
        As :func:`hw.compare` returns it.
    decimals
        Of the scores.
    entries
        The published systems; by default those of this package.
    """
    entries = entries or published()
    shown = pd.DataFrame(
        {
            "system": [_described(system, entries[system]) for system in comparison["system"]],
            "score": [in_words(score) for score in comparison["score"]],
            "published": [f"{value:,.{decimals}f}" for value in comparison["published"]],
            "ours": [
                plus_minus(mean, spread, decimals)
                for mean, spread in zip(comparison["ours"], comparison["spread"], strict=True)
            ],
        }
    )
    for name, sign in (("difference", "+"), ("noise", ""), ("margin", "")):
        shown[name] = format_column(comparison[name], f"{sign}.{decimals}f")
    return shown.assign(verdict=list(comparison["verdict"]))


def standings_table(standings: pd.DataFrame) -> pd.DataFrame:
    """Return standings as the scoreboard prints them: in words, ours with its spread.

    Parameters
    ----------
    standings
        As :func:`hw.report.scoreboard` or :func:`hw.report.challengers` return them. Each score has
        as many decimals as suit its size.
    """
    shown = standings.drop(columns=["spread", "margin"], errors="ignore")
    decimals = [_decimals(value) for value in standings["published"]]
    if len(shown):
        shown["system"] = [
            published().get(system, {}).get("name", system) for system in standings["system"]
        ]
        shown["score"] = [in_words(score) for score in standings["score"]]
    shown["ours"] = [
        plus_minus(mean, spread, n)
        for mean, spread, n in zip(standings["ours"], standings["spread"], decimals, strict=True)
    ]
    for name, sign in (("published", ""), ("difference", "+"), ("noise", "")):
        if name in shown:
            shown[name] = [
                format_column([value], f"{sign},.{n}f")[0]
                for value, n in zip(standings[name], decimals, strict=True)
            ]
    return shown


def _decimals(score: float) -> int:
    """Decimals of a score by its size: of a sum of errors, a mean error, or a rate."""
    return 0 if score >= 10 else 5 if score < 0.1 else 4


def _described(system: str, entry: Mapping[str, Any]) -> str:
    """The name of a published system, its recipe, and where and when it was published."""
    recipe = entry.get("recipe", entry["title"])
    said = recipe if recipe == entry["title"] else f"{recipe} ({entry['title']})"
    return f"{entry.get('name', system)}<br><small>{said}</small>"


def describe_margins(
    comparison: pd.DataFrame, decimals: int = 4, entries: Entries | None = None
) -> str:
    """Sentences on the margins of equivalence in a comparison, and on what cannot be compared.

    Parameters
    ----------
    comparison
        As :func:`hw.compare` returns it.
    decimals
        Of the margins.
    entries
        The published systems; by default those of this package.
    """
    entries = entries or published()
    reasons: dict[str, list[str]] = {}
    for system, margin in comparison.groupby("system", sort=False)["margin"].max().items():
        entry = entries[str(system)]
        if "not_comparable" in entry:
            reason = f"Not comparable, since {entry['not_comparable']}"
        elif "margin_reason" in entry and margin > 0:
            reason = f"The margin of {margin:.{decimals}f} is {entry['margin_reason']}"
        else:
            continue
        reasons.setdefault(reason, []).append(entry.get("name", str(system)))
    return " ".join(f"{reason} ({'; '.join(names)})." for reason, names in reasons.items())


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
    rivals = comparison[comparison["score"] == score]
    same = rivals[rivals["system"] == system]
    if len(rivals):
        best = rivals.sort_values("published", ascending=not higher_is_better).iloc[0]
        row = same.iloc[0] if len(same) else best
        rows["published" if len(same) else "best published"] = f"{row.published:.{decimals}f}"
        for name, sign in (("difference", "+"), ("noise", "")):
            rows[name] = format_column([row[name]], f"{sign}.{decimals}f")[0]
        rows["verdict"] = row.verdict
    seeds = "one seed" if n_seeds == 1 else f"mean of {n_seeds} seeds"
    result(f"{mean:.{decimals}f}", f"{in_words(score)}, {seeds}", rows)


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
    rivals = comparison[comparison["score"] == score]
    if rivals.empty:
        return f"{said}."
    low, high = (f"{value:,.{decimals}f}" for value in rivals["published"].agg(["min", "max"]))
    beside = f"published scores from {low} to {high}"
    if len(rivals) == 1:
        beside = f"a published score of {low}"
    counts = rivals["verdict"].value_counts()
    if set(counts.index) <= set(_UNJUDGED):
        return f"{said}, beside {beside}; {_UNJUDGED[counts.index[0]]}."
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return f"{said}, beside {beside}: {verdicts}."
