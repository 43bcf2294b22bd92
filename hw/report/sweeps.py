"""What a sweep's report says of its grid: tables beside the published one, and sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from hw.report.numbers import format_column, minus, plus_minus
from hw.training import Result
from hw.words import in_words, listed

_BEST = 16  # rows that are shown of a sweep too large to be read
_WORST = 4
_SCORES = ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "val_macro_f1")


def sort_configurations(table: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Return the rows in the order of all figures: learning rates fall, other numbers rise.

    Parameters
    ----------
    table
        As :func:`hw.sweep.summary` returns it.
    settings
        Its columns that are settings.
    """
    numeric = [name for name in settings if pd.api.types.is_numeric_dtype(table[name])]
    if not numeric:
        return table
    rising = [name != "learning_rate" for name in numeric]
    return table.sort_values(numeric, ascending=rising, ignore_index=True)


def grid_table(table: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """Return the configurations of a sweep as they are printed, ours beside the published.

    Parameters
    ----------
    table
        As :func:`hw.sweep.summary` or :func:`hw.published.compare_grid` returns it. Of more than
        24 configurations the best and the worst are shown.
    settings
        Its columns that are settings.

    Returns
    -------
    Columns of two levels: scores above "ours" and "published", with four decimals.
    """
    if len(table) > _BEST + 2 * _WORST:
        table = table.sort_values("val_macro_f1", ascending=False)
        table = pd.concat([table[:_BEST], table[-_WORST:]])
    columns = {(name, ""): format_column(table[name], "g") for name in settings}
    for score in _SCORES:
        shown = format_column(table[score], ".4f")
        if score == "val_macro_f1":
            pairs = zip(table[score], table["spread"], strict=True)
            shown = [plus_minus(mean, spread) for mean, spread in pairs]
        columns[_short(score), "ours"] = shown
        if f"{score} published" in table:
            columns[_short(score), "publ."] = format_column(table[f"{score} published"], ".4f")
    return pd.DataFrame(columns)


def steps_table(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the tests between neighbours as they are printed.

    Parameters
    ----------
    steps
        As :func:`hw.sweep.compare_neighbours` returns it.

    Returns
    -------
    Columns ``step``, what changes; ``at``, what stays; ``difference``, ``detectable``, ``p`` and
    ``significant``.
    """
    rows = []
    for before, after in zip(steps["from"], steps["to"], strict=True):
        pairs = list(zip(before.split(", "), after.split(", "), strict=True))
        ((old, new),) = [pair for pair in pairs if pair[0] != pair[1]]
        kept = ", ".join(old for old, new in pairs if old == new)
        rows.append({"step": f"{old} → {new.rpartition(' ')[2]}", "at": kept or "–"})
    shown = pd.DataFrame(rows, columns=["step", "at"])
    shown = shown.replace("hidden sizes?", in_words("hidden_size"), regex=True)
    columns = ["difference", "detectable", "p", "significant"]
    return shown.join(steps[columns].reset_index(drop=True))


def name_settings(settings: Sequence[str]) -> str:
    """Return the names of settings in words: "learning rate and hidden units"."""
    return listed(map(in_words, settings))


def name_configuration(settings: Mapping[str, Any]) -> str:
    """Return a configuration in words: "learning rate 0.001, hidden units 256"."""
    return ", ".join(f"{in_words(name)} {_print(value)}" for name, value in settings.items())


def describe_gaps(results: Sequence[Result]) -> str:
    """Sentences on where the validation loss ends above the training loss most, and least.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them; the first seed is looked at.
    """
    gaps = {}
    for result in results:
        if result.seed == results[0].seed and not result.diverged:
            last = result.history.iloc[-1]
            gaps[name_configuration(result.settings)] = last["val_loss"] - last["train_loss"]
    widest = max(gaps, key=gaps.__getitem__)
    narrowest = min(gaps, key=gaps.__getitem__)
    diverged = sum(result.diverged for result in results)
    return minus(
        f"At the end the validation loss exceeds the training loss most with {widest}, by "
        f"{gaps[widest]:.2f}, and least with {narrowest}, by {gaps[narrowest]:.2f}. "
        f"{diverged or 'None'} of the {len(results)} networks diverged."
    )


def describe_grid(beside: pd.DataFrame) -> str:
    """A sentence on how many configurations lie above the published ones, and how far.

    Parameters
    ----------
    beside
        As :func:`hw.published.compare_grid` returns it, with the column ``difference``.
    """
    found = beside.dropna(subset="difference")
    if found.empty:
        return "None of the configurations was published."
    largest = found["difference"].max()
    smallest = found["difference"].min()
    higher = (found["difference"] > 0).sum()
    return minus(
        f"Of {len(found)} published configurations, {higher or 'none'} have a "
        f"higher validation macro F1 here; the differences go from {smallest:+.4f} to "
        f"{largest:+.4f}."
    )


def describe_verdicts(judged: pd.DataFrame) -> str:
    """A sentence on the verdicts on a grid, and on the configurations that fall short.

    Parameters
    ----------
    judged
        As :func:`hw.published.judge_grid` returns it; a shortened run is not judged.
    """
    if judged.empty or "shortened run" in set(judged["verdict"]):
        return ""
    verdicts = listed(f"{n} {verdict}" for verdict, n in judged["verdict"].value_counts().items())
    below = judged[judged["difference"] < 0]
    said = f"Judged as in @tab-published, the configurations are: {verdicts}."
    if len(below) not in range(1, 5):
        return said
    pairs = zip(below["learning_rate"], below["hidden_size"], strict=True)
    names = [name_configuration({"learning_rate": rate, "hidden_size": n}) for rate, n in pairs]
    return f"{said} Below the published value: {'; '.join(names)}."


def describe_steps(steps: pd.DataFrame, n_seeds: int) -> str:
    """Sentences on how many steps are significant, and what so many seeds can find.

    Parameters
    ----------
    steps
        As :func:`hw.sweep.compare_neighbours` returns it; not empty.
    n_seeds
        Seeds of each configuration.
    """
    found = steps[steps["significant"] == "yes"]
    small = steps[(steps["difference"].abs() < steps["detectable"]) & (steps["p"] < 1)]
    said = f"Of {len(steps)} steps {len(found) or 'none'} change macro F1 significantly"
    if len(found):
        said += f", the smallest of them by {found['difference'].abs().min():.4f}"
    return (
        f"{said}. With {n_seeds} seeds a test has {n_seeds - 1} degree{'s' * (n_seeds > 2)} of "
        f"freedom: at the median step it finds only differences above "
        f"{steps['detectable'].median():.4f}, and {len(small)} of the measured ones are smaller "
        "than what their own test could find. Steps that are not significant may still matter."
    )


def seconds_per_epoch(results: Sequence[Result]) -> float | None:
    """Seconds that an epoch of one seed's configurations took; None if some were not trained now.

    Parameters
    ----------
    results
        As :func:`hw.sweep.run` returns them.
    """
    if any(result.stored for result in results):
        return None
    seeds = {result.seed for result in results}
    return float(sum(result.history["seconds"].median() for result in results)) / len(seeds)


def describe_engines(engines: Mapping[str, Result]) -> str:
    """Sentences on the best macro F1 of one network by engine, and on the time if it was measured.

    Parameters
    ----------
    engines
        A result by the name of its engine.
    """
    scores = listed(
        f"{run.best_epoch['val_macro_f1']:.4f} with {name}" for name, run in engines.items()
    )
    said = f"The best validation macro F1 is {scores}."
    if any(run.stored for run in engines.values()):
        return said
    times = listed(
        f"{run.history['seconds'].median():.2f} s with {name}" for name, run in engines.items()
    )
    return f"{said} An epoch took {times} (median)."


def _short(score: str) -> str:
    """Name of a score above two columns."""
    return in_words(score).replace("validation", "val.").replace("training", "train.")


def _print(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(map(_print, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
