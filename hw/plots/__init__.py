"""Every figure of the reports: arrays and tables in, a matplotlib Figure out.

Importing this room changes no setting of matplotlib, and no figure is known to pyplot.
"""

from hw.plots.classes import class_balance, class_bars, confusion_matrix, reliability_diagram
from hw.plots.codes import code_map, code_scatter, error_curves
from hw.plots.costs import cost_bars, growth_curves
from hw.plots.curves import learning_curves, sweep_curves, sweep_heatmaps
from hw.plots.images import class_samples, image_grid, image_rows
from hw.plots.settings import marginal_effects, parallel_coordinates

__all__ = [
    "class_balance",
    "class_bars",
    "class_samples",
    "code_map",
    "code_scatter",
    "confusion_matrix",
    "cost_bars",
    "error_curves",
    "growth_curves",
    "image_grid",
    "image_rows",
    "learning_curves",
    "marginal_effects",
    "parallel_coordinates",
    "reliability_diagram",
    "sweep_curves",
    "sweep_heatmaps",
]
