"""Words within a line as Typst code: text, formulas, links, footnotes, pictures.

Everything is an expression of Typst's code mode whose words are string literals, so nothing in a
notebook can be read as Typst's markup.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from xml.etree.ElementTree import Element

from hw.export.formulas.extraction import MARK
from hw.export.formulas.mathematics import equation, string
from hw.export.notebook.reading import Report
from hw.export.pdf import listings
from hw.export.pdf.figures import COLUMN, FULL, MEASURE, image_call, image_width
from hw.export.pdf.styles import background, text_options
from hw.export.tree import styles

DEPTH = 30  # levels of nesting; Typst reads at most 256 brackets within one another
_INLINE = {
    **dict.fromkeys(("b", "strong"), "strong"),
    **dict.fromkeys(("i", "em", "cite", "var", "dfn"), "emph"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "del", "strike"), "strike"),
    **{"sub": "sub", "sup": "super", "mark": "highlight"},
    **{"small": "text.with(0.85em)", "big": "text.with(1.2em)"},
}
_LINK = re.compile(r"(https?|mailto):\S{1,2000}")


def joined(parts: Sequence[str]) -> str:
    """Join expressions into one."""
    return "{" + "; ".join(parts) + "}" if parts else "[]"


def words_of(node: Element, report: Report) -> str:
    """Return the words of a node, its formulas as their sources."""
    return " ".join(report.formulas.source("".join(node.itertext())).split())


class Phrases:
    """Writes the words of a report's tree; :class:`hw.export.pdf.walker.Writer` adds the blocks.

    Attributes
    ----------
    columns : int
        1 or 2.
    measure : float
        Width of a paragraph at the top level, in points.
    width : float
        The same where the writer is: less within lists, quotations and tables.
    cell : str
        Number of the current cell, for notes.
    replacements : dict[str, str]
        For the code of each formula and picture what is shown if Typst refuses it.
    """

    def __init__(self, report: Report, columns: int) -> None:
        self.report = report
        self.columns = columns
        self.measure = self.width = MEASURE if columns == 1 else COLUMN
        self.depth = 0
        self.cell = ""
        self.replacements: dict[str, str] = {}
        self._formulas: dict[int, str] = {}
        links = (node.get("href", "") for node in report.main.iter("a"))
        self._targets = {href[1:] for href in links if href.startswith("#")}
        self._labels: set[str] = set()
        self._footnotes = {
            f"#{item.get('id')}": item
            for section in report.main.iter("section")
            if "footnotes" in section.get("class", "")
            for item in section.iter("li")
        }

    def block(self, node: Element) -> list[str]:
        """Return the expressions of a node that starts a line of its own."""
        raise NotImplementedError

    def note(self, sentence: str) -> None:
        """Record what is replaced or left out in the current cell."""
        self.report.notes.append(f"cell {self.cell or 1}: {sentence}")

    def is_block(self, node: Element) -> bool:
        """Whether a node starts a line of its own."""
        raise NotImplementedError

    def content(self, node: Element) -> list[str]:
        """Return the expressions of a node's words and blocks."""
        raise NotImplementedError

    @contextmanager
    def nested(self, width: float | None = None) -> Iterator[None]:
        """Write one level deeper, within ``width`` points."""
        before = self.width
        self.depth += 1
        self.width = self.width if width is None else max(width, 60)
        yield
        self.depth -= 1
        self.width = before

    @property
    def room(self) -> float:
        """Points for code, tables and pictures, which may be wider than the text."""
        return FULL if self.columns == 1 and self.width == self.measure else self.width

    def text(self, text: str | None) -> list[str]:
        """Return words and the formulas among them."""
        parts = []
        for n, part in enumerate(MARK.split(re.sub(r"[ \t\r\n]+", " ", text or ""))):
            if n % 2:
                parts.append(self._formula(int(part)))
            elif part:
                parts.append(string(listings.breakable(part)))
        return parts

    def _formula(self, number: int) -> str:
        """Return a formula, or its source if it cannot be set."""
        if number not in self._formulas:
            formulas = self.report.formulas
            tex, display, source = formulas.found[number]
            call = plain = f"raw({string(listings.breakable(source))})"
            if number not in formulas.failed:
                try:
                    call = equation(formulas.mathml[number], display, tex)
                except Exception:  # MathML of another package; one formula must not cost the PDF
                    self.note("A formula could not be translated; its source stands.")
                else:
                    call = f"displayed({call}, {len(tex)})" if display else call
            self._formulas[number] = call
            self.replacements[call] = plain
        return self._formulas[number]

    def inline(self, node: Element) -> list[str]:
        """Return a node's text and children."""
        parts = self.text(node.text)
        for child in node:
            parts += self.one(child) + self.text(child.tail)
        return without_spaces(parts)

    def one(self, node: Element) -> list[str]:
        """Return a node within a line."""
        if self.is_block(node):
            return self.block(node)
        tag = node.tag
        if tag == "br":
            return ["linebreak()"]
        if tag == "wbr":
            return ['"\u200b"']
        if tag == "img":
            call = self.image(node)
            return [f"box({call})" if call.startswith("image(") else call]
        if tag == "input":
            box = '"☒ "' if node.get("checked") is not None else '"☐ "'
            return [box] if node.get("type") == "checkbox" else []
        if tag in ("code", "kbd", "samp", "tt"):
            text = listings.breakable(words_of(node, self.report))
            return [*self.label(node), f"raw({string(text)})"] if text else []
        if tag == "sup" and "footnote-ref" in node.get("class", ""):
            return self._footnote(node)
        if self.depth >= DEPTH:
            return [string(listings.breakable(words_of(node, self.report)))]
        with self.nested():
            parts = self.inline(node)
        return self._link(node, parts) if tag == "a" else self._styled(node, parts)

    def _styled(self, node: Element, parts: list[str]) -> list[str]:
        """Return words with what their element and its style say."""
        label = self.label(node)
        if not parts:
            return label
        if node.tag in _INLINE:
            parts = [f"{_INLINE[node.tag]}({joined(parts)})"]
        elif node.tag == "q":
            parts = ["smartquote()", *parts, "smartquote()"]
        style = styles(node)
        if options := text_options(style, node.get("class", "")):
            parts = [f"text({', '.join(options)}, {joined(parts)})"]
        if fill := background(style):
            parts = [f"highlight(fill: {fill}, {joined(parts)})"]
        return label + parts

    def _link(self, node: Element, parts: list[str]) -> list[str]:
        """Return a link; links from footnotes back to the text are left out."""
        if "footnote-backref" in node.get("class", ""):
            return []
        href = node.get("href", "")
        label = self.label(node)
        if parts and href.startswith("#"):
            return [*label, f"goto({string(href[1:])}, {joined(parts)})"]
        if parts and _LINK.match(href):
            return [*label, f"link({string(href)}, {joined(parts)})"]
        return label + parts

    def _footnote(self, node: Element) -> list[str]:
        """Return the footnote at its first reference, its number at any other."""
        link = node.find(".//a")
        note = self._footnotes.pop(link.get("href", ""), None) if link is not None else None
        if note is None:
            return [f"super({joined(self.inline(node))})"]
        with self.nested():
            return [f"footnote({joined(self.content(note))})"]

    def label(self, node: Element, *, bare: bool = False) -> list[str]:
        """Return an anchor for a node to which something in the report links.

        A bare one belongs to the element before it.
        """
        name = node.get("id", "")
        if name not in self._targets or name in self._labels:
            return []
        self._labels.add(name)
        mark = f"#label({string(name)})"
        return [mark if bare else f"[#metadata(none){mark}]"]

    def labels_within(self, node: Element) -> list[str]:
        """Return anchors for all that a node holds, to stand before it.

        Contents lists repeat headings, and tables their heads: labels there would stand twice.
        """
        return [part for child in node.iter() if child is not node for part in self.label(child)]

    def image(self, node: Element) -> str:
        """Return a picture, or its words if it is not among the report's files."""
        name = node.get("src", "")
        alt = node.get("alt") or "image"
        if name not in self.report.files.content or name.endswith(".pdf"):
            return string(f"({alt}: not included)")
        natural = self.report.files.sizes.get(name, (0, 0))
        call = image_call(node, name, image_width(node, natural, self.room), natural)
        self.replacements[call] = string(f"({alt}: could not be read)")
        return call


def without_spaces(parts: list[str]) -> list[str]:
    """Remove the space after a display formula, which would start the next line."""
    return [
        '"' + part[1:].lstrip()
        if n and part.startswith('" ') and parts[n - 1].startswith("displayed(")
        else part
        for n, part in enumerate(parts)
    ]
