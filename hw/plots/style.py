"""What all figures share: their width, their colours, their look."""

import colorsys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.figure import Figure

P = ParamSpec("P")

WIDTH = 6.3  # inches: the text width of the PDF

INK = "#1a1a1a"
SOFT = "#5f5f5f"
LINE = "#b4b4b4"
WASH = "#ececec"
BLUE = "#1f5a8f"  # training, ours
ORANGE = "#b95a18"  # validation, published, wrong
GREEN = "#2f8f83"
GREY = "#8a8a8a"
COLORS = (BLUE, ORANGE, GREEN, GREY)  # for curves and bars, in this order

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

STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
}


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


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure, `height` × `width` inches, unknown to pyplot, which would show it twice."""
    return Figure(figsize=(width, height), layout="constrained")


def class_colors(class_names: Sequence[str]) -> list[Any]:
    """A colour for each class: those of garments by their name, others in order."""
    others = mpl.colormaps["tab10"]
    return [GARMENT_COLORS.get(name, others(k % 10)) for k, name in enumerate(class_names)]


def as_text_color(color: Any) -> tuple[float, float, float]:
    """The colour, dark enough to be read on white."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*mpl.colors.to_rgb(color))
    return colorsys.hls_to_rgb(hue, min(lightness, 0.3), saturation)
