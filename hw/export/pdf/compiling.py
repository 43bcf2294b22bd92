"""Typst code to PDF: what Typst refuses is replaced by the smallest simpler piece."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typst

from hw.export.pdf.arranging import Place, arrange
from hw.export.pdf.fonts import fonts, missing, remedy, scripts

_TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"
_IMPORT = '#import "report.typ": *\n'  # the line before the blocks
_BOXES = 8  # letters that may be shown as boxes in a PDF that claims to be accessible
_ATTEMPTS = 60
_KEPT = 3  # more empty compilations free little more memory
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NOT_WORDS = re.compile(
    r"(?:(?:kind|scope|lang|style|weight|numbering): |(?:label|rgb|goto|link|image)\()"
    r'"(?:[^"\\]|\\.)*"'
)


class _Refused(Exception):
    """Typst's error, and where it says it is."""

    def __init__(self, message: str, diagnostic: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.diagnostic = diagnostic


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise what Typst raises as :class:`_Refused`."""
    try:
        yield
    except typst.TypstError as error:
        raise _Refused(error.message, error.diagnostic) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of Rust, which has no other name here
            raise
        raise _Refused("Typst failed") from None


@dataclass
class Block:
    """One expression of Typst code.

    Attributes
    ----------
    code : str
        One line, without the leading ``#``. The first block is a ``show`` rule: the template with
        what stands at the top.
    cell : str
        Number of the notebook's cell.
    parts : Mapping[str, str]
        Code of formulas and pictures, and what is shown if Typst refuses them.
    """

    code: str
    cell: str
    parts: Mapping[str, str]

    def simplify(self, column: int) -> str:
        """Replace the part at a column, or the block if there is none, and say so."""
        for code, simpler in self.parts.items():
            for match in re.finditer(re.escape(code), self.code) if code != simpler else ():
                if match.start() <= column < match.end():
                    self.code = self.code.replace(code, simpler)
                    return "A formula or picture could not be typeset; its source or words stand."
        if self.code.startswith("show:"):
            for code, simpler in self.parts.items():
                self.code = self.code.replace(code, simpler)
            return "The title or the abstract could not be typeset with its formulas."
        if self.code.startswith("remark("):
            self.code = "[]"
            return "A part could not be typeset and is left out."
        said = " ".join(match[1] for match in _LITERAL.finditer(_NOT_WORDS.sub("", self.code)))
        self.code = f'remark("{said}")'
        return "A part could not be typeset; its words are shown without their form."


class Compilation:
    """Makes one PDF.

    Parameters
    ----------
    blocks : Sequence[Block]
        The content; changed where Typst refuses it.
    files : Mapping[str, bytes]
        Pictures by name.
    standards : Sequence[str]
        Standards to claim, such as ``ua-1``; dropped with a note if they do not hold.
    time : int
        Date of creation in seconds since 1970.
    notes : list[str]
        Takes a sentence for each piece that is replaced.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        files: Mapping[str, bytes],
        standards: Sequence[str],
        time: int,
        notes: list[str],
    ) -> None:
        self.blocks = blocks
        self.files = files
        self.standards: list[Any] = list(standards)  # typst's type is a list of literals
        self.time = time
        self.notes = notes
        self.found: list[dict[str, Any]] = []

    def pdf(self, query: str = "") -> bytes:
        """Return the PDF; ``found`` are then the values of Typst's metadata with label `query`."""
        self._check_characters()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file, content in self.files.items():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(content)
            (folder / "report.typ").write_bytes(_TEMPLATE.read_bytes())
            compiler = typst.Compiler(root=name, font_paths=fonts())
            data = self._set(compiler, folder)
            if query:
                self.found = json.loads(compiler.query(query, field="value"))
            _forget(compiler, folder)
        return data

    def _set(self, compiler: typst.Compiler, folder: Path) -> bytes:
        """Set the report with its floats in order; without it where Typst refuses that."""
        if not any("marked(" in block.code for block in self.blocks):
            return self._attempts(compiler, folder)
        try:
            return self._compile(compiler, folder, self._ordered(folder))
        except _Refused:  # the parts have to be replaced before there is a layout
            data = self._attempts(compiler, folder)
        try:
            return self._compile(compiler, folder, self._ordered(folder))
        except _Refused:
            return data

    def _attempts(self, compiler: typst.Compiler, folder: Path) -> bytes:
        for attempt in range(_ATTEMPTS):
            if attempt == _ATTEMPTS - 1:
                for block in self.blocks:
                    self._tell(block.cell, block.simplify(-1))
            try:
                return self._compile(compiler, folder, self.blocks)
            except _Refused as error:
                if glyphs := _NO_GLYPH.search(error.message):
                    self._replace(glyphs[1])
                elif error.message.startswith("PDF/"):
                    reason = error.message.partition("error: ")[2]
                    self._tell("", f"The PDF does not claim to be accessible: {reason}.")
                    self.standards = []
                elif not self._mend(error.diagnostic):
                    self._isolate(compiler, folder)
        raise RuntimeError("Typst could not set even the words of the report")

    def _ordered(self, folder: Path) -> list[Block]:
        """Return the blocks with the floats in the order of their numbers.

        Raises
        ------
        _Refused
            If Typst cannot set them.
        """
        by_code = {block.code: block for block in self.blocks}
        main = folder / "main.typ"

        def places_of(order: Sequence[str]) -> dict[str, Place]:
            lines = (f"#{code}\n\n" for code in [*order, "places"])
            main.write_text(_IMPORT + "".join(lines), encoding="utf-8")
            with _refusals():
                found = typst.query(
                    main, "<places>", field="value", one=True, root=folder, font_paths=fonts()
                )
            return {name: (page, x, y) for name, page, x, y in json.loads(found)}

        order = arrange([block.code for block in self.blocks], places_of)
        unknown = Block("", "", {})
        return [replace(by_code.get(code, unknown), code=code) for code in order]

    def _compile(self, compiler: typst.Compiler, folder: Path, blocks: Sequence[Block]) -> bytes:
        main = folder / "main.typ"
        lines = (f"#{block.code}\n\n" for block in blocks)  # two lines each
        main.write_text(_IMPORT + "".join(lines), encoding="utf-8")
        with _refusals():
            data, warnings = compiler.compile_with_warnings(
                main, pdf_standards=self.standards, timestamp=self.time
            )
        for warning in warnings:
            self._tell("", f"Typst warns: {warning.message}.")
        assert isinstance(data, bytes)
        return data

    def _tell(self, cell: str, sentence: str) -> None:
        self.notes.append(f"cell {cell or 1}: {sentence}")

    def _check_characters(self) -> None:
        """Show single characters that no font has as boxes; claim no standard if scripts lack."""
        lacking = missing("".join(block.code for block in self.blocks))
        if not lacking:
            return
        first = next((block.cell for block in self.blocks if lacking & set(block.code)), "")
        letters = {char for char in lacking if char.isalpha()}
        if len(letters) > _BOXES:
            self.standards = []
            self._tell(
                first,
                f"No font has {len(lacking)} characters ({scripts(letters)}): they are empty boxes"
                f" and the PDF does not claim to be accessible. Remedy: {remedy(letters)}.",
            )
            return
        shown = " ".join(sorted(lacking)[:20]) + (" …" if len(lacking) > 20 else "")
        self._tell(first, f"No font has {shown}: shown as boxes. Remedy: {remedy(lacking)}.")
        boxes = dict.fromkeys(map(ord, lacking), "□")
        for block in self.blocks:
            block.code = block.code.translate(boxes)
            block.parts = {
                code.translate(boxes): simpler.translate(boxes)
                for code, simpler in block.parts.items()
                if code.translate(boxes) in block.code
            }

    def _replace(self, text: str) -> None:
        """Show characters that fonts have one by one, but not together, as a box."""
        text = re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), text)
        seen = any(char.isprintable() and not char.isspace() for char in text)
        before = [block.code for block in self.blocks]
        for block in self.blocks:
            block.code = block.code.replace(text, "□" if seen else "")
        if before == [block.code for block in self.blocks]:  # it is within a picture
            self._tell("", "The PDF does not claim to be accessible: a picture's text has no font.")
            self.standards = []

    def _mend(self, diagnostic: str) -> bool:
        """Simplify the blocks that an error names; whether there are any."""
        found = False
        for line, column in re.findall(r"main\.typ:(\d+):(\d+)", diagnostic):
            index = int(line) // 2 - 1
            if 0 <= index < len(self.blocks):
                block = self.blocks[index]
                self._tell(block.cell, block.simplify(int(column) - 2))
                found = True
        return found

    def _isolate(self, compiler: typst.Compiler, folder: Path) -> None:
        """Simplify the blocks that Typst refuses alone, after an error that names no place."""
        for block in self.blocks:
            try:
                self._compile(compiler, folder, [block])
            except _Refused:
                self._tell(block.cell, block.simplify(-1))


def _forget(compiler: typst.Compiler, folder: Path) -> None:
    """Make Typst drop what it keeps of reports, half the memory of a process of many."""
    empty = folder / "empty.typ"
    empty.write_text("")
    for _ in range(_KEPT):
        compiler.compile(empty, format="svg")
