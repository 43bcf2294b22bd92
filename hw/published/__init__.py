"""The published results, how ours compare with them, and the published network of optdigits."""

from hw.published.comparison import (
    compare,
    compare_baselines,
    compare_grid,
    compare_log,
    judge_grid,
    published_log,
)
from hw.published.entries import published, read_published
from hw.published.verdicts import judge

__all__ = [
    "compare",
    "compare_baselines",
    "compare_grid",
    "compare_log",
    "judge",
    "judge_grid",
    "published",
    "published_log",
    "read_published",
]
