"""Numbers as a table prints them: as many decimals in the whole column, a real minus."""

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

MISSING = "–"
_DIGITS = 4  # significant digits of the largest number in a column
_FEWEST = 2  # of the smallest
_MOST = 7  # decimals; beyond them numbers are written with powers of ten
_NARROW = "\u202f"  # a narrow space at which no line is broken
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def format_column(values: Iterable[Any], specification: str | None = None) -> list[str]:
    """Return the texts of a column.

    Parameters
    ----------
    values
        Numbers and anything else; None and NaN become a dash.
    specification
        Format specification of the floats, such as ``.4f``. By default all have as many decimals as
        show four significant digits of the largest and two of the smallest, without zeros that all
        of them end in; thousands and numbers below ten are each formatted on their own.
    """
    values = list(values)
    floats = [float(value) for value in values if _is_float(value) and math.isfinite(value)]
    if specification is None and _differ_in_kind(floats):
        return [text for value in values for text in format_column([value])]
    return [_format(value, specification or _specification(floats)) for value in values]


def plus_minus(mean: float, spread: float, decimals: int = 4) -> str:
    """Return "0.9138 ± 0.0014"; the mean alone without a spread, a dash without a mean."""
    if mean is None or math.isnan(mean):
        return MISSING
    text = _format(float(mean), f",.{decimals}f")
    if spread is None or math.isnan(spread):
        return text
    return f"{text}{_NARROW}±{_NARROW}{spread:,.{decimals}f}"


def _differ_in_kind(numbers: list[float]) -> bool:
    """Whether numbers are too different to share their decimals, such as a sum and a rate."""
    sizes = [abs(number) for number in numbers if number]
    return bool(sizes) and max(sizes) >= 1_000 and min(sizes) < 10


def with_interval(value: float, low: float, high: float, decimals: int = 4) -> str:
    """Return "0.8968 (0.8907 to 0.9026)"."""
    return f"{value:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


def minus(text: str) -> str:
    """Return prose in which negative numbers have a real minus."""
    return re.sub(r"(?<![\w-])-(?=\d)", "−", text)


def percent(share: float, specification: str = ".0%") -> str:
    """Return "17 %", with a narrow space and a real minus.

    Examples
    --------
    >>> percent(-0.042, ".1%") == "−4.2\u202f%"
    True
    """
    return _format(float(share), specification)


def _is_float(value: Any) -> bool:
    return isinstance(value, float | np.floating)


def _specification(numbers: list[float]) -> str:
    sizes = [abs(number) for number in numbers if number]
    if not sizes:
        return ".0f"
    decimals = max(
        _DIGITS - 1 - math.floor(math.log10(max(sizes))),
        _FEWEST - 1 - math.floor(math.log10(min(sizes))),
        0,
    )
    if max(sizes) >= 1_000:
        return ",.0f"
    if decimals > _MOST:
        return ".2e"
    texts = [f"{number:.{decimals}f}" for number in numbers]
    while decimals and all(text.endswith("0") for text in texts):
        texts = [text[:-1] for text in texts]
        decimals -= 1
    return f".{decimals}f"


def _format(value: Any, specification: str) -> str:
    if value is None or value is pd.NA or (_is_float(value) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}".replace("-", "−")
    if not _is_float(value):
        return str(value)
    text = format(float(value), specification)
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("+-").isdigit():
        text = f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"
    return text.replace("-", "−").replace("%", f"{_NARROW}%")
