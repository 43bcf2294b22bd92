"""What ``make bench`` has measured, as tables and in words."""

import json
import os
from pathlib import Path

import pandas as pd

_GROWTH = (  # exponents up to here, and what they say
    (-0.9, "in inverse proportion"),
    (-0.1, "a gain, though less than in inverse proportion"),
    (0.1, "hardly a difference"),
    (0.9, "more slowly than in proportion"),
    (1.1, "in proportion"),
    (float("inf"), "faster than in proportion"),
)


def read_benchmarks(path: str | os.PathLike[str]) -> tuple[dict[str, str], pd.DataFrame]:
    """Read what ``make bench`` has written.

    Parameters
    ----------
    path
        ``benchmarks/results.json``.

    Returns
    -------
    Where it was measured; and a row for each way to do something, with the columns ``benchmark way
    median min max unit ratio of``. ``ratio`` is the share of this way's time that ours takes
    (median over rounds), absent for ours.

    Raises
    ------
    ValueError
        If the file does not exist or was not written by ``make bench``.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        rows = pd.DataFrame(content["rows"]).astype({"median": float, "ratio": float})
        return content["provenance"], rows
    except (OSError, ValueError, KeyError, TypeError):
        message = "measured must be the results.json that `make bench` writes, got"
        raise ValueError(f"{message} {str(path)!r}") from None


def benchmark_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """One benchmark as a report shows it.

    Parameters
    ----------
    rows
        As :func:`read_benchmarks` returns them.
    name
        In their column ``benchmark``.

    Returns
    -------
    Columns ``way median min max unit``, and ``times ours`` if there are peers.
    """
    chosen = rows[rows["benchmark"] == name]
    table = chosen[["way", "median", "min", "max", "unit"]]
    if chosen["ratio"].notna().any():
        table = table.assign(**{"times ours": 1 / chosen["ratio"]})
    return table


def describe_benchmark(rows: pd.DataFrame, name: str) -> str:
    """One benchmark in words: what ours takes, and how many times as long the others take.

    Parameters
    ----------
    rows
        As :func:`read_benchmarks` returns them.
    name
        In their column ``benchmark``.

    Examples
    --------
    >>> rows = pd.DataFrame({
    ...     "benchmark": "training",
    ...     "way": ["hw.fit", "a loop", "x"],
    ...     "median": [1.5, 3, None],
    ...     "unit": ["s per epoch", "s per epoch", "not installed"],
    ...     "ratio": [None, 0.5, None],
    ... })
    >>> describe_benchmark(rows, "training")
    '`hw.fit`: 1.5 s per epoch; a loop: 2.0 times as long; x: not installed.'
    """
    sentences: list[list[str]] = []
    for row in rows[rows["benchmark"] == name].to_dict("records"):
        is_measured = not pd.isna(row["median"])
        is_ours = is_measured and pd.isna(row["ratio"])
        if is_ours:
            clause = f"`{row['way']}`: {row['median']:.3g} {row['unit']}"
        elif is_measured:
            clause = f"{row['way']}: {1 / row['ratio']:.1f} times as long"
        else:
            clause = f"{row['way']}: {row['unit']}"
        if is_ours or not sentences:
            sentences.append([])
        sentences[-1].append(clause)
    return " ".join(f"{'; '.join(clauses)}." for clauses in sentences)


def scaling_curves(rows: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """How seconds grow, by what grows.

    Parameters
    ----------
    rows
        As :func:`read_benchmarks` returns them.

    Returns
    -------
    Curves for :func:`hw.plots.growth_curves`, with the columns ``size median min max``; and a
    sentence for each that tells the exponent.
    """
    exponents = rows[rows["benchmark"] == "scaling"]
    curves = {}
    sentences = {}
    for row in exponents.to_dict("records"):
        name = row["way"]
        measured = rows[rows["benchmark"] == f"scaling: {name}"]
        sizes = measured.assign(size=measured["way"].astype(float))
        curves[name] = sizes[["size", "median", "min", "max"]]
        meaning = next(text for bound, text in _GROWTH if row["median"] <= bound)
        sentences[name] = (
            f"twice as many take {2 ** row['median']:.2f} times as long, {meaning} "
            f"(exponent {row['median']:.2f}, {row['min']:.2f} to {row['max']:.2f})"
        )
    return curves, sentences
