"""Every figure of the reports: arrays and tables in, a matplotlib Figure out.

Importing this room changes no setting of matplotlib, and no figure is known to pyplot.
"""

from hw.plots.classes import class_bars, confusion_matrix, reliability_diagram
from hw.plots.codes import code_map, code_scatter, error_curves
from hw.plots.comparison import comparison_plot
from hw.plots.costs import cost_bars, growth_curves
from hw.plots.curves import learning_curves, paired_curves
from hw.plots.images import class_samples, image_grid, image_rows, mistakes
from hw.plots.settings import marginal_effects, parallel_coordinates
from hw.plots.style import COLUMN, FULL, MIDDLE
from hw.plots.sweeps import sweep_curves, sweep_heatmaps

__all__ = [
    "COLUMN",
    "FULL",
    "MIDDLE",
    "class_bars",
    "class_samples",
    "code_map",
    "code_scatter",
    "comparison_plot",
    "confusion_matrix",
    "cost_bars",
    "error_curves",
    "growth_curves",
    "image_grid",
    "image_rows",
    "learning_curves",
    "marginal_effects",
    "mistakes",
    "paired_curves",
    "parallel_coordinates",
    "reliability_diagram",
    "sweep_curves",
    "sweep_heatmaps",
]
