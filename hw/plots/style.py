"""What all figures share: their widths, their colours, their look.

A figure is drawn at the width at which it is printed, and its text stays text: whoever shows it
sets it in the typeface around it. Measures are millimetres.
"""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

P = ParamSpec("P")

MM = 1 / 25.4  # inches
COLUMN = 80.0  # one of the two columns of a page
MIDDLE = 118.0  # with the caption beside it
FULL = 166.0  # both columns

INK = "#1a1a1a"
SOFT = "#5f5f5f"
LINE = "#b4b4b4"
WASH = "#ececec"
PAPER = "#ffffff"
BLUE = "#1f5a8f"  # training, ours
ORANGE = "#b95a18"  # validation, published, wrong
SKY = "#9cc3e0"  # noise
GREEN = "#2f8f83"
GREY = "#8a8a8a"
COLORS = (BLUE, ORANGE, GREEN, GREY)  # for curves and bars, in this order
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.2)), "-.", ":")  # tell curves apart in grey print

GARMENT_COLORS = {  # the hue shows the family, the lightness the member
    "T-shirt/top": "#86b6dc",
    "Pullover": "#4a8fc7",
    "Coat": "#1f5a8f",
    "Shirt": "#0c2f55",
    "Dress": "#45a898",
    "Trouser": "#0f5b50",
    "Sandal": "#efb069",
    "Sneaker": "#d47a24",
    "Ankle boot": "#8c410c",
    "Bag": "#8a8a8a",
}

SMALL = 8.0  # points: tick labels, notes within a figure
LETTER = 1.45  # mm, width of a letter, about
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",  # the page shows through
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelpad": 2.5,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.5,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.titlesize": 8.5,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
    "figure.facecolor": "none",
    # STIXGeneral comes with matplotlib and is about as wide as what the reports are set in
    "font.family": ["Libertinus Serif", "STIXGeneral"],
    "font.size": 8.5,
    "legend.borderaxespad": 0,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.1,
    "lines.markersize": 3,
    "lines.solid_capstyle": "round",
    "mathtext.fontset": "stix",
    "text.color": INK,
    **{
        f"{axis}tick.{name}": value
        for axis in "xy"
        for name, value in {
            "color": SOFT,
            "labelcolor": INK,
            "labelsize": SMALL,
            "major.pad": 2,
            "major.size": 2.5,
            "major.width": 0.5,
        }.items()
    },
}


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether a message is not about the typeface that need not be installed."""
    return "Libertinus Serif" not in record.getMessage()


logging.getLogger("matplotlib.font_manager").addFilter(_is_worth_telling)


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw a figure in the style of the reports without changing matplotlib's settings."""

    @wraps(draw)
    def draw_styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            fig = draw(*args, **kwargs)
            for ax in fig.axes:
                for axis in (ax.xaxis, ax.yaxis):  # ticks would be made outside the style later
                    axis.get_major_ticks(1)
                    axis.get_minor_ticks(1)
        return fig

    return draw_styled


def new_figure(height: float, width: float = FULL, layout: Any = "constrained") -> Figure:
    """An empty figure of `width` × `height` mm, unknown to pyplot, which would show it twice."""
    return Figure(figsize=(width * MM, height * MM), layout=layout)


def place_axes(
    fig: Figure, left: float, top: float, width: float, height: float, **options: Any
) -> Axes:
    """Axes at a place in mm from the figure's top left corner, whatever the font's metrics."""
    across, down = (size / MM for size in fig.get_size_inches())
    box = (left / across, 1 - (top + height) / down, width / across, height / down)
    return fig.add_axes(box, **options)


def class_colors(class_names: Sequence[str]) -> list[Any]:
    """A colour for each class: those of garments by their name, others in order."""
    others = mpl.colormaps["tab10"]
    return [GARMENT_COLORS.get(name, others(k % 10)) for k, name in enumerate(class_names)]


def minus(text: str) -> str:
    """The text with a real minus."""
    return text.replace("-", "−")
