"""What all figures share: their width, their colours, their look."""

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

WIDTH = 6.3  # inches: the text width of the PDF
COLORS = sns.color_palette("colorblind")
mpl.rcParams |= {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}


def new_figure(height, width=WIDTH):
    """An empty figure that pyplot does not know of: nothing shows it twice, nothing keeps it alive."""
    return Figure(figsize=(width, height), layout="constrained")
