"""A notebook read into one tree: ``<main>``, with a node per piece, for both formats."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from nbformat import NotebookNode

from hw.export.citations.resolving import read_library, resolve
from hw.export.code import notebook_language
from hw.export.formulas.extraction import MARK, Formulas
from hw.export.languages import Words, words
from hw.export.markdown.rendering import Known, Markdown, find_labels
from hw.export.notebook import blocks, headings, numbering
from hw.export.notebook.cells import Cells
from hw.export.notebook.front import front_matter, notebook_front
from hw.export.notebook.outputs import RECORD, Outputs
from hw.export.notebook.pictures import Files
from hw.export.notebook.pieces import Pieces, text_of
from hw.export.notebook.questions import find_questions
from hw.export.notebook.widgets import Widgets
from hw.export.tree import plain
from hw.report import BLOCK_MIME

_MARKUP = re.compile(r"[*_`$\\]")
_TEX_COMMANDS = re.compile(r"\\(?:text|mathrm|mathbf|mathcal|mathbb)\b|[{}$]|\\(?=[,;! ])")


class Report:
    """The tree of a notebook, its formulas and pictures, and what stands above it.

    Attributes
    ----------
    main : xml.etree.ElementTree.Element
        ``<main>``; each child has the number of its cell in ``data-cell``.
    front : dict[str, Any]
        ``title`` and ``lang``, and as given ``subtitle author authors student_number course date
        abstract keywords exercises bibliography csl``; of this project's own reports also
        ``result`` (``number``, ``what``, ``rows``) and ``short``, what identifies them.
    title_node : xml.etree.ElementTree.Element or None
        The title with its markup.
    abstract : xml.etree.ElementTree.Element or None
        The abstract with its markup.
    words : Words
        What figures, tables and lists are called in the report's language.
    banners : list[str]
        Warnings that stand at the top.
    headings : list[xml.etree.ElementTree.Element]
        Headings for a list of contents, in order; the highest is ``h2``.
    formulas : Formulas
        What the marks in the tree stand for.
    files : Files
        Pictures by name.
    language : str
        Language of the code.
    is_ours : bool
        Whether it has numbered figures or tables of this package.
    notes : list[str]
        What was replaced or left out: sentences that begin with ``cell N: ``.
    date_stamp : int or None
        When the notebook was run, in seconds since 1970; ``SOURCE_DATE_EPOCH`` if that is set.
    questions : list[Question]
        Where questions begin.
    raw : list[str]
        HTML that reaches the page as it is, by the number in a node's ``data-raw``.
    pages : int
        Number of pages of the PDF, once that is made with located questions.
    question_pages : dict[str, list[int]]
        Pages of each question, counted from 1, once that is made.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        stem: str,
        folder: str | Path,
        *,
        lang: str = "",
        trusted: bool = False,
    ) -> None:
        """Read a notebook.

        Parameters
        ----------
        notebook : NotebookNode
            Of version 4.
        stem : str
            The title if the notebook has none.
        folder : str or Path
            Where its pictures and its bibliography are; nothing outside it is read.
        lang : str, optional
            Language, such as ``de``; by default the notebook's own, or English.
        trusted : bool
            Let HTML outputs through to the page as they are.

        Raises
        ------
        ValueError
            If there are no words for ``lang``.
        """
        self.pages = 0
        self.question_pages: dict[str, list[int]] = {}
        self.notes: list[str] = []
        self.formulas = Formulas()
        self.files = Files(Path(folder))
        self.main = Element("main", {"id": "report"})
        self.banners: list[str] = []
        self.title_node: Element | None = None
        self.abstract: Element | None = None
        self.headings: list[Element] = []
        self.language = notebook_language(notebook.metadata)
        self.date_stamp = _date_stamp(notebook)
        self.front, texts = _front(notebook, self.notes)
        self.words = self._words(lang)
        embedded = [str(block["bibtex"]) for block in _blocks(notebook) if "bibtex" in block]
        self._library = read_library(self.front, self.files.folder, embedded)
        markdown = Markdown(
            self.formulas,
            [
                text
                for text, cell in zip(texts, notebook.cells, strict=True)
                if cell.cell_type == "markdown"
            ],
            Known(
                self._library.keys,
                find_labels(texts) | _block_labels(notebook),
                _glued(notebook),
            ),
            self.notes,
            self.words,
        )
        self._pieces = Pieces(self.main, self.formulas, self.files, markdown, self.notes)
        self.raw = self._pieces.raw
        self._read(notebook, texts, trusted)
        self._finish(stem)
        self.questions = find_questions(self.main, notebook.cells, self.headings, self.text)
        self.formulas.convert()

    def _read(self, notebook: NotebookNode, texts: list[str], trusted: bool) -> None:
        """Add all cells; what title blocks say goes over the front matter."""
        said: dict[str, Any] = {}
        widgets = Widgets(notebook.metadata)
        outputs = Outputs(self._pieces, widgets, said, self.banners, trusted)
        defaults = self.front.pop("execute", None) or {}
        cells = Cells(self._pieces, outputs, self.words, self.language, defaults)
        for number, (cell, text) in enumerate(zip(notebook.cells, texts, strict=True), 1):
            cells.read(cell, number, text)
        self._is_plain_title = "title" in said
        self.front |= said
        if _never_run(notebook):
            self._tell_never_run()

    def _tell_never_run(self) -> None:
        sentence = "This notebook has not been run: its code cells have no outputs."
        note = Element("p", {"class": "note", "data-cell": "1"})
        note.text = sentence
        self.main.insert(0, note)
        self.notes.append(f"cell 1: {sentence}")

    def _words(self, lang: str) -> Words:
        """Return the words of the language asked for, else of the notebook's, else English."""
        if lang:
            found = words(lang)
        else:
            try:
                found = words(str(self.front.get("lang") or "en"))
            except ValueError as error:
                self.notes.append(f"cell 1: {error}; English is used.")
                found = words("en")
        self.front["lang"] = (
            lang or (self.front.get("lang") if found.lang != "en" else None) or found.lang
        )
        return found

    def _finish(self, stem: str) -> None:
        """Title, identifiers, numbers, links and levels, once the tree is complete."""
        if abstract := self.front.get("abstract"):
            self.abstract = self._pieces.read_markdown(str(abstract))
        resolve(
            self.main,
            self.front,
            self.files.folder,
            self.notes,
            self._library,
            self.formulas,
            abstract=self.abstract,
        )
        self.is_ours = blocks.is_ours(self.main)
        if self.is_ours:
            blocks.finish(self.main, self.notes)
        found = headings.find_headings(self.main, self.text)
        given = str(self.front.get("title") or "")
        title = headings.take_title(self.main, found, given, self.text)
        is_replaced = title is None and self._is_plain_title
        if is_replaced and sum(node.tag == "h1" for node in found) == 1:
            headings.take_title(self.main, found, "", self.text)
        headings.fit_references(self.main, found)
        targets = headings.set_identifiers(self.main, found, self.text)
        if title is None and given and not self._is_plain_title and _MARKUP.search(given):
            title = self._pieces.read_markdown(given)
        self.title_node = title
        self.front["title"] = self.text(title) if title is not None else given or stem
        names = {"figure": self.words.figure, "table": self.words.table}
        numbers = numbering.number(self.main, names)
        named = {node.get("id", ""): self.text(node) for node in found}
        parts = [*self.main, *([] if self.abstract is None else [self.abstract])]
        numbering.fill_references(parts, numbers, named, self._tell)
        headings.mend_links(self.main, targets, title, self._tell)
        headings.set_levels(found)
        in_outputs = {
            node for part in self.main if part.get("class") == "html" for node in part.iter()
        }
        self.headings = [node for node in found if node not in in_outputs]

    def _tell(self, part: Element, sentence: str) -> None:
        self.notes.append(f"cell {part.get('data-cell', '1')}: {sentence}")

    def text(self, node: Element) -> str:
        """Return the text of a node, its formulas as TeX without dollars."""

        def tex(match: re.Match[str]) -> str:
            return _TEX_COMMANDS.sub("", self.formulas.found[int(match[1])][0]).strip()

        return " ".join(MARK.sub(tex, plain(node)).split())


def _never_run(notebook: NotebookNode) -> bool:
    cells = [
        cell for cell in notebook.cells if cell.cell_type == "code" and text_of(cell.source).strip()
    ]
    return bool(cells) and not any(
        cell.get("outputs") or cell.get("execution_count") for cell in cells
    )


def _front(notebook: NotebookNode, notes: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the front matter, and the sources of all cells without it."""
    texts = [text_of(cell.get("source", "")) for cell in notebook.cells]
    front = notebook_front(notebook.metadata, notes)
    for place, cell in enumerate(notebook.cells[:2]):
        if cell.cell_type == "raw" or (cell.cell_type == "markdown" and place == 0):
            found, texts[place] = front_matter(texts[place], notes, place + 1)
            front |= found
    return front, texts


def _block_labels(notebook: NotebookNode) -> frozenset[str]:
    """Return the identifiers of this project's own figures and tables."""
    labels = [block["label"] for block in _blocks(notebook) if "label" in block]
    return frozenset(f"{kind}-{label}" for label in labels for kind in ("fig", "tab", "tbl"))


def _blocks(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return this project's own blocks in the outputs of a notebook."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    blocks = [(output.get("data") or {}).get(BLOCK_MIME) for output in outputs]
    return [block for block in blocks if isinstance(block, dict)]


def _glued(notebook: NotebookNode) -> dict[str, dict[str, str]]:
    """Return the outputs that ``glue`` of MyST-NB has stored under a name, shown or not."""
    found: dict[str, dict[str, str]] = {}
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        record = (output.get("metadata") or {}).get("scrapbook")
        if isinstance(record, dict) and record.get("name"):
            data = (output.get("data") or {}).items()
            bundle = {mime.removeprefix(RECORD): text_of(value) for mime, value in data}
            found[str(record["name"])] = bundle
    return found


def _date_stamp(notebook: NotebookNode) -> int | None:
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(epoch)
    times = [(notebook.metadata.get("papermill") or {}).get("end_time")]
    for cell in notebook.cells:
        times += (cell.metadata.get("execution") or {}).values()
        times.append((cell.metadata.get("papermill") or {}).get("end_time"))
    stamps = [stamp for stamp in map(_seconds, times) if stamp is not None]
    return max(stamps, default=None)


def _seconds(time: Any) -> int | None:
    try:
        moment = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
