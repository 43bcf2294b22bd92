"""Front matter: what a notebook says about itself, in a YAML header or in its metadata."""

import datetime
import re
from typing import Any

import yaml

Front = dict[str, Any]

_HEADER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LINE = re.compile(r"^([\w-]+)[ \t]*:[ \t]+[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
_TEXTS = ("title", "subtitle", "date", "abstract", "lang", "csl", "course", "student_number")
_LISTS = ("bibliography", "keywords", "exercises")
_KNOWN = {*_TEXTS, *_LISTS, "author", "authors", "execute"}
_SAME = {"language": "lang", "keyword": "keywords", "tags": "keywords", "description": "abstract"}
_SILENT = set(
    """
    aliases affiliations badges branch categories citation comments crossref date-format
    date-modified default_exp doi draft echo editor engine exec eval execution exports ext_code
    fig-cap-location fig-format fig-height fig-width filters fontsize format format-links freeze
    funding geometry github header-includes hide html image include-after include-before
    include-in-header jupyter jupytext kernel kernelspec keep-md layout license link-citations
    linkcolor links listing mainfont mathjax mermaid myst nav_order nocite number-sections
    numbering order output output-file page-layout papersize parent permalink params parts pdf
    reference-section-title resources search settings short_title show-code site skip_exec
    skip_showdoc sort_order sort-order tbl-cap-location theme thumbnail title-block-banner
    title-block-style toc toc-depth toc-location venue warning website weight
    """.split()
)  # keys of Quarto, Jekyll, MyST and nbdev that hold no text for readers


class _Loader(yaml.SafeLoader):
    """Reads numbers, dates and yes or no as they are written: 0123 is a student number."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0].endswith((":null", ":merge"))]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def front_matter(source: str, notes: list[str], cell: int = 1) -> tuple[Front, str]:
    """Split a cell into its front matter and the text below.

    Parameters
    ----------
    source
        Source of the first Markdown or raw cell. Its YAML header, if it has one, stands between
        ``---`` and ``---`` or ``...``; without any known key it is Markdown between two rules.
    notes
        Receives a sentence for each value of the wrong type and each unknown key.
    cell
        Number of the cell, for the notes.

    Returns
    -------
    tuple
        The keys as described at `read_front`, and the text below, or all if there is no header.
    """
    match = _HEADER.match(source)
    if match is None:
        return {}, source
    known = _KNOWN | _SILENT | set(_SAME)
    try:
        found = yaml.load(match[1], Loader=_Loader)
        faulty = None
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError, TypeError, KeyError):
        found = dict(_LINE.findall(match[1]))  # an unquoted colon in a title is the usual cause
        faulty = _LINE.sub("", match[1])
    if not isinstance(found, dict) or not any(_name(key) in known for key in found):
        return {}, source
    if faulty is not None:
        rest = f"; left out: {_short(' '.join(faulty.split()))}" if faulty.strip() else ""
        notes.append(
            f"cell {cell}: the front matter is not valid YAML and was read by lines{rest}."
        )
    return read_front(found, notes, f"cell {cell}"), source[match.end() :]


def notebook_front(metadata: dict[str, Any], notes: list[str]) -> Front:
    """Front matter in the metadata of a notebook, where other keys belong to other tools."""
    known = {key: value for key, value in metadata.items() if key in _KNOWN}
    return read_front(known, notes, "the notebook's metadata")


def read_front(found: dict[Any, Any], notes: list[str], place: str) -> Front:
    """Check and normalise front matter.

    Returns
    -------
    dict
        Those of these keys that are given. A str each: ``title``, ``subtitle``, ``date`` (ISO, or
        as written), ``abstract`` (Markdown), ``lang``, ``csl``, ``course``, ``student_number``, and
        ``author`` (all authors with affiliations and addresses). Lists of str: ``authors`` (names
        alone), ``bibliography``, ``keywords``, ``exercises``. A dict: ``execute``, Quarto's options
        of all code cells.
    """
    front: Front = {}
    for key, value in found.items():
        name = _SAME.get(_name(key), _name(key))
        if value is None or value == "" or name in front:
            continue
        if name in _TEXTS:
            read: Any = _text(value)
        elif name in _LISTS:
            read = _texts(value, split=None if name == "bibliography" else ",")
        elif name in ("author", "authors"):
            read = _authors(value, _affiliations(found.get("affiliations")))
        elif name == "execute":
            read = value if isinstance(value, dict) else None
        else:
            _unknown(key, value, notes, place)
            continue
        if not read:
            notes.append(
                f"{place}: {key} in the front matter is left out: {_short(value)} is not text."
            )
        elif name in ("author", "authors"):
            front["author"] = ", ".join(text for _, text in read)
            front["authors"] = [author for author, _ in read]
        elif name == "date" and read.lower() in ("today", "now", "last-modified"):
            notes.append(
                f"{place}: the date {read!r} is left out: it would change with every export."
            )
        else:
            front[name] = read
    return front


def _name(key: Any) -> str:
    name = str(key).strip().lower()
    return "student_number" if name == "student-number" else name


def _unknown(key: Any, value: Any, notes: list[str], place: str) -> None:
    if _name(key) not in _SILENT and not isinstance(value, bool):
        notes.append(
            f"{place}: the unknown key {_short(key)} of the front matter is left out:"
            f" {_short(value)}."
        )


def _text(value: Any) -> str | None:
    """A scalar as text on clean lines, or None."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, datetime.date)):
        return None
    text = value.isoformat() if isinstance(value, datetime.date) else str(value)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ue000-\ue00f]", "", text).strip() or None


def _texts(value: Any, split: str | None = None) -> list[str]:
    """A scalar or a list of scalars as a list of text; empty if anything else is in it."""
    if isinstance(value, str) and split:
        value = value.split(split)
    texts = [_text(item) for item in (value if isinstance(value, list) else [value])]
    return [text for text in texts if text] if all(texts) else []


def _authors(value: Any, places: dict[str, str]) -> list[tuple[str, str]]:
    """Each author's name, and the name followed by affiliations and addresses in brackets."""
    authors = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            name = _author_name(item)
            extra = _author_details(item, places)
        else:
            name = _text(item)
            extra = []
        if name:
            authors.append((name, f"{name} ({', '.join(extra)})" if extra else name))
    return authors


def _author_name(author: dict[Any, Any]) -> str | None:
    name = author.get("name") or author.get("literal")
    if isinstance(name, dict):  # Quarto's and MyST's long form
        author = name
        name = name.get("literal")
    parts = [_text(author.get(part)) for part in ("given", "family")]
    return _text(name) or " ".join(part for part in parts if part) or None


def _author_details(author: dict[Any, Any], places: dict[str, str]) -> list[str]:
    details = []
    given = author.get("affiliations") or author.get("affiliation")
    for item in given if isinstance(given, list) else [given]:
        place = _affiliation(item)
        if place:
            details.append(places.get(place, place))
    if email := _text(author.get("email")):
        details.append(email)
    if orcid := _text(author.get("orcid")):
        details.append(orcid if orcid.startswith("http") else f"ORCID {orcid}")
    return details


def _affiliation(item: Any) -> str | None:
    if not isinstance(item, dict):
        return _text(item)
    if "ref" in item:
        return _text(item["ref"])
    parts = [
        _text(item.get(part)) for part in ("department", "name", "institution", "city", "country")
    ]
    return ", ".join(part for part in parts if part) or None


def _affiliations(found: Any) -> dict[str, str]:
    """Affiliations that authors refer to by ``id``."""
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return {
        str(item["id"]): place for item in items if "id" in item and (place := _affiliation(item))
    }


def _short(value: Any) -> str:
    """A value for a message, without walking through all of it."""
    text = (
        value
        if isinstance(value, str)
        else type(value).__name__
        if isinstance(value, (dict, list))
        else repr(value)
    )
    return f"{text[:200]}…" if len(text) > 200 else text
