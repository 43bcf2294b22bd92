"""The published results, the comparison with them, and the published network of optdigits."""

from hw.published.comparison import compare, compare_grid, compare_log, published, published_log

__all__ = ["compare", "compare_grid", "compare_log", "published", "published_log"]
