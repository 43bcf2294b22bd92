"""What ``make bench`` has measured, as tables and in words."""

import json
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


def read_benchmarks(path):
    """What ``make bench`` has written.

    Parameters
    ----------
    path : str or Path
        ``benchmarks/results.json``.

    Returns
    -------
    tuple[dict[str, str], pandas.DataFrame]
        Where it was measured; and a row for each way to do something: ``benchmark way median min max unit ratio of``.
        ``ratio`` is the share of this way's time that ours takes (median over rounds), absent for ours.

    Raises
    ------
    ValueError
        When there is no such file, or it is another one.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        return content["provenance"], pd.DataFrame(content["rows"]).astype({"median": float, "ratio": float})
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"measured must be the results.json that `make bench` writes, got {str(path)!r}") from None


def benchmark_table(rows, name):
    """One benchmark as a report shows it: ``way median min max unit``, and ``times ours`` where there are peers.

    Parameters
    ----------
    rows : pandas.DataFrame
        As :func:`read_benchmarks` returns them.
    name : str
        In their column ``benchmark``.
    """
    own = rows[rows["benchmark"] == name]
    table = own[["way", "median", "min", "max", "unit"]]
    return table.assign(**{"times ours": 1 / own["ratio"]}) if own["ratio"].notna().any() else table


def in_words(rows, name):
    """One benchmark as a sentence for each of our ways: what it takes, and how many times as long the others.

    Examples
    --------
    >>> rows = pd.DataFrame({
    ...     "benchmark": "training", "way": ["hw.fit", "a loop", "x"], "median": [1.5, 3, None],
    ...     "unit": ["s per epoch", "s per epoch", "not installed"], "ratio": [None, 0.5, None],
    ... })
    >>> in_words(rows, "training")
    '`hw.fit`: 1.5 s per epoch; a loop: 2.0 times as long; x: not installed.'
    """
    sentences = []
    for row in rows[rows["benchmark"] == name].itertuples():
        if pd.isna(row.median):
            part, ours = f"{row.way}: {row.unit}", False
        elif pd.isna(row.ratio):
            part, ours = f"`{row.way}`: {row.median:.3g} {row.unit}", True
        else:
            part, ours = f"{row.way}: {1 / row.ratio:.1f} times as long", False
        if ours or not sentences:
            sentences.append([])
        sentences[-1].append(part)
    return " ".join(f"{'; '.join(parts)}." for parts in sentences)


def growth(rows):
    """How seconds grow, by what grows: a curve for :func:`hw.growth_curves`, and the exponent in words.

    Returns
    -------
    tuple[dict[str, pandas.DataFrame], dict[str, str]]
        Curves with ``size median min max``, and a sentence for each.
    """
    exponents = rows[rows["benchmark"] == "scaling"].set_index("way")
    curves, words = {}, {}
    for name, row in exponents.iterrows():
        own = rows[rows["benchmark"] == f"scaling: {name}"]
        curves[name] = own.assign(size=own["way"].astype(float))[["size", "median", "min", "max"]]
        meaning = next(text for bound, text in _GROWTH if row["median"] <= bound)
        words[name] = (
            f"twice as many take {2 ** row['median']:.2f} times as long, {meaning} "
            f"(exponent {row['median']:.2f}, {row['min']:.2f} to {row['max']:.2f})"
        )
    return curves, words
