"""Title, identifiers, links and levels of a complete tree."""

import re
from collections.abc import Callable
from copy import deepcopy
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from hw.export.tree import places, replace

_HEADING = re.compile("h[1-6]")
_TOP = ("", "top", "report")


def find_headings(main: Element, text: Callable[[Element], str]) -> list[Element]:
    """Return the headings that say something; the others become boxes."""
    found = []
    for node in main.iter():
        if _HEADING.fullmatch(node.tag):
            if text(node):
                found.append(node)
            else:
                node.tag = "div"
    return found


def take_title(
    main: Element, headings: list[Element], given: str, text: Callable[[Element], str]
) -> Element | None:
    """Return the heading that is the report's title, taken out of the tree if it opens the report.

    That is the first of level one in Markdown, unless another title is given. It opens the report
    if no heading of level two comes before it; otherwise a copy is returned and it stays.
    """
    first = next(
        (
            n
            for part in main
            if part.get("class") == "markdown"
            for n in part.iter("h1")
            if n in headings
        ),
        None,
    )
    if first is None or (given and text(first) != given):
        return None
    if any(node.tag == "h2" for node in headings[: headings.index(first)]):
        return deepcopy(first)
    headings.remove(first)
    first.set("id", first.get("id") or _jupyter_id(text(first)))
    parent, at = next((parent, at) for parent, at, node in places(main) if node is first)
    replace(parent, at)
    return first


def set_identifiers(
    main: Element, headings: list[Element], text: Callable[[Element], str]
) -> dict[str, Element]:
    """Give headings the identifiers that Jupyter gives them; make all identifiers unique.

    Returns nodes by identifier; a name given twice belongs to the first.
    """
    for node in headings:
        if not node.get("id"):
            node.set("id", _jupyter_id(text(node)))
    taken: dict[str, Element] = {}
    counts: dict[str, int] = {}
    for node in (node for part in main for node in part.iter()):
        if name := node.get("id"):
            name = unique = _jupyter_id(name)
            while unique in taken or unique in _TOP:
                counts[name] = counts.get(name, 1) + 1
                unique = f"{name}-{counts[name]}"
            node.set("id", unique)
            taken[unique] = node
    return taken


def _jupyter_id(text: str) -> str:
    return re.sub(r"\s", "-", text)


def fit_references(main: Element, headings: list[Element]) -> None:
    """Give the list of references a heading as high as the sections have."""
    section = next((part for part in main if part.get("id") == "references"), None)
    if section is not None and len(section) and any(node.tag == "h1" for node in headings):
        section[0].tag = "h1"


def set_levels(headings: list[Element]) -> None:
    """Move headings below the title's level, and let no level be skipped."""
    shift = 1 if any(node.tag == "h1" for node in headings) else 0
    before = 1
    for node in headings:
        before = min(int(node.tag[1]) + shift, before + 1, 6)
        node.tag = f"h{before}"


def mend_links(
    main: Element,
    targets: dict[str, Element],
    title: Element | None,
    tell: Callable[[Element, str], None],
) -> None:
    """Point links within the report to what they mean; those that lead nowhere become text.

    A link finds its target by its exact name, or by its letters and digits in lower case.
    """
    loose: dict[str, str] = {}
    for name in targets:
        loose.setdefault(_letters(name), name)
    top = {title.get("id", ""), _letters(title.get("id", ""))} if title is not None else set()
    for part in main:
        for node in part.iter("a"):
            href = node.get("href", "")
            if not href.startswith("#"):
                continue
            name = unquote(href[1:])
            if name in _TOP or name in top or (_letters(name) in top and name not in targets):
                node.set("href", "#report")
            elif found := name if name in targets else loose.get(_letters(name)):
                node.set("href", f"#{found}")
            elif "ref" not in node.get("class", "").split():
                tell(part, f"The link {href[:100]} leads nowhere in this notebook.")
                node.tag = "span"
                del node.attrib["href"]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
