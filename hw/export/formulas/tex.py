"""TeX to MathML by math-core, with latex2mathml behind it, numbered over the whole notebook."""

import re
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from math_core import LatexError, LatexToMathML

from hw.export.formulas.environments import signs_of_tags
from hw.export.formulas.macros import LENGTH, Macros
from hw.export.formulas.rewriting import BARE, attempts, labels_in, without_comments

STACK = (
    128 * 2**20
)  # bytes. math-core is recursive: on a small stack a deep formula ends the process
OPEN = 16  # brackets that may be open: math-core's time doubles with each that is never closed
DEPTH = 80  # of nested elements in MathML: Typst refuses deeper ones

_BRACKET = re.compile(
    r"\\(?:left|right|middle|[bB]igg?[lrm]?)\s*(?:\\(?:[A-Za-z]+|.)|.)"
    r"|(?P<open>[(\[⟨⌊⌈⟦]|\\\{|\\(?:l(?:brace|brack|paren|angle|floor|ceil|lbracket|group"
    r"|moustache|vert|Vert|Brace|lcorner)|ulcorner)(?![A-Za-z]))"
    r"|(?P<close>[)\]⟩⌋⌉⟧]|\\\}|\\(?:r(?:brace|brack|paren|angle|floor|ceil|rbracket|group"
    r"|moustache|vert|Vert|Brace)|urcorner|lrcorner)(?![A-Za-z]))"
    r"|\\(?:[A-Za-z]+|.)",
    re.DOTALL,
)
_DEFINITION = re.compile(
    r"\\(?:let|[gex]?def|(?:re|provide)?newcommand\*?|(?:re)?newenvironment)(?![A-Za-z])"
)
_TAG = re.compile(r"<(/?)[a-z]+[^<>]*?(/?)>")
_RESET = 'scriptlevel="1"><mtable displaystyle="false" scriptlevel="0"'
_KEPT = 'scriptlevel="1"><mtable displaystyle="false" scriptlevel="1"'  # small tables stay small
_EMPTY_CELL = re.compile(r'(border-top: [^"]*)("><mrow></mrow></mtd>)')
_COMMAND = re.compile(r"\\(?:begin|end)\s*\{[^}]*\}|\\[A-Za-z]+|\\.", re.DOTALL)
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset(  # of the second reader
    (
        "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msub", "msup", "msubsup", "munder",
        "mover", "munderover", "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd", "mphantom",
        "mpadded", "menclose", "mstyle", "mmultiscripts", "mprescripts", "none",
    )
)  # fmt: skip
_ATTRIBUTES = frozenset(
    (
        "accent", "accentunder", "display", "displaystyle", "fence", "form", "linethickness",
        "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rspace",
        "scriptlevel", "stretchy", "width",
    )
)  # fmt: skip


class Formula(NamedTuple):
    """A formula as it was found."""

    tex: str  # without delimiters and definitions
    display: bool
    source: str  # as written


def convert(formulas: Sequence[Formula], macros: Macros) -> tuple[list[str], dict[int, str]]:
    """MathML of the formulas of a notebook, numbered in their order.

    Returns
    -------
    mathml, failed
        ``<math>`` elements; and the reason for each formula that could not be read, whose MathML
        is empty.
    """
    before = threading.stack_size(STACK)
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            result = pool.submit(_convert, formulas, macros)
    finally:
        threading.stack_size(before)
    return result.result()


def _convert(formulas: Sequence[Formula], macros: Macros) -> tuple[list[str], dict[int, str]]:
    labels: dict[str, int] = {}
    for formula in formulas:
        for name in labels_in(formula.tex):
            labels.setdefault(name, len(labels) + 1)
    chosen: list[tuple[str, bool]] = []  # what math-core reads
    second: dict[int, str] = {}  # MathML of the second reader
    failed: dict[int, str] = {}
    alone = _reader()
    for number, formula in enumerate(formulas):
        tex = ""
        try:
            tex = _readable(alone, formula, macros, number, labels)
        except LatexError as error:
            failed[number] = re.sub(r"^\d+: ", "", str(error))
            if element := _second_reader(formula, macros, number):
                second[number] = element
        except ValueError as error:
            failed[number] = str(error)
        chosen.append((tex, formula.display))
    mathml = _reader(continue_on_error=True).convert_all(chosen) if chosen else []
    for number, element in enumerate(mathml):
        if not element.startswith("<math") or _depth(element) > DEPTH:
            failed[number] = "it is nested too deeply"
        elif "(??)" in element and 'href="#eq-' in element:
            failed[number] = "it refers to an equation without a number"
        mathml[number] = "" if number in failed else _finished(element)
    for number, element in second.items():
        mathml[number] = element
        del failed[number]
    return mathml, failed


def _reader(continue_on_error: bool = False) -> LatexToMathML:
    return LatexToMathML(
        fancy_error=False,
        allow_unreliable_rendering=True,
        id_prefix="eq-",
        continue_on_error=continue_on_error,
    )


def _readable(
    reader: LatexToMathML, formula: Formula, macros: Macros, number: int, labels: dict[str, int]
) -> str:
    """The first form of a formula that math-core reads; else the first one's error."""
    if len(formula.tex) > LENGTH:
        raise ValueError(f"it has {len(formula.tex)} characters")
    tex = macros.expand(without_comments(formula.tex), number)
    first: LatexError | None = None
    if _DEFINITION.search(tex):
        raise ValueError("it has a definition that was not understood")
    for attempt in attempts(tex, formula.display, labels):
        if _open_brackets(attempt) > OPEN:
            raise ValueError("it has too many brackets that are not closed")
        try:
            reader.convert_with_local_state(attempt, displaystyle=formula.display)
        except LatexError as error:
            first = first or error
        else:
            return attempt
    assert first is not None
    raise first


def _open_brackets(tex: str) -> int:
    r"""How many brackets are open at most, without those of fixed size or after ``\left``."""
    most = count = 0
    for match in _BRACKET.finditer(tex):
        count = max(0, count + bool(match["open"]) - bool(match["close"]))
        most = max(most, count)
    return most


def _finished(mathml: str) -> str:
    """MathML as math-core writes it, made XML, with bare numbers where these were asked for."""
    mathml = mathml.replace("&ApplyFunction;", "\u2061").replace(_RESET, _KEPT)
    if "border-top" in mathml:
        mathml = _EMPTY_CELL.sub(r"\1padding: 0;\2", mathml)
    if "::" in mathml:
        mathml = signs_of_tags(mathml)
    if BARE not in mathml:
        return mathml
    marked = re.compile(rf"<mtext>{BARE}</mtext>(<mtext><a [^>]*>)\(([^<]*)\)")
    return marked.sub(r"\1\2", mathml).replace(BARE, "")


def _depth(mathml: str) -> int:
    """How deep elements are nested."""
    if len(mathml) < DEPTH * 10:
        return 0
    deepest = depth = 0
    for match in _TAG.finditer(mathml):
        depth += -1 if match[1] else 0 if match[2] else 1
        deepest = max(deepest, depth)
    return deepest


def _second_reader(formula: Formula, macros: Macros, number: int) -> str:
    """MathML by latex2mathml, or nothing if it skips a letter or a number of the formula."""
    from latex2mathml.converter import convert as read  # rarely needed, slow to import

    tex = macros.expand(without_comments(formula.tex), number)
    try:
        root = ET.fromstring(read(tex, display="block" if formula.display else "inline"))
    except Exception:  # it raises whatever comes: IndexError, StopIteration, RecursionError …
        return ""
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
        side = element.get("columnalign", "")
        if element.tag not in _ELEMENTS:
            return ""
        element.attrib = {
            name: value for name, value in element.attrib.items() if name in _ATTRIBUTES
        }
        if side in ("left", "right") and element.tag == "mtd":
            element.set("style", f"text-align: {side}")
    text = "".join(root.itertext())
    if re.search(r"[\\$&]", text) or _letters(_COMMAND.sub(" ", tex)) - _letters(text):
        return ""
    mathml = ET.tostring(root, encoding="unicode")
    return mathml if _depth(mathml) <= DEPTH else ""


def _letters(text: str) -> Counter[str]:
    return Counter(re.findall(r"[A-Za-z0-9]", text))
