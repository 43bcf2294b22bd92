"""Tables of a report on two-dimensional codes: means over seeds, and errors beside a baseline."""

from collections.abc import Mapping, Sequence

import pandas as pd

from hw.config import TrainingConfig
from hw.metrics import mean_and_spread
from hw.published import compare_baselines
from hw.report.numbers import format_column, plus_minus


def seed_table(
    rows: Mapping[str, Sequence[Mapping[str, float]]], decimals: Mapping[str, int], name: str
) -> pd.DataFrame:
    """Return scores as means over seeds, with the standard deviation where there is one.

    Parameters
    ----------
    rows
        By what was measured: its scores by their names, for each seed; a single one for what
        depends on no seed. A score may be missing.
    decimals
        Of each score, in the order of the columns.
    name
        Head of the first column.
    """
    cells = {
        score: [
            plus_minus(*mean_and_spread([seed[score] for seed in seeds if score in seed]), digits)
            if any(score in seed for seed in seeds)
            else "–"
            for seeds in rows.values()
        ]
        for score, digits in decimals.items()
    }
    return pd.DataFrame(cells, index=pd.Index(rows, name=name))


def error_table(
    rows: Mapping[str, Sequence[Mapping[str, float]]],
    decimals: Mapping[str, int],
    baseline: str,
    config: TrainingConfig | None = None,
) -> pd.DataFrame:
    """Return :func:`seed_table` with the difference of each error from that of a baseline.

    Parameters
    ----------
    rows
        As for :func:`seed_table`, with the score "error".
    decimals
        As for :func:`seed_table`.
    baseline
        The row without noise that those of several networks are compared with.
    config
        The report's settings: the errors of a shortened run are not judged.

    Returns
    -------
    With ``difference``, ``noise`` and ``verdict``, of the rows that follow the baseline and have
    an error.
    """
    table = seed_table(rows, decimals, "codes")
    value = rows[baseline][0]["error"]
    after = list(rows).index(baseline)
    judged = {}
    for name in list(rows)[after + 1 :]:
        errors = [seed["error"] for seed in rows[name] if "error" in seed]
        if errors:
            compared = compare_baselines({baseline: value}, errors, config=config)
            judged[name] = compared.iloc[0]
    found = pd.DataFrame(judged).T.reindex(table.index)
    digits = decimals["error"]
    for name, sign in (("difference", "+"), ("noise", "")):
        table[name] = format_column(found[name].astype(float), f"{sign},.{digits}f")
    return table.assign(verdict=found["verdict"].fillna("–"))


def describe_layers(hidden_sizes: Sequence[int], n_inputs: int, code_size: int) -> str:
    """Return the units of an autoencoder, layer by layer: "64-128-64-2-64-128-64"."""
    encoder = [n_inputs, *hidden_sizes]
    return "-".join(map(str, [*encoder, code_size, *reversed(encoder)]))
