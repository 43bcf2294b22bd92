"""The published results, how ours compare with them, and the published network of optdigits."""

from hw.published.comparison import (
    Z95,
    compare,
    compare_grid,
    compare_log,
    published,
    published_log,
)

__all__ = ["Z95", "compare", "compare_grid", "compare_log", "published", "published_log"]
