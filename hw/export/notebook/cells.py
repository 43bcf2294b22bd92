"""The cells of a notebook, read into the pieces of a report."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from nbformat import NotebookNode

from hw.export.code import cell_language
from hw.export.languages import Words
from hw.export.notebook.options import Options, read_options
from hw.export.notebook.outputs import Outputs
from hw.export.notebook.pieces import Pieces

_DIRECTIVE_ONLY = re.compile(r"\s*(#|BEGIN|END|\{)?\s*(BEGIN|END|-{3})\b")  # of grading tools


class Cells:
    """Reads cells one by one.

    Attributes
    ----------
    defaults : Mapping[str, Any]
        Options of all code cells.
    language : str
        Language of the code cells.
    """

    def __init__(
        self,
        pieces: Pieces,
        outputs: Outputs,
        words: Words,
        language: str,
        defaults: Mapping[str, Any],
    ) -> None:
        self.pieces = pieces
        self.outputs = outputs
        self.words = words
        self.language = language
        self.defaults = defaults

    def read(self, cell: NotebookNode, number: int, text: str) -> None:
        """Add what a cell shows; a fault costs that cell only.

        Parameters
        ----------
        cell : NotebookNode
            The cell.
        number : int
            Its number, counted from 1.
        text : str
            Its source without front matter.
        """
        self.pieces.cell = number
        readers = {"markdown": self._markdown, "raw": self._raw, "code": self._code}
        try:
            if cell.cell_type in readers:
                readers[cell.cell_type](cell, text)
            else:
                self.pieces.note(f"A cell of the unknown type {cell.cell_type!r} is not shown.")
        except Exception as error:  # whatever a notebook holds, the other cells are shown
            kind = type(error).__name__
            self.pieces.note(f"This cell could not be read ({kind}) and is shown as its source.")
            self.pieces.add_text(text, "raw")

    def _markdown(self, cell: NotebookNode, text: str) -> None:
        if text.strip() and "remove-cell" not in tags_of(cell):
            self.pieces.add_markdown(text, cell.get("attachments"))

    def _raw(self, cell: NotebookNode, text: str) -> None:
        mime = str(cell.metadata.get("raw_mimetype") or cell.metadata.get("format") or "")
        if "remove-cell" in tags_of(cell):
            return
        if mime in ("text/markdown", "markdown"):
            self.pieces.add_markdown(text)
        elif mime in ("text/html", "html"):
            self.pieces.add_html(self.pieces.read(text))
        elif text.strip() and not _DIRECTIVE_ONLY.match(text):
            self.pieces.add_text(text, "raw")

    def _code(self, cell: NotebookNode, text: str) -> None:
        options, source = read_options(text, cell.metadata, self.defaults)
        if source.strip() and options.code:
            self._source(cell, source, options)
        if not options.output:
            return
        before = len(self.pieces.main)
        for number, output in enumerate(cell.get("outputs", []), 1):
            if _is_wanted(output, options):
                self._output(output, number, options)
        self._caption(self.pieces.main[before:], options)
        if options.fold_output and len(self.pieces.main) > before:
            self._fold(before)

    def _source(self, cell: NotebookNode, source: str, options: Options) -> None:
        node = self.pieces.add_code(source, cell_language(source, self.language))
        summary = node[0]
        summary.text = self.words.code
        if "injected-parameters" in tags_of(cell):
            summary.text = self.words.parameters_given
        elif "parameters" in tags_of(cell):
            summary.text = self.words.parameters
        if options.summary:
            summary.text = options.summary
        if options.fold_code:
            node.set("class", "code hidden")
        elif options.open_code:
            node.set("open", "")
        count = cell.get("execution_count")
        if count is not None:
            node.set("data-count", str(count))

    def _output(self, output: NotebookNode, number: int, options: Options) -> None:
        """Add an output; a fault costs that output only."""
        try:
            self.outputs.add(output, as_markdown=options.as_markdown)
        except Exception as error:  # whatever it holds, the others are shown
            kind = type(error).__name__
            self.pieces.note(f"Output {number} could not be read ({kind}) and is not shown.")

    def _caption(self, nodes: list[Element], options: Options) -> None:
        """Give captions, descriptions and the label to a cell's figures or tables."""
        tables = [table for node in nodes for table in node.iter("table")]
        figures = [node for node in nodes if node.find(".//img") is not None]
        is_table = bool(options.table_captions) or options.label.startswith("tbl-")
        for node, text in zip(figures, options.figure_alts, strict=False):
            for image in node.iter("img"):
                image.set("alt", text)
        chosen = tables if is_table else figures
        texts = options.table_captions if is_table else options.figure_captions
        if not chosen and texts and not is_table:
            chosen = nodes[-1:]
        if not options.label and not texts:
            return
        for place, node in enumerate(chosen[: max(len(texts), 1)]):
            target = node if is_table else self._as_figure(node)
            if options.label:
                target.set("id", options.label if not place else f"{options.label}-{place + 1}")
                target.set("data-numbered", "")
            text = texts[place] if place < len(texts) else ""
            if text or (target.find("figcaption") is None and target.find("caption") is None):
                self.pieces.caption(target, text)

    def _as_figure(self, node: Element) -> Element:
        if node.tag == "figure":
            return node
        figure = Element("figure", {"data-cell": node.attrib.pop("data-cell")})
        self.pieces.main[list(self.pieces.main).index(node)] = figure
        figure.append(node)
        return figure

    def _fold(self, before: int) -> None:
        details = Element("details", {"class": "output hidden"})
        SubElement(details, "summary").text = self.words.output
        details.extend(self.pieces.main[before:])
        del self.pieces.main[before:]
        self.pieces.add(details)


def tags_of(cell: NotebookNode) -> set[str]:
    """Return a cell's tags, with hyphens for underscores."""
    return {str(tag).replace("_", "-") for tag in cell.metadata.get("tags") or []}


def _is_wanted(output: NotebookNode, options: Options) -> bool:
    if output.output_type != "stream":
        return True
    return options.stderr if output.get("name") == "stderr" else options.stdout
