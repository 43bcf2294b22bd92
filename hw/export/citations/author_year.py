"""The default style of citations: author and year, and what every style shares."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from hw.export.citations.bibtex import Entry, plain_text, read_names
from hw.export.languages import Words

_WHOLE = {
    "book",
    "phdthesis",
    "mastersthesis",
    "thesis",
    "techreport",
    "report",
    "proceedings",
    "manual",
    "booklet",
}
_THESES = {"phdthesis": "PhD thesis", "mastersthesis": "Master’s thesis"}
_LINK = re.compile(r"https?://[^\s<>\"{}|\\^`]+[^\s<>\"{}|\\^`.,;:)]")

Nodes = list["Element | str"]


@dataclass
class Cite:
    """One source within a citation."""

    key: str
    prefix: str = ""
    suffix: str = ""


class AuthorYear:
    """The default style: "(Lee & Kim, 2020, p. 3)", "Lee and Kim (2020)", sorted by author."""

    def __init__(self, entries: dict[str, Entry], language: Words) -> None:
        self.words = language
        self.all = dict(sorted(entries.items(), key=lambda item: _order(item[1])))
        self.years = {key: _year(entry) or language.no_date for key, entry in self.all.items()}
        groups: dict[tuple[str, str], list[str]] = {}
        for key in self.all:
            groups.setdefault((self.author(key), self.years[key]), []).append(key)
        for keys in groups.values():  # two works of one author and year: 2020a, 2020b
            for i, key in enumerate(keys if len(keys) > 1 else []):
                self.years[key] += chr(ord("a") + i) if i < 26 else f"-{i}"

    def author(self, key: str, conjunction: str = "&") -> str:
        """Short names of the authors, or the title of a work without."""
        entry = self.all[key]
        names, has_others = read_names(entry.raw("author") or entry.raw("editor"))
        if not names:
            return entry.text("organization", "institution", "shorttitle", "title", "key") or key
        if len(names) > 2 or has_others:
            return f"{names[0].family} {self.words.et_al}"
        return f" {conjunction} ".join(name.family for name in names)

    def cite(self, cites: list[Cite], form: str, targets: dict[str, str]) -> Nodes:
        """Nodes of one citation."""
        parts: list[Nodes] = []
        for cite in cites:
            suffix = f", {cite.suffix}" if cite.suffix else ""
            prefix = f"{cite.prefix} " if cite.prefix else ""
            if cite.key not in self.all:
                parts.append([prefix, link(cite.key, "", targets), suffix])
                continue
            year = self.years[cite.key]
            if form == "text":
                author = self.author(cite.key, self.words.conjunction)
                parts.append([f"{prefix}{author} (", link(cite.key, year, targets), f"{suffix})"])
            else:
                text = year if form == "year" else f"{self.author(cite.key)}, {year}"
                parts.append([prefix, link(cite.key, text, targets), suffix])
        nodes = [node for i, part in enumerate(parts) for node in ([*(["; "] if i else []), *part])]
        return nodes if form == "text" else ["(", *nodes, ")"]

    def entries(self) -> list[tuple[str, Nodes]]:
        """The list of references in its order."""
        return [(key, self._entry(key)) for key in self.all]

    def _entry(self, key: str) -> Nodes:
        entry = self.all[key]
        title = entry.text("title") or key
        subtitle = entry.text("subtitle")
        title = f"{title}: {subtitle}" if subtitle else title
        author = self._authors(entry)
        nodes: Nodes = [f"{_stop(author)} ({self.years[key]}). " if author else ""]
        nodes += [_italic(title) if entry.kind in _WHOLE else title]
        nodes += [". " if author else f" ({self.years[key]}). "]
        nodes += self._container(entry)
        for text in (
            _THESES.get(entry.kind, "") or entry.text("type"),
            _publisher(entry),
            _extra(entry),
        ):
            if text:
                nodes.append(f"{_stop(text)} ")
        url = address(entry)
        return [*nodes, anchor(url, url)] if url else nodes

    def _authors(self, entry: Entry) -> str:
        names, has_others = read_names(entry.raw("author") or entry.raw("editor"))
        full = [f"{name.family}, {name.initials}" if name.given else name.family for name in names]
        if has_others:
            text = f"{', '.join(full)}, {self.words.et_al}"
        elif len(full) > 1:
            text = f"{', '.join(full[:-1])}, & {full[-1]}"
        else:
            text = "".join(full)
        if text and not entry.raw("author"):
            text = f"{text} {self.words.editor}"
        return text or entry.text("organization", "institution")

    def _container(self, entry: Entry) -> Nodes:
        pages = plain_text(re.sub(r"\s*-+\s*", "–", entry.raw("pages")))
        volume = entry.text("volume")
        issue = entry.text("number", "issue")
        if journal := entry.text("journal", "journaltitle"):
            numbers = f"{volume}({issue})" if volume and issue else volume or issue
            return [
                _italic(journal),
                "".join(f", {text}" for text in (numbers, pages) if text),
                ". ",
            ]
        if book := entry.text("booktitle", "maintitle"):
            editors, _ = read_names(entry.raw("editor") if entry.raw("author") else "")
            people = ", ".join(f"{name.initials} {name.family}".strip() for name in editors)
            who = f"{people} {self.words.editor}, "
            place = f" ({', '.join(filter(None, (volume, pages)))})" if volume or pages else ""
            return [
                f"{self.words.contained_in} {who if editors else ''}",
                _italic(book),
                f"{place}. ",
            ]
        rest = ", ".join(filter(None, (entry.text("series"), volume, issue, pages)))
        return [f"{rest}. "] if rest else []


def _order(entry: Entry) -> tuple[str, str, str]:
    names, _ = read_names(entry.raw("author") or entry.raw("editor"))
    author = " ".join(f"{name.family} {name.given}" for name in names)
    return (
        (author or entry.text("organization", "institution", "title")).casefold(),
        _year(entry),
        entry.key,
    )


def _year(entry: Entry) -> str:
    """Year or range of years: "2020", "1998–2001", "in press"."""
    if year := entry.text("year"):
        return year
    years = re.findall(r"(?<!\d)\d{4}(?!\d)", entry.raw("date"))
    return "–".join(dict.fromkeys(years[:2])) or entry.text("pubstate")


def _publisher(entry: Entry) -> str:
    names = [
        entry.text(name)
        for name in ("edition", "publisher", "school", "institution", "organization", "address")
    ]
    return ", ".join(dict.fromkeys(filter(None, names)))


def _extra(entry: Entry) -> str:
    texts = [entry.text("howpublished"), entry.text("note")]
    bare = [_LINK.sub("", text).strip(" .,:()") for text in texts]
    return ". ".join(text for text in bare if text and text.lower() not in ("url", "available at"))


def address(entry: Entry) -> str:
    """URL of the DOI, of the arXiv number, or as given; empty if there is none."""
    doi = re.sub(
        r"^(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", "", entry.text("doi"), flags=re.IGNORECASE
    )
    arxiv = (
        entry.text("eprint") if entry.text("archiveprefix", "eprinttype").lower() == "arxiv" else ""
    )
    given = " ".join(entry.raw(name) for name in ("url", "howpublished", "note"))
    found = _LINK.search(re.sub(r"\\([_%&#~])", r"\1", given))
    url = found[0] if found else ""
    if doi and re.fullmatch(r"10\.\S+", doi):
        url = f"https://doi.org/{doi}"
    elif arxiv and re.fullmatch(r"[\w./-]+", arxiv):
        url = f"https://arxiv.org/abs/{arxiv}"
    return url


def anchor(url: str, text: str) -> Element:
    """A link."""
    node = Element("a", {"href": url})
    node.text = text
    return node


def _italic(text: str) -> Element:
    node = Element("em")
    node.text = text
    return node


def _stop(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def link(key: str, text: str, targets: dict[str, str]) -> Element | str:
    """A link to the entry of a key, or the key with a question mark if there is none."""
    if key not in targets:
        missing = Element("strong", {"class": "missing"})
        missing.text = f"{key}?"
        return missing
    node = Element("a", {"href": f"#{targets[key]}"})
    node.text = text
    return node


def add_nodes(parent: Element, nodes: Nodes) -> None:
    """Append elements and text."""
    for node in nodes:
        if isinstance(node, Element):
            parent.append(node)
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + node
        else:
            parent.text = (parent.text or "") + node
