"""Pictures as Typst code, with the sizes that suit the page."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from hw.export.formulas.mathematics import string
from hw.export.tree import pixels, styles

MM = 72 / 25.4  # points in a millimetre
FULL = 166 * MM  # both columns, or one column with the room beside it
MIDDLE = 118 * MM  # with the caption beside it
COLUMN = 80 * MM
MEASURE = 118 * MM  # text of a one-column report, 75 letters a line
_NATURAL = 300.0  # points, height of a picture that no one gave a size
_TALL = 520.0  # the same for one that is taller than wide
_TALLEST = 640.0
_PIXEL = 0.75  # points
_UNDESCRIBED = "a picture without a description"


def image_width(image: Element, natural: tuple[float, float], available: float) -> float:
    """Return a width in points: the one asked for or the picture's own, if it fits the page.

    ``natural`` is the picture's size in CSS pixels, zeros if unknown.
    """
    style = styles(image)
    asked = style.get("width", "") or image.get("width", "")
    tall = pixels(style.get("height", "") or image.get("height", ""))
    ratio = natural[1] / natural[0] if all(natural) else 0.0
    if match := re.fullmatch(r"\s*(\d{1,4}(?:\.\d*)?)\s*%\s*", asked):
        width = available * min(float(match[1]), 100) / 100
    elif pixels(asked):
        width = pixels(asked) * _PIXEL
    elif tall and ratio:
        width = tall / ratio * _PIXEL
    else:
        width = natural[0] * _PIXEL or available
        if ratio:
            width = min(width, (_NATURAL if ratio <= 1 else _TALL) / ratio)
    width = min(width, available, _TALLEST / ratio if ratio else available)
    return max(width, 1)


def image_call(image: Element, name: str, width: float, natural: tuple[float, float]) -> str:
    """Return a call that shows a picture of the given width in points.

    Its height is said if it is known: without, Typst would crop what does not fit on the page.
    """
    alt = " ".join((image.get("alt") or "").split()) or _UNDESCRIBED
    height = f", height: {width * natural[1] / natural[0]:.1f}pt" if all(natural) else ""
    return f"image({string(name)}, width: {width:.1f}pt{height}, alt: {string(alt[:800])})"


def class_of(asked: str | None, natural: tuple[float, float]) -> str:
    """Return the width of a figure of ours: column, middle or full; by its size if not asked."""
    if asked in ("column", "middle", "full"):
        return asked
    points = natural[0] * _PIXEL
    if 0 < points <= COLUMN * 1.1:
        return "column"
    return "middle" if points <= MIDDLE * 1.05 else "full"


def figure_call(
    image: Element,
    name: str,
    sizes: Mapping[str, tuple[float, float]],
    caption: str,
    asked: str | None,
    number: int,
) -> str:
    """Return a call for a figure that floats to an edge, one or both of two columns wide."""
    natural = sizes.get(name, (0.0, 0.0))
    kind = class_of(asked, natural)
    width = {"column": COLUMN, "middle": MIDDLE, "full": FULL}[kind]
    width = min(width, natural[0] * _PIXEL) if natural[0] else width
    ratio = natural[1] / natural[0] if all(natural) else 0.0
    width = min(width, _TALLEST * 0.8 / ratio) if ratio else width
    call = image_call(image, name, width, natural)
    call = f'marked("image-{number}", {call})'
    if kind == "column":
        return f"column({call}, {width:.1f}pt, {caption}, image, wide: false)"
    if kind == "middle" and caption != "none":
        return f'beside({call}, {width:.1f}pt, {caption}, placement: top, scope: "parent")'
    return f'picture({call}, caption: {caption}, placement: top, scope: "parent")'
