"""The nbconvert exporters: a notebook as one self-contained HTML file, or as a typeset PDF."""

import sys
from typing import Any
from xml.etree.ElementTree import Element

import nbformat
from nbconvert.exporters import TemplateExporter
from nbconvert.utils.exceptions import ConversionException
from nbformat import NotebookNode
from traitlets import Bool, Enum, List, Unicode, default
from traitlets.config import Config

from hw.export.notebook.reading import Report
from hw.export.page import page
from hw.export.pdf.typeset import pdf


class _HomeworkExporter(TemplateExporter):
    """What both exporters share: cells chosen, streams as a terminal shows them, notes logged."""

    lang = Unicode(
        "", help="Language of the report's own words, such as de; by default the notebook's."
    ).tag(config=True)

    optimistic_validation = Bool(
        True, help="Validate the notebook once after all preprocessors, not after each."
    ).tag(config=True)

    @property
    def default_config(self) -> Config:
        """Streams of a cell in one piece, progress bars as they were at the end."""
        config = Config({"CoalesceStreamsPreprocessor": {"enabled": True}})
        config.merge(super().default_config)
        return config

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Render a notebook file; see :meth:`nbconvert.exporters.Exporter.from_file`.

        Raises
        ------
        ConversionException
            If the file is not a notebook, in one line.
        """
        try:
            notebook = nbformat.read(file_stream, as_version=4)  # type: ignore[no-untyped-call]
        except (
            Exception
        ) as error:  # nbformat raises many kinds, some with the whole file in the text
            name = getattr(file_stream, "name", "the file")
            reason = str(error).partition("\n")[0][:200]
            raise ConversionException(f"{name} is not a valid notebook: {reason}") from None
        return self.from_notebook_node(notebook, resources, **kwargs)

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Render a notebook; see :meth:`nbconvert.exporters.Exporter.from_notebook_node`.

        The resources get ``report``: its front matter, notes, number of pages, and the pages of
        its questions, both if they are located.
        """
        notebook, resources = super(TemplateExporter, self).from_notebook_node(
            nb, resources, **kwargs
        )
        metadata = resources.get("metadata", {})
        name = metadata.get("name") or "notebook"
        self._leave_out(notebook)
        report = Report(
            notebook,
            name,
            metadata.get("path") or ".",
            lang=self.lang,
            trusted=getattr(self, "trusted", False),
        )
        if self.exclude_input:
            report.main[:] = [node for node in report.main if not _is_code(node)]
        result = self._write(report, name)
        for note in dict.fromkeys(report.notes):
            self.log.warning(note)
        resources["report"] = {
            "front": report.front,
            "notes": report.notes,
            "pages": report.pages,
            "questions": report.question_pages,
            "question_cells": [(name, cell) for name, _, cell in report.questions],
        }
        return self._delivered(result), resources

    def _leave_out(self, notebook: NotebookNode) -> None:
        """Empty cells and outputs that nbconvert's options exclude; cells keep their numbers."""
        excluded = {
            "markdown": self.exclude_markdown,
            "raw": self.exclude_raw,
            "code": self.exclude_code_cell,
        }
        for cell in notebook.cells:
            if excluded.get(cell.cell_type, self.exclude_unknown):
                cell.update(cell_type="raw", source="", outputs=[])
            elif cell.cell_type == "code" and self.exclude_output:
                cell.outputs = []

    def _write(self, report: Report, name: str) -> str | bytes:
        raise NotImplementedError

    def _delivered(self, result: str | bytes) -> str | bytes:
        """Return the result; write bytes at once for ``--stdout``, whose writer takes text only."""
        if (
            isinstance(result, bytes)
            and self.config.NbConvertApp.get("writer_class") == "StdoutWriter"
        ):
            sys.stdout.buffer.write(result)
            return ""
        return result


def _is_code(node: Element) -> bool:
    return node.tag == "details" and "code" in node.get("class", "").split()


class HomeworkHTMLExporter(_HomeworkExporter):
    """One HTML file that needs nothing else: no script, no request, MathML, pictures inline."""

    export_from_notebook = "Homework report (HTML)"
    output_mimetype = "text/html"
    trusted = Bool(
        False, help="Let HTML outputs through as they are: scripts, styles, remote pictures."
    ).tag(config=True)
    links = Bool(
        False, help="Link to the PDF and the notebook of the same name beside the page."
    ).tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def _write(self, report: Report, name: str) -> str:
        beside = [(f"{name}.pdf", "PDF"), (f"{name}.ipynb", "executed notebook")]
        return page(report, beside if self.links else ())


class HomeworkPDFExporter(_HomeworkExporter):
    """A typeset PDF, by Typst: no LaTeX, no browser, no system package."""

    export_from_notebook = "Homework report (PDF)"
    output_mimetype = "application/pdf"
    paper = Enum(["a4", "us-letter"], "a4", help="Paper size.").tag(config=True)
    code = Enum(
        ["auto", "none", "inline", "appendix"],
        "auto",
        help="Where the code is shown; auto is none for a report with numbered figures or tables "
        "of this package, inline for any other notebook.",
    ).tag(config=True)
    standards = List(
        Unicode(),
        ["ua-1", "a-2a"],
        help="Standards that the PDF claims where it conforms to them.",
    ).tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    questions = Enum(
        ["", "located", "own-pages"],
        "",
        help="Pages of the questions, which begin with cells tagged such as question:1a, or with "
        "headings: located puts them into the resources, own-pages starts each on a new page too.",
    ).tag(config=True)

    def _write(self, report: Report, name: str) -> bytes:
        return pdf(
            report,
            paper=self.paper,
            code=self.code,
            standards=self.standards,
            questions=self.questions,
        )
