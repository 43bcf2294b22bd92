"""Numbers of figures and tables, and the words of references to them."""

import re
from collections.abc import Callable, Iterable
from xml.etree.ElementTree import Element

from hw.export.tree import plain

_NUMBERED = re.compile(
    r"\s*(fig|figure|table|tab|tbl|abb|abbildung|tabelle|图|表)\b\.?\s*\d", re.IGNORECASE
)
_PREFIX = re.compile("(fig|tbl|tab)-.+")


def number(main: Element, words: dict[str, str]) -> dict[str, str]:
    """Write "Figure 1." before the captions of labelled figures, likewise of tables.

    Parameters
    ----------
    main : Element
        The tree; identifiers are unique.
    words : dict[str, str]
        What ``figure`` and ``table`` are called.

    Returns
    -------
    dict[str, str]
        "Figure 1" by identifier.
    """
    names: dict[str, str] = {}
    counts = dict.fromkeys(words, 0)
    for part in main:
        for node in part.iter():
            if node.tag not in words or not _is_labelled(node, part):
                continue
            caption = node.find("figcaption" if node.tag == "figure" else "caption")
            if caption is None or _NUMBERED.match(plain(caption)):
                continue
            counts[node.tag] += 1
            name = f"{words[node.tag]} {counts[node.tag]}"
            names[node.get("id", "")] = name
            bold = Element("b")
            bold.text = f"{name}."
            bold.tail = f" {(caption.text or '').lstrip()}"
            caption.text = None
            caption.insert(0, bold)
    return names


def _is_labelled(node: Element, part: Element) -> bool:
    if "numbered" in node.get("class", "").split() or "data-numbered" in node.attrib:
        return True
    name = node.get("id", "")
    return bool(name) and (part.get("class") == "markdown" or _PREFIX.fullmatch(name) is not None)


def fill_references(
    parts: Iterable[Element],
    names: dict[str, str],
    headings: dict[str, str],
    tell: Callable[[Element, str], None],
) -> None:
    """Write "Figure 1", or a heading's words, into the empty references.

    A reference to something unknown shows its label, and is told.
    """
    for part in parts:
        for node in part.iter("a"):
            if "ref" not in node.get("class", "").split():
                continue
            label = node.get("href", "").removeprefix("#")
            found = next((name for name in _spellings(label) if name in names), None)
            if found or label in headings:
                node.set("href", f"#{found or label}")
                text = names[found] if found else headings[label]
            else:
                tell(part, f"The reference to {label} leads nowhere in this notebook.")
                node.tag = "span"
                node.attrib.pop("href", None)
                text = label
            shown = plain(node)
            if "%s" in shown:
                node.text = shown.replace("%s", text.rpartition(" ")[2])
            elif not shown:
                node.text = text


def _spellings(label: str) -> list[str]:
    """Return a label as Quarto writes it and as this project does."""
    kind, dash, name = label.partition("-")
    others = {"tbl": "tab", "tab": "tbl"}
    return [label, f"{others[kind]}-{name}"] if dash and kind in others else [label]
