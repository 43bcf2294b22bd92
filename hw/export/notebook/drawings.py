"""Drawings that become part of a page: checked node by node, and set in the page's colours.

A drawing within an image can do nothing; one within the page could run, load and restyle. So only
figures of this package become part of a page, and only if all elements, attributes and values are
known to draw and nothing else, before anything is cleaned: a drawing that had to be cleaned was
not made here. Any other stays an image.
"""

import io
import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from PIL import Image

from hw.export.notebook.pictures import decode
from hw.export.tree import set_styles, styles

_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_UNUSED = ("class", "{http://www.w3.org/XML/1998/namespace}space")
ELEMENTS = frozenset([
    "svg", "g", "defs", "symbol", "use", "clipPath", "path", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "text", "tspan", "image", "title", "desc",
])  # fmt: skip
_DROPPED = frozenset(["metadata", "style"])  # a style sheet would rule the whole page
LOOKS = frozenset([
    "fill", "fill-opacity", "fill-rule", "clip-rule", "clip-path", "stroke", "stroke-width",
    "stroke-opacity", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray",
    "stroke-dashoffset", "opacity", "font", "font-family", "font-size", "font-style",
    "font-weight", "text-anchor", "image-rendering",
])  # fmt: skip
ATTRIBUTES = LOOKS | {
    "id", "style", "d", "x", "y", "dx", "dy", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry",
    "width", "height", "viewBox", "points", "transform", "preserveAspectRatio", "clipPathUnits",
    "version",
}  # fmt: skip
_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_FUNCTIONS = {"", "rgb", "rgba", "translate", "scale", "rotate", "matrix", "skewX", "skewY"}
_OWN = re.compile(r"url\(#([\w.:-]+)\)")
_BITMAP = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,([A-Za-z0-9+/=\s]*)")
_LOCAL = re.compile(r"#[\w.:-]+")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
_COLORS = {
    "#000000": "ink",
    "#1a1a1a": "ink",
    "#5f5f5f": "soft",
    "#b4b4b4": "line",
    "#ececec": "hair",
    "#ffffff": "paper",
    "#1f5a8f": "blue",
    "#b95a18": "accent",
    "#2f8f83": "teal",
    "#8a8a8a": "grey",
    "#9cc3e0": "sky",
}
"""What the page calls the colours of :mod:`hw.plots.style`, light and dark."""


def is_harmless(content: bytes) -> bool:
    """Whether a drawing, as the notebook has it, holds nothing that is not known to be harmless."""
    root = _read(content)
    return root is not None and all(map(_is_known, root.iter()))


def inline(content: bytes, size: tuple[float, float], prefix: str, alt: str) -> str | None:
    """Return a drawing as an element of a page, or None if it is not known to be harmless.

    Parameters
    ----------
    content : bytes
        A kept SVG file.
    size : tuple[float, float]
        Width and height in CSS pixels.
    prefix : str
        Put before its identifiers, which are unique on the page then.
    alt : str
        What it shows.
    """
    root = _read(content)
    if root is None or not all(map(_is_known, root.iter())):
        return None
    box = root.get("viewBox", f"0 0 {size[0]:g} {size[1]:g}")
    for node in root.iter():
        _adapt(node, prefix)
    root.attrib = {
        "viewBox": box,
        "role": "img",
        "aria-label": alt,
        "style": f"--width:{size[0]:.1f};fill:var(--ink);stroke-linejoin:round",
    }
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _read(content: bytes) -> Element | None:
    """A drawing without what is not drawn, or None if it is not XML or defines entities."""
    if b"<!ENTITY" in content:
        return None
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return None
    for parent in list(root.iter()):
        for child in list(parent):
            if _name(child) in _DROPPED:
                parent.remove(child)
    return root


def _name(node: Element) -> str:
    return node.tag.removeprefix(_SVG) if isinstance(node.tag, str) else ""


def _is_known(node: Element) -> bool:
    """Whether an element is in SVG's namespace and all of it is known."""
    if not str(node.tag).startswith(_SVG) or _name(node) not in ELEMENTS:
        return False
    target = _BITMAP if _name(node) == "image" else _LOCAL
    attributes = {key: value for key, value in node.items() if key not in _UNUSED}
    references = [attributes.pop(key) for key in _HREFS if key in attributes]
    return (
        all(map(target.fullmatch, references))
        and attributes.keys() <= ATTRIBUTES
        and all(map(_is_plain, attributes.values()))
        and styles(node).keys() <= LOOKS
    )


def _is_plain(value: str) -> bool:
    """Whether a value calls nothing but geometry, colours and parts of its own drawing."""
    functions = _FUNCTION.findall(_OWN.sub("", value))
    return "\\" not in value and set(functions) <= _FUNCTIONS


def _adapt(node: Element, prefix: str) -> None:
    """Give an element the page's colours, and identifiers that only this drawing has."""
    node.tag = _name(node)
    declared = styles(node)
    for key, value in list(node.items()):
        del node.attrib[key]
        if key in _HREFS:
            is_bitmap = value.startswith("data:")
            node.set("href", value if is_bitmap else f"#{prefix}{value[1:]}")
            if is_bitmap and _is_ink(value):
                node.set("class", "ink")
        elif key == "id":
            node.set("id", prefix + value)
        elif key in LOOKS:
            declared.setdefault(key, value)
        elif key in ATTRIBUTES - {"style"}:
            node.set(key, value)
    own = {key: _OWN.sub(rf"url(#{prefix}\1)", value) for key, value in declared.items()}
    set_styles(node, {key: _COLOR.sub(_variable, value) for key, value in own.items()})


def _variable(match: re.Match[str]) -> str:
    name = _COLORS.get(match[0].lower())
    return f"var(--{name})" if name else match[0]


def _is_ink(uri: str) -> bool:
    """Whether the page shows through a bitmap, so that it has to follow the page's colours."""
    with Image.open(io.BytesIO(decode(uri.partition(",")[2]))) as image:
        return "A" in image.mode and image.getchannel("A").getextrema()[0] == 0
