"""The nbconvert exporters ``--to homework-html`` (one self-contained file) and ``--to homework-pdf`` (by Typst)."""

import json
import re
import tempfile
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import jinja2
import typst
from nbconvert.exporters import TemplateExporter
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import Bool, Enum, default
from traitlets.config import Config

from hw.export.document import read_document
from hw.export.markup import data_uri, inline_images, sanitise, translate

_TEMPLATES = files("hw.export") / "templates"
_JINJA = jinja2.Environment(
    loader=jinja2.FunctionLoader(lambda name: (_TEMPLATES / name).read_text(encoding="utf-8")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_LONG = 4  # headings from which a report gets a table of contents


class _HomeworkExporter(TemplateExporter):
    """What both exporters share: cells chosen by their tags, streams as a terminal would show them."""

    @property
    def default_config(self):
        """Tags that leave a cell, its code or its outputs out, as elsewhere in the Jupyter world."""
        tags = {
            "enabled": True,
            "remove_cell_tags": {"remove-cell"},
            "remove_input_tags": {"remove-input"},
            "remove_all_outputs_tags": {"remove-output"},
        }
        own = Config(
            {"TagRemovePreprocessor": tags, "CoalesceStreamsPreprocessor": {"enabled": True}}
        )
        own.merge(super().default_config)
        return own

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Render a notebook; see :meth:`nbconvert.exporters.Exporter.from_notebook_node`."""
        notebook, resources = super(TemplateExporter, self).from_notebook_node(
            nb, resources, **kwargs
        )
        metadata = resources.get("metadata", {})
        name = metadata.get("name") or "notebook"
        document = read_document(notebook, name, metadata.get("path") or ".")
        if self.exclude_input:
            document.pieces = [piece for piece in document.pieces if piece["kind"] != "code"]
        return self._render(document, name), resources


class HomeworkHTMLExporter(_HomeworkExporter):
    """One HTML file that needs nothing else: no script, no request, equations as MathML, images inline."""

    export_from_notebook = "Homework report (HTML)"
    output_mimetype = "text/html"
    trusted = Bool(
        False, help="Let the notebook's HTML through as it is: scripts, styles, remote images."
    ).tag(config=True)
    links = Bool(
        False, help="Link to the PDF and the notebook of the same name beside the page."
    ).tag(config=True)

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    def _render(self, document, name):
        pieces = document.pieces
        _translate_kind(pieces, "markdown", "html")
        for piece in pieces:
            if piece["kind"] in ("markdown", "html"):
                html = inline_images(piece.get("html", piece["text"]), document.files)
                piece["html"] = html if self.trusted else sanitise(html)
            elif piece["kind"] == "code":
                piece["html"] = highlight(
                    piece["source"], PythonLexer(), HtmlFormatter(nowrap=True)
                )
            elif "file" in piece:
                piece["source"] = data_uri(piece["file"], document.files[piece["file"]])
        return _JINJA.get_template("homework.html.j2").render(
            front=document.front,
            banners=document.banners,
            pieces=pieces,
            contents=_contents(pieces),
            files=[(quote(f"{name}.pdf"), "PDF"), (quote(f"{name}.ipynb"), "executed notebook")]
            if self.links
            else [],
            style=(_TEMPLATES / "homework.css").read_text(encoding="utf-8"),
        )


class HomeworkPDFExporter(_HomeworkExporter):
    """A typeset PDF, by Typst: no LaTeX, no browser, no system package. Code is left out unless asked for."""

    export_from_notebook = "Homework report (PDF)"
    output_mimetype = "application/pdf"
    exclude_input = Bool(True, help="Leave the code out.").tag(config=True)
    paper = Enum(["a4", "us-letter"], "a4", help="Paper size.").tag(config=True)

    @default("file_extension")
    def _file_extension_default(self):
        return ".pdf"

    def _render(self, document, name):
        pieces = [piece for piece in document.pieces if piece["kind"] != "results"]
        _translate_kind(pieces, "markdown", "typst")
        _translate_kind(
            [piece for piece in pieces if piece["kind"] == "html"], "html", "typst", source="html"
        )
        headings = sum(
            len(re.findall(r"^=+ ", piece.get("typst", ""), re.MULTILINE)) for piece in pieces
        )
        facts = {
            "front": document.front,
            "banners": document.banners,
            "pieces": pieces,
            "alts": document.alts,
            "paper": self.paper,
            "contents": headings >= _LONG,
        }
        try:
            return _typeset(facts, document.files)
        except typst.TypstError:
            facts["pieces"] = [_checked(piece, facts, document.files) for piece in pieces]
            return _typeset(facts, document.files)


def _translate_kind(pieces, kind, target, **options):
    """Add the translation, under the name of the target, to all pieces of a kind."""
    chosen = [piece for piece in pieces if piece["kind"] == kind]
    for piece, translation in zip(
        chosen, translate([piece["text"] for piece in chosen], target, **options), strict=True
    ):
        piece[target] = translation


def _contents(pieces):
    """Level, identifier and text (as HTML without links) of the headings; empty for a short report."""
    found = []
    for piece in pieces:
        for level, name, text in re.findall(
            r'<h([23]) id="([^"]*)">(.*?)</h\1>', piece.get("html", ""), re.DOTALL
        ):
            found.append((int(level), name, re.sub(r"</?a\b[^>]*>", "", text)))
    return found if len(found) >= _LONG else []


def _typeset(facts, images):
    """PDF as bytes. Typst sees nothing but a folder that holds the template, this document's data and its images."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for image, content in images.items():
            (folder / image).write_bytes(content)
        (folder / "document.json").write_text(json.dumps(facts), encoding="utf-8")
        (folder / "main.typ").write_text(
            (_TEMPLATES / "homework.typ").read_text(encoding="utf-8"), encoding="utf-8"
        )
        return typst.compile(folder / "main.typ", root=folder, timestamp=0)


def _checked(piece, facts, images):
    """The piece, or a visible note in its place where Typst cannot set it."""
    try:
        _typeset(facts | {"pieces": [piece], "contents": False}, images)
    except typst.TypstError as error:
        what = piece.get("text") or piece.get("caption") or piece.get("alt", "")
        message = str(error.message).splitlines()[0]
        return {
            "kind": "note",
            "text": f"Could not be typeset ({piece['kind']}: {message}). Its source: {what}",
        }
    return piece
