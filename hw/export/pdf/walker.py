"""The blocks of the tree as Typst code: paragraphs, lists, code, outputs, figures, tables."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from hw.export.formulas.mathematics import string
from hw.export.notebook.reading import Report
from hw.export.pdf import listings
from hw.export.pdf.figures import FULL, MIDDLE, figure_call
from hw.export.pdf.phrases import DEPTH, Phrases, joined, without_spaces, words_of
from hw.export.pdf.styles import background, side, text_options
from hw.export.pdf.tables import Cell, Grid, natural_width, read_grid, table_calls
from hw.export.tree import beginning, styles

_IN_COLUMN = ", placement: top"
_HERE = ", placement: none"
_SHORT = 8  # lines of code that stay with their output
_CARD = FULL / 4 - 16  # points, width of a card
_CARD_PARTS = ("title", "main", "against", "verdict")
_SHORT_ITEM = 500  # letters
_TALL = 40  # rows of a table that does not float
_MOST = 50_000  # elements of one piece: some hundreds of pages
_BLOCKS = frozenset([
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table",
    "pre", "blockquote", "figure", "figcaption", "hr", "details", "summary", "section", "center",
    "main", "article", "header", "footer", "address", "fieldset", "aside", "nav",
])  # fmt: skip
_CALLOUTS = {
    **dict.fromkeys(("info", "note", "seealso", "block", "exercise"), "#1f5a8f"),
    **dict.fromkeys(("tip", "hint", "success", "solution"), "#0f5b50"),
    **dict.fromkeys(("warning", "important", "caution", "attention"), "#b95a18"),
    **dict.fromkeys(("danger", "error"), "#b22b31"),
}
_NUMBERINGS = {"a": "a.", "A": "A.", "i": "i.", "I": "I."}
_NO_PDF = "An output that is a PDF file is not shown."


class Writer(Phrases):
    """Writes a report's tree."""

    level = 0  # of the last heading
    floats = 0  # figures and tables that float, so far

    def __init__(
        self, report: Report, columns: int, starts: Mapping[Element, str] | None = None
    ) -> None:
        """Write a report in one column or two; `starts` is code that goes before nodes."""
        super().__init__(report, columns)
        self.starts = starts or {}

    def piece(self, node: Element) -> list[str]:
        """Return the expressions, one for each block, of a child of ``<main>``."""
        self.cell = node.get("data-cell", "")
        extra = sum(1 for _ in node.iter()) - 1 - _MOST
        if extra > 0:
            self.note(
                f"{extra} parts of an output are left out of the PDF, which would be too long."
            )
        return self.block(beginning(node, _MOST) if extra > 0 else node)

    def spread(self, call: str, *, sticky: bool = False) -> str:
        """Return a block over all the room there is; a sticky one stays with the next."""
        option = ", sticky: true" if sticky else ""
        return f"wide({call}{option})" if self.room > self.measure else call

    def is_block(self, node: Element) -> bool:
        """Whether a node starts a line of its own."""
        return node.tag in _BLOCKS

    def content(self, node: Element) -> list[str]:
        """Return what a node holds, be it words or blocks."""
        within = any(child.tag in _BLOCKS for child in node.iter() if child is not node)
        return self._blocks(node) if within else self.inline(node)

    def _blocks(self, node: Element) -> list[str]:
        """Return one expression for each block within a node; loose words become paragraphs."""
        out: list[str] = []
        run = self.text(node.text)
        for child in node:
            if any(part.tag in _BLOCKS for part in child.iter()):
                out += [*_paragraph(run), *self.block(child)]
                run = []
            else:
                run += self.one(child)
            run += self.text(child.tail)
        return out + _paragraph(run)

    def block(self, node: Element) -> list[str]:
        """Return the expressions of a node that starts a line of its own."""
        if self.depth >= DEPTH:
            return _paragraph([string(listings.breakable(words_of(node, self.report)))])
        methods = {
            **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), self._heading),
            **{"p": self._p, "hr": self._hr, "blockquote": self._blockquote, "dl": self._dl},
            **{"summary": self._summary, "ul": self._ul, "ol": self._ol, "section": self._section},
            **{"details": self._details, "pre": self._pre, "figure": self._figure},
            "table": self._table,
        }
        with self.nested():
            out = methods.get(node.tag, self._division)(node)
        return [self.starts[node], *out] if node in self.starts else out

    # text

    def _heading(self, node: Element) -> list[str]:
        anchors = self.labels_within(node)
        words = words_of(node, self.report)
        if not words:
            return anchors + self._division(node)
        within = any(child.tag in _BLOCKS for child in node.iter() if child is not node)
        parts = [string(words)] if within else self.inline(node)
        level = min(max(int(node.tag[1]) - 1, 1), self.level + 1)  # readers want no level skipped
        self.level = level
        label = "".join(self.label(node, bare=True))
        return [*anchors, f"[#heading(level: {level}, {joined(parts)}){label}]"]

    def _p(self, node: Element) -> list[str]:
        if "note" in node.get("class", "").split():
            return [f"remark({joined(self.inline(node))})"]
        return self._division(node)

    def _hr(self, node: Element) -> list[str]:
        return [] if "footnotes-sep" in node.get("class", "") else ["rule"]

    def _blockquote(self, node: Element) -> list[str]:
        with self.nested(self.width - 24):
            return [*self.label(node), f"quote({joined(self.content(node))})"]

    def _dl(self, node: Element) -> list[str]:
        out = self.label(node)
        with self.nested(self.width - 16):
            for child in node:
                call = "term" if child.tag == "dt" else "description"
                out.append(f"{call}({joined([*self.label(child), *self.content(child)])})")
        return out

    def _summary(self, node: Element) -> list[str]:
        return [f"term({joined(parts)})"] if (parts := self.inline(node)) else []

    def _ul(self, node: Element) -> list[str]:
        if node.get("class") == "cards":
            return [self._cards(node)]
        tasks = "contains-task-list" in node.get("class", "")
        return self._list(node, "list", ["marker: none"] if tasks else [])

    def _ol(self, node: Element) -> list[str]:
        if "references" in node.get("class", "").split():
            return self._references(node)
        start = re.fullmatch(r"\d{1,9}", node.get("start", ""))
        numbering = _NUMBERINGS.get(node.get("type", ""))
        options = [f"start: {int(start[0])}"] if start else []
        options += [f'numbering: "{numbering}"'] if numbering else []
        return self._list(node, "enum", options)

    def _list(self, node: Element, call: str, options: list[str]) -> list[str]:
        with self.nested(self.width - 16):
            items = [
                self._item(child) if child.tag == "li" else joined(self.one(child))
                for child in node
            ]
        if any(child.find("p") is not None for child in node):
            options = [*options, "tight: false"]
        return [*self.label(node), f"{call}({', '.join([*options, *items])})"] if items else []

    def _cards(self, node: Element) -> str:
        """Return the cards of reports, four in a row over both columns."""
        cards = []
        with self.nested(_CARD):
            for item in node:
                parts = [part for child in item for part in self._card_part(child)]
                cards.append(f"cards-item({joined(parts)})")
        return f"cards({', '.join(cards)})"

    def _card_part(self, child: Element) -> list[str]:
        kind = child.get("class", "")
        if kind == "picture":
            return [self.image(image) for image in child.iter("img")]
        words = words_of(child, self.report)
        return [f"card-{kind}({string(words)})"] if words and kind in _CARD_PARTS else []

    def _item(self, node: Element) -> str:
        """Return an item; a short one is not divided, which Typst cannot tag beside a float."""
        item = joined([*self.label(node), *self.content(node)])
        short = self.columns == 2 and len("".join(node.itertext())) < _SHORT_ITEM
        return f"together({item})" if short else item

    def _references(self, node: Element) -> list[str]:
        entries = (joined([*self.label(item), *self.content(item)]) for item in node)
        return [f"references({', '.join(entries)})"]

    def _section(self, node: Element) -> list[str]:
        if node.get("class") == "provenance":
            return [self._provenance(node)]
        return [] if "footnotes" in node.get("class", "") else self._division(node)

    def _provenance(self, node: Element) -> str:
        """Return a call for where the report comes from, at the foot of the last page."""
        texts = [string(words_of(child, self.report)) for child in node.iter() if child.tag != "dl"]
        title, *pairs = texts[1:]
        rows = "".join(
            f"({name}, {value}), " for name, value in zip(pairs[::2], pairs[1::2], strict=True)
        )
        return f"provenance({title}, ({rows}), {self.columns})"

    def _division(self, node: Element) -> list[str]:
        """Return a box of other blocks, with its colours and alignment."""
        kinds = node.get("class", "").lower().replace("alert-", "").split()
        if "references" in kinds:
            return self._references(node)
        style = styles(node)
        shade = None
        if {"alert", "admonition", "callout"} & set(kinds):
            shade = next((_CALLOUTS[kind] for kind in kinds if kind in _CALLOUTS), "#1f5a8f")
        fill = background(style)
        with self.nested(self.width - 17 if shade or fill else None):
            out = self._blocks(node)
        if not out:
            return self.label(node)
        if options := text_options(style):
            out = [f"text({', '.join(options)}, {joined(out)})"]
        place = "center" if node.tag == "center" else side(style, node)
        if place in ("center", "right"):
            out = [f"align({place}, {joined(out)})"]
        if shade:
            letters = len("".join(node.itertext()))
            out = [f'callout(rgb("{shade}"), {letters}, {joined(out)})']
        elif fill:
            out = [f"block(fill: {fill}, width: 100%, inset: 8pt, {joined(out)})"]
        return [*self.label(node), *out]

    # code and outputs

    def _details(self, node: Element) -> list[str]:
        source = node.find("pre")
        if source is None or "code" not in node.get("class", "").split():
            return self._division(node)
        short = "".join(source.itertext()).count("\n") < _SHORT
        call = listings.code(source, self.room, node.get("data-count"))
        return [self.spread(call, sticky=short)]

    def _pre(self, node: Element) -> list[str]:
        if node.find("code") is not None:
            return [*self.label(node), self.spread(listings.code(node, self.room, None))]
        call, left_out = listings.printed(node, self.room, self.report.words.lines_left_out)
        if left_out:
            self.note(f"{left_out} lines of an output are left out of the PDF.")
        return [*self.label(node), self.spread(call)]

    # figures and tables

    def _figure(self, node: Element) -> list[str]:
        found = node.find("figcaption")
        caption = joined(self.content(found)) if found is not None else "none"
        image = _only_image(node)
        name = image.get("src", "") if image is not None else ""
        label = "".join(self.label(node, bare=True))
        if name.endswith(".pdf"):
            self.note(_NO_PDF)
            return [f"remark({string(_NO_PDF)})"]
        if image is None:
            body = Element("div")
            body.text = node.text
            body[:] = [child for child in node if child is not found]
            call = self.spread(f"captioned({joined(self._blocks(body))}, {caption})")
        elif self.columns == 2 and self.width == self.measure and name in self.report.files.content:
            sizes = self.report.files.sizes
            self.floats += 1
            asked = node.get("data-width")
            call = figure_call(image, name, sizes, caption, asked, self.floats)
        else:
            call = self._in_flow(image, caption)
        return [f"[#{call}{label}]"]

    def _in_flow(self, image: Element, caption: str) -> str:
        """Return a figure that stays in its place, its caption beside it if there is room."""
        call = self.image(image)
        width = re.match(r"image\(.*, width: ([\d.]+)pt, ", call)
        if caption != "none" and width and float(width[1]) <= MIDDLE and self.room == FULL:
            return f"beside({call}, {width[1]}pt, {caption})"
        if width is None:
            return self.spread(f"captioned({call}, {caption})")
        return self.spread(f"picture({call}, caption: {caption})")

    def _table(self, node: Element) -> list[str]:
        grid = read_grid(node)
        if grid is None:
            return self._division(node)
        anchors = self.labels_within(node)
        width, placement = self._place(grid, node)
        body = joined(table_calls(grid, width, self._cell, fill=bool(placement)))
        found = node.find("caption")
        caption = self.content(found) if found is not None else []
        if caption or placement:
            text = joined(caption) if caption else "none"
            if placement:
                self.floats += 1
                body = f'marked("table-{self.floats}", {body})'
            if placement == _IN_COLUMN:
                body = f"column({body}, {width:.1f}pt, {text}, table, wide: false)"
            else:
                body = f"picture({body}, caption: {text}, kind: table{placement})"
        label = "".join(self.label(node, bare=True))
        return [*anchors, f"[#{self.spread(body)}{label}]"]

    def _place(self, grid: Grid, node: Element) -> tuple[float, str]:
        """Return a table's width, and options that say to which edge of two columns it floats."""
        asked = node.get("data-width")
        if self.columns == 1 or self.width < self.measure or grid.height > _TALL:
            return self.room, ""
        if asked == "column" or (asked is None and natural_width(grid) <= self.width):
            return self.width, _HERE if node.get("data-place") == "here" else _IN_COLUMN
        return FULL, ', placement: top, scope: "parent"'

    def _cell(self, cell: Cell, column: str, width: float) -> str:
        """Return a cell with its colours; its style overrules the alignment of its column."""
        own = styles(cell.node)
        style = styles(cell.row) | own
        options = [f"x: {cell.x}, y: {cell.y}", f"align: {side(own, cell.node) or column}"]
        options += [f"colspan: {cell.across}"] * (cell.across > 1)
        options += [f"rowspan: {cell.down}"] * (cell.down > 1)
        if fill := background(style):
            options.append(f"fill: {fill}")
        with self.nested(width):
            parts = self.content(cell.node)
        if parts and cell.head:
            parts = [f"emph({joined(parts)})"]
        if parts and (look := text_options(style)):
            parts = [f"text({', '.join(look)}, {joined(parts)})"]
        return f"table.cell({', '.join(options)}, {joined(parts)})"


def _only_image(figure: Element) -> Element | None:
    """Return the picture of a figure that holds nothing else but a caption."""
    images = list(figure.iter("img"))
    caption = figure.find("figcaption")
    said = "".join(caption.itertext()) if caption is not None else ""
    rest = "".join(figure.itertext()).replace(said, "", 1)
    return images[0] if len(images) == 1 and not rest.strip() else None


def _paragraph(parts: list[str]) -> list[str]:
    """Return a paragraph of words, without spaces at its ends.

    Typst's ``par`` would drop block equations.
    """
    parts = without_spaces(parts)
    while parts and re.fullmatch(r'" *"', parts[0]):
        parts = parts[1:]
    while parts and re.fullmatch(r'" *"', parts[-1]):
        parts = parts[:-1]
    if not parts:
        return []
    first = '"' + parts[0][1:].lstrip() if parts[0].startswith('" ') else parts[0]
    return [joined([first, *parts[1:], "parbreak()"])]
