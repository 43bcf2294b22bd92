"""CSS that survives in the tree, as options of Typst's functions."""

import re
from collections.abc import Mapping
from functools import lru_cache
from xml.etree.ElementTree import Element

from PIL import ImageColor

# nbconvert's classes for a terminal's colours, dark enough to read on paper
_TERMINAL = {
    "black": "#3e424d",
    "red": "#b22b31",
    "green": "#00734a",
    "yellow": "#8a5a00",
    "blue": "#1f5a8f",
    "magenta": "#8f4a9b",
    "cyan": "#2a7485",
    "white": "#5f5f5f",
}


@lru_cache(1000)
def color(value: str) -> str | None:
    """Return the Typst colour of a CSS colour; None if there is none or it is transparent."""
    value = value.lower().replace("!important", "").strip()
    alpha = 1.0
    if match := re.fullmatch(r"(rgb|hsl)a?\((.+?)[,/]\s*([\d.]+)(%?)\s*\)", value):
        parts = [part for part in re.split(r"[,\s]+", match[2]) if part]
        if len(parts) == 3:
            value = f"{match[1]}({', '.join(parts)})"
            alpha = min(float(match[3]) / (100 if match[4] else 1), 1)
    try:
        red, green, blue = ImageColor.getrgb(value)[:3]
    except ValueError:
        return None
    if alpha == 0 or not all(0 <= part <= 255 for part in (red, green, blue)):
        return None
    return f'rgb("#{red:02x}{green:02x}{blue:02x}{round(alpha * 255):02x}")'


def background(style: Mapping[str, str]) -> str | None:
    """Return the fill for a background; None for white."""
    fill = color(style.get("background-color", ""))
    return None if fill == 'rgb("#ffffffff")' else fill


def text_options(style: Mapping[str, str], classes: str = "") -> list[str]:
    """Return options of ``text`` for declarations and for the classes of terminal colours."""
    options = {}
    for name in classes.split() if classes.startswith("ansi") else ():
        if name == "ansi-bold":
            options["weight"] = '"bold"'
        elif name.endswith("-fg"):
            shade = name.removeprefix("ansi-").removesuffix("-fg").removesuffix("-intense")
            options["fill"] = f'rgb("{_TERMINAL.get(shade, "#1a1a1a")}")'
    if fill := color(style.get("color", "")):
        options["fill"] = fill
    if re.match(r"bold|[6-9]00", style.get("font-weight", "")):
        options["weight"] = '"bold"'
    if "italic" in style.get("font-style", ""):
        options["style"] = '"italic"'
    return [f"{name}: {value}" for name, value in options.items()]


def side(style: Mapping[str, str], node: Element) -> str | None:
    """Return the horizontal alignment that a node asks for: left, center, right or None."""
    value = style.get("text-align") or node.get("align") or ""
    value = value.replace("start", "left").replace("end", "right").strip()
    return value if value in ("left", "center", "right") else None
