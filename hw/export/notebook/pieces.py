"""The pieces of a report: nodes of the tree, with a note in place of whatever cannot be shown."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from nbconvert.filters.ansi import ansi2html

from hw.export.formulas.extraction import Formulas
from hw.export.markdown.rendering import Markdown
from hw.export.notebook import columns
from hw.export.notebook.pictures import Files
from hw.export.notebook.sanitising import read
from hw.export.tree import parse

_CONTROL = re.compile(
    r"\x1b\[[0-9;:?]*[A-LN-Za-ln-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b(?!\[)"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)
# Marks stand for formulas, see hw.export.formulas.extraction; no file can hold half a surrogate.
_MARKS = re.compile("[\ue000-\ue005\ud800-\udfff]")
_MOST_COLOURED = 200_000  # characters; colours of longer text are dropped
_FORMULA_BEGINS = re.compile(r"\$|\\\(|\\\[|\\begin")


class Pieces:
    """Adds nodes to ``<main>``, each with the number of its cell in ``data-cell``.

    Attributes
    ----------
    cell : int
        Number of the cell being read, counted from 1.
    notes : list[str]
        What was replaced or left out, as sentences that begin with ``cell N: ``.
    raw : list[str]
        The HTML of trusted outputs; a node refers to it by ``data-raw``.
    """

    def __init__(
        self,
        main: Element,
        formulas: Formulas,
        files: Files,
        markdown: Markdown,
        notes: list[str],
    ) -> None:
        self.main = main
        self.formulas = formulas
        self.files = files
        self.markdown = markdown
        self.notes = notes
        self.raw: list[str] = []
        self.cell = 0

    def tell(self, sentence: str) -> None:
        """Record a sentence about the current cell for the command line."""
        self.notes.append(f"cell {self.cell}: {sentence}")

    def note(self, sentence: str) -> Element:
        """Add a note that replaces something, and record it."""
        sentence = text_of(sentence)
        self.tell(sentence)
        node = Element("p", {"class": "note"})
        node.text = sentence
        return self.add(node)

    def add(self, node: Element) -> Element:
        """Add a node at the end."""
        node.set("data-cell", str(self.cell))
        self.main.append(node)
        return node

    def add_markdown(self, text: str, attachments: Mapping[str, Any] | None = None) -> None:
        """Add Markdown."""
        self._add_read(self.read(self.markdown.html(text, self.cell), attachments), "markdown")

    def add_html(self, node: Element) -> None:
        """Add HTML that was read; formulas in its text are set, as in Jupyter."""
        if _FORMULA_BEGINS.search("".join(node.itertext())):
            self._take_formulas(node)
        self._add_read(node, "html")

    def _add_read(self, node: Element, kind: str) -> None:
        if len(node) or (node.text or "").strip():
            node.set("class", kind)
            self.add(node)

    def add_raw(self, html: str) -> None:
        """Add HTML that reaches the page as it is."""
        self.add(Element("div", {"class": "html", "data-raw": str(len(self.raw))}))
        self.raw.append(html)

    def read(self, html: str, attachments: Mapping[str, Any] | None = None) -> Element:
        """Read HTML of any origin into a ``<div>``, sanitised."""
        node = read(html, self.files, attachments or {}, self.formulas.source, self.tell)
        for table in node.iter("table"):
            columns.mark(table)
        return node

    def _take_formulas(self, node: Element) -> None:
        if node.tag in ("pre", "code"):
            return
        node.text = self.formulas.take(node.text) if node.text else node.text
        for child in node:
            self._take_formulas(child)
            child.tail = self.formulas.take(child.tail) if child.tail else child.tail

    def add_text(self, text: str, kind: str) -> None:
        """Add preformatted text with the colours of a terminal.

        Parameters
        ----------
        text : str
            May hold ANSI escape sequences.
        kind : str
            ``stdout``, ``stderr``, ``error`` or ``raw``, the class of the node.
        """
        text = _CONTROL.sub("", text).rstrip()
        if not text.strip():
            return
        text = re.sub(r"\A(?:[ \t]*\n)+", "", text)
        if "\x1b" in text and len(text) > _MOST_COLOURED:
            text = re.sub(r"\x1b\[[0-9;:]*m?", "", text)
        html = escape(text, quote=False)
        if "\x1b" in text:
            html = ansi2html(text)  # type: ignore[no-untyped-call]
        node = parse(f"<pre>{html}</pre>")[0]
        node.set("class", kind)
        self.add(node)

    def add_code(self, source: str, language: str, **attributes: str) -> Element:
        """Add code that the page folds: ``<details class="code">``."""
        node = self.add(Element("details", {"class": "code"} | attributes))
        SubElement(node, "summary").text = "Code"
        code = SubElement(SubElement(node, "pre"), "code", {"class": f"language-{language}"})
        code.text = source.strip("\n")
        return node

    def add_figure(self, name: str, alt: str, **attributes: str) -> Element:
        """Add a kept picture as ``<figure><img>``."""
        node = self.add(Element("figure"))
        SubElement(node, "img", {"src": name, "alt": alt} | attributes)
        return node

    def read_markdown(self, text: str) -> Element:
        """Read Markdown; a single paragraph without its ``<p>``."""
        node = self.read(self.markdown.html(text, self.cell))
        is_paragraph = len(node) == 1 and node[0].tag == "p" and not (node.text or "").strip()
        return node[0] if is_paragraph else node

    def caption(self, node: Element, text: str) -> None:
        """Give a figure or a table a caption of Markdown."""
        caption = self.read_markdown(text)
        caption.tag = "caption" if node.tag == "table" else "figcaption"
        caption.tail = None
        for old in node.findall(caption.tag):
            node.remove(old)
        node.insert(0 if node.tag == "table" else len(node), caption)


def text_of(value: Any) -> str:
    """Return text that nbformat stores as one string or as lines, without marks and surrogates."""
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    return _MARKS.sub("", text) if not text.isascii() else text
