"""Trees of HTML: parsed from balanced text, changed in place, written as text again."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape
from itertools import count
from xml.etree.ElementTree import Element, SubElement

_TOKEN = re.compile(r'<(/?)([A-Za-z][\w:-]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*/?>|([^<]+|<)')
_ATTRIBUTE = re.compile(r'([^\s=>"]+)(?:="([^"]*)")?')
_VOID = {"br", "hr", "img", "input", "col", "wbr", "source"}
_DEPTH = 64  # nested elements; what lies deeper moves up to this level
_LENGTH = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(px|pt|em|rem|in|cm|mm|ex|)\s*")
_PIXELS = {
    "px": 1, "": 1, "pt": 4 / 3, "em": 16, "rem": 16, "in": 96, "cm": 37.8, "mm": 3.78, "ex": 8,
}  # fmt: skip


def parse(html: str) -> Element:
    """Read balanced HTML, such as nh3 writes, into a ``<div>``.

    Elements nested more than 64 levels deep are dissolved: their text and children move up.
    """
    root = Element("div")
    stack = [("", root)]
    for match in _TOKEN.finditer(html):
        slash, tag, attributes, text = match.groups()
        top = stack[-1][1]
        if text is not None:
            add_text(top, unescape(text))
        elif slash:
            if stack[-1][0] == tag:
                stack.pop()
        elif tag in _VOID:
            SubElement(top, tag, _attributes(attributes))
        elif len(stack) > _DEPTH:
            stack.append((tag, top))
        else:
            stack.append((tag, SubElement(top, tag, _attributes(attributes))))
    return root


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)} if text else {}


def add_text(node: Element, text: str) -> None:
    """Add text at the end of a node."""
    if len(node):
        node[-1].tail = (node[-1].tail or "") + text
    else:
        node.text = (node.text or "") + text


def serialise(
    node: Element, attributes: Callable[[Element], Mapping[str, str]] = lambda node: node.attrib
) -> str:
    """Write a node as HTML, with the attributes that a function gives for each element."""
    parts: list[str] = []

    def write(node: Element) -> None:
        written = "".join(f' {key}="{escape(value)}"' for key, value in attributes(node).items())
        parts.append(f"<{node.tag}{written}>")
        if node.tag in _VOID:
            return
        parts.append(escape(node.text or "", quote=False))
        for child in node:
            write(child)
            parts.append(escape(child.tail or "", quote=False))
        parts.append(f"</{node.tag}>")

    write(node)
    return "".join(parts)


def plain(node: Element) -> str:
    """Return a node's text with single spaces; the descriptions of its images if it has none."""
    text = "".join(node.itertext())
    if not text.strip():
        text = " ".join(image.get("alt", "") for image in node.iter("img"))
    return " ".join(text.split())


def replace(parent: Element, at: int, *by: Element) -> None:
    """Put other nodes, or nothing, in place of the child at an index; the text behind it stays."""
    tail = parent[at].tail or ""
    parent[at].tail = None
    parent[at : at + 1] = by
    before = at + len(by)
    if before:
        parent[before - 1].tail = (parent[before - 1].tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail


def beginning(node: Element, most: int) -> Element:
    """Return a copy of a node that ends before an element below it is one too many."""
    number = count(1)

    def copied(node: Element) -> Element:
        new = Element(node.tag, node.attrib)
        new.text = node.text
        new.tail = node.tail
        new.extend(copied(child) for child in node if next(number) <= most)
        return new

    return copied(node)


def places(root: Element) -> Iterator[tuple[Element, int, Element]]:
    """Yield parent, index and node of each node below the root, in the order of the document."""
    for parent in root.iter():
        for at, node in enumerate(parent):
            yield parent, at, node


def styles(node: Element) -> dict[str, str]:
    """Return the declarations of a node's ``style``, names in lower case."""
    parts = (part.partition(":") for part in node.get("style", "").split(";"))
    return {name.strip().lower(): value.strip() for name, colon, value in parts if colon}


def set_styles(node: Element, declarations: Mapping[str, str]) -> None:
    """Write declarations into a node's ``style``."""
    if declarations:
        node.set("style", ";".join(f"{name}:{value}" for name, value in declarations.items()))
    else:
        node.attrib.pop("style", None)


def pixels(length: str) -> float:
    """Return a CSS length in CSS pixels; 0 for a percentage and for what is no length."""
    match = _LENGTH.fullmatch(str(length))
    return float(match[1]) * _PIXELS[match[2]] if match else 0.0
