"""HTML of any origin made harmless and read into a tree, each piece by itself.

Nothing that survives runs, loads or escapes its piece: nh3 removes scripts, event handlers and
unknown URL schemes; declarations in ``style`` are kept by name and by value; what plays or embeds
becomes a note, and a picture becomes a file.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import nh3

from hw.export.notebook.pictures import Files
from hw.export.tree import parse, places, replace, set_styles, styles

_EMBEDDED = {
    "x-iframe": "A frame", "x-video": "A video", "x-audio": "A sound", "x-canvas": "A drawing",
    "x-object": "An embedded object", "x-embed": "An embedded object",
}  # fmt: skip
_MORE_TAGS = {"section", "input", "font", "big", "address", "label", "source"}
_WITH_FALLBACK = {"x-video", "x-audio", "x-object", "x-canvas"}
_SIZED = {"img", "td", "th", "col", "table", "hr"}
_KEPT_STYLES = {
    "color", "background-color", "background", "text-align", "width", "height", "font-weight",
    "font-style", "text-decoration", "display", "vertical-align", "white-space",
}  # fmt: skip
_CLEANER = nh3.Cleaner(
    tags=(nh3.ALLOWED_TAGS | _MORE_TAGS | set(_EMBEDDED)) - {"map", "area"},
    attributes={
        "*": {"id", "class", "title", "dir", "style", "align", "hidden"},
        "a": {"href", "name"}, "img": {"src", "alt", "width", "height"},
        "ol": {"start", "type", "reversed"}, "li": {"value"}, "details": {"open"},
        "td": {"colspan", "rowspan", "bgcolor"}, "th": {"colspan", "rowspan", "scope", "bgcolor"},
        "tr": {"bgcolor"}, "col": {"span", "width"}, "table": {"width", "bgcolor"},
        "input": {"type", "checked"}, "font": {"color"},
        "span": {"data-keys", "data-form", "data-notes", "data-prefix", "data-suffix"},
        "source": {"src"}, **{tag: {"src", "data"} for tag in _EMBEDDED},
    },
    clean_content_tags={
        "script", "style", "template", "title", "button", "select", "textarea", "noscript", "math",
        "svg",
    },
    filter_style_properties=_KEPT_STYLES,
    url_schemes={"http", "https", "mailto", "attachment", "data"},
    link_rel=None,
)  # fmt: skip
_EMBEDDING_TAG = re.compile(
    r"<(/?)(iframe|video|audio|object|embed|canvas)\b([^>]*)>", re.IGNORECASE
)
_UNQUOTED = re.compile(r"(\s[\w:-]+)=([^\s\"'=<>]+)(?=[\s/>])")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"#([\w-]+)(?:\s+(?:(\w+)|\.([\w-]+)))?")
_SAFE_VALUE = re.compile(r"(?!.*url)[\w#%.,() -]+", re.IGNORECASE)
_DARK_INK = "#1a1a1a"

Rules = dict[str, list[tuple[str, str, dict[str, str]]]]
Note = Callable[[str], None]


def read(
    html: str,
    files: Files,
    attachments: Mapping[str, Mapping[str, Any]],
    source: Callable[[str], str],
    note: Note,
) -> Element:
    """Read a piece of HTML into a ``<div>``.

    Parameters
    ----------
    html : str
        Anything.
    files : Files
        Takes the pictures.
    attachments : Mapping
        Bundles of MIME types by name, for ``attachment:`` URLs.
    source : Callable
        Puts formulas back as they were written: for attributes and code.
    note : Callable
        Told what is replaced, one sentence each.
    """
    rules = _rules(html) if "<style" in html.lower() else {}
    if "<svg" in html.lower():
        html = _replaced_elements(html, "svg", lambda svg: _drawing(svg, files, note))
    closed = {tag.lower() for tag in re.findall(r"</(\w+)", html)}
    html = _EMBEDDING_TAG.sub(lambda match: _renamed(match, closed), html)
    root = parse(_CLEANER.clean(html))
    _apply(rules, root)
    told: list[str] = []
    for parent, at, node in reversed(
        list(places(root))
    ):  # so indices stay, and contents come first
        for key, value in node.items():
            value = value.replace("%EE%80%80", "\ue000").replace("%EE%80%81", "\ue001")
            if "\ue000" in value:
                node.set(key, source(value))
        _tidy(node)
        if _is_hidden(node):
            replace(parent, at)
        elif node.tag == "img":
            _picture(parent, at, files, attachments, told.append)
        elif node.tag in _EMBEDDED:
            _embedded(parent, at, told.append)
        elif node.tag == "input" and node.get("type") != "checkbox":
            replace(parent, at)
        if node.tag in ("pre", "code"):
            _put_back(node, source)
    for sentence in reversed(told):
        note(sentence)
    return root


def _put_back(node: Element, source: Callable[[str], str]) -> None:
    for part in node.iter():
        part.text = source(part.text) if part.text else part.text
        if part is not node and part.tail:
            part.tail = source(part.tail)


def _renamed(match: re.Match[str], closed: set[str]) -> str:
    """Give an embedding element a name without rules of its own; close it if nothing else does."""
    slash, tag, attributes = match.groups()
    tag = tag.lower()
    closing = f"</x-{tag}>" if not slash and (tag == "embed" or tag not in closed) else ""
    return f"<{slash}x-{tag} {attributes.removesuffix('/')}>{closing}"


def _replaced_elements(html: str, tag: str, by: Callable[[str], str]) -> str:
    """Replace every outermost element of a name; in linear time."""
    parts = []
    depth = 0
    done = 0
    start = 0
    for match in re.finditer(rf"<(/?){tag}\b[^>]*?(/?)>", html, re.IGNORECASE):
        if match[2] and not match[1]:
            continue  # closed at once: it shows nothing
        if not match[1]:
            start = start if depth else match.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                parts += [html[done:start], by(html[start : match.end()])]
                done = match.end()
    return "".join(parts) + html[done:]


def _drawing(svg: str, files: Files, note: Note) -> str:
    """Return an image of an inline drawing; nothing for a store of symbols or a use of one."""
    tag = svg[: svg.find(">")].replace(" ", "")
    if "display:none" in tag or "width:0;" in tag or ("<use" in svg and " id=" not in svg):
        return ""
    svg = _UNQUOTED.sub(r'\1="\2"', svg)
    name = files.keep(svg.encode("utf-8", "replace"), "image/svg+xml")
    if name is None:
        note("A drawing is damaged or too large and not shown.")
        return '<p class="note">A drawing is damaged or too large and not shown.</p>'
    title = re.search(r"<title[^>]*>([^<]{1,300})", svg)
    return f'<img src="{name}" alt="{title[1].strip() if title else ""}">'


def _rules(html: str) -> Rules:
    """Return declarations by identifier, below it by element or class: what Styler writes."""
    rules: Rules = {}

    def collect(sheet: str) -> str:
        for selectors, declarations in _RULE.findall(
            re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
        ):
            found = styles(Element("i", {"style": declarations}))
            for selector in selectors.rpartition(">")[2].split(","):
                if match := _SELECTOR.fullmatch(selector.strip()):
                    rules.setdefault(match[1], []).append((match[2] or "", match[3] or "", found))
        return ""

    _replaced_elements(html, "style", collect)
    return rules


def _apply(rules: Rules, root: Element) -> None:
    """Write the rules of style sheets into the elements that they select."""
    if not rules:
        return
    for node in list(root.iter()):
        for tag, name, declarations in rules.get(node.get("id", ""), ()):
            for part in node.iter() if tag or name else [node]:
                if (not tag or part.tag == tag) and (
                    not name or name in part.get("class", "").split()
                ):
                    set_styles(part, declarations | styles(part))


def _tidy(node: Element) -> None:
    """Turn presentational attributes into declarations, and keep the safe ones."""
    declared = styles(node)
    if fill := node.attrib.pop("bgcolor", ""):
        declared.setdefault("background-color", fill)
    if node.tag == "font":
        node.tag = "span"
        if ink := node.attrib.pop("color", ""):
            declared.setdefault("color", ink)
    if declared:
        set_styles(node, _safe(declared, node.tag))
    if node.tag in ("table", "img"):
        node.attrib.pop("align", None)  # it would float beside what follows
    if node.tag == "a" and "name" in node.attrib:
        name = node.attrib.pop("name")
        node.attrib.setdefault("id", name)
    if node.get("href", "").strip().lower().startswith(("data:", "attachment:")):
        del node.attrib["href"]


def _safe(declared: dict[str, str], tag: str) -> dict[str, str]:
    kept = {}
    for name, value in declared.items():
        value = value.replace("!important", "").strip()
        if name not in _KEPT_STYLES or not _SAFE_VALUE.fullmatch(value):
            continue
        if name in ("width", "height") and tag not in _SIZED:
            continue  # boxes that would be too wide, or lie over the next piece
        if name == "display" and value not in ("none", "inline", "inline-block"):
            continue
        if name == "background" and "gradient" not in value:
            name = "background-color"
        kept[name] = value
    fill = kept.get("background-color") or kept.get("background") or "transparent"
    if fill not in ("transparent", "inherit", "initial", "none"):
        kept.setdefault("color", _DARK_INK)  # authors see white paper: their fills are light
    return kept


def _is_hidden(node: Element) -> bool:
    return "hidden" in node.attrib or styles(node).get("display") == "none"


def _picture(
    parent: Element,
    at: int,
    files: Files,
    attachments: Mapping[str, Mapping[str, Any]],
    note: Note,
) -> None:
    """Point an image to a kept file, or replace it by a link or a word."""
    node = parent[at]
    where = node.get("src", "")
    node.set("alt", node.get("alt") or node.get("title") or "")
    if name := files.find(where, attachments):
        node.set("src", name)
        return
    shown = where if len(where) < 100 else where[:60] + "…"
    note(f"The image {shown or 'without a source'} is not included.")
    remote = re.match(r"(https?:)?//", where)
    link = Element("a", {"href": where if remote[1] else f"https:{where}"} if remote else {})
    link.tag = "a" if remote and parent.tag != "a" else "span"
    link.set("class", "missing")
    if link.tag == "span":
        link.attrib.pop("href", None)
    link.text = f"{node.get('alt') or ''} (image not included)".lstrip()
    replace(parent, at, link)


def _embedded(parent: Element, at: int, note: Note) -> None:
    """Replace what plays or embeds by a note with a link; keep what stands beside it."""
    node = parent[at]
    source = node.find("source")
    where = node.get("src") or node.get("data") or (source is not None and source.get("src")) or ""
    text = f"{_EMBEDDED[node.tag]} is not shown"
    by = Element("p", {"class": "note"})
    if re.match(r"https?://", where) and len(where) < 2000:
        by.text = f"{text}: "
        SubElement(by, "a", {"href": where}).text = where
    else:
        by.text = f"{text}."
    note(f"{by.text}{where if len(by) else ''}")
    rest = [] if node.tag in _WITH_FALLBACK else [child for child in node if child.tag != "source"]
    replace(parent, at, by, *rest)
