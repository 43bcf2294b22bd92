r"""Formulas of a notebook, taken out of Markdown as Jupyter does.

The rules are those of ``removeMath`` in JupyterLab's ``rendermime/src/latex.ts``, with three
differences: dollars of prices stay text, a blank line does not end ``$$`` or an environment whose
end follows, and the marks of a quotation are no part of the formula inside it.
"""

import re
from bisect import bisect_right

from hw.export.formulas.macros import Macros
from hw.export.formulas.tex import Formula, convert

MARK = re.compile("\ue000(\\d+)\ue001")  # a formula's place: to Markdown these are letters
_HIDDEN = re.compile("\ue002(\\d+)\ue003")

_SPLIT = re.compile(
    r"(\$\$?|\\(?:begin|end)\{[a-z]*\*?\}|\\[{}$]|[{}]|(?:\n[ \t>]*)+|\\\\[()\[\]])", re.IGNORECASE
)
_CLOSING = {"\\\\(": "\\\\)", "\\\\[": "\\\\]", "$": "$", "$$": "$$"}
_AHEAD = 200  # delimiters searched before and after a blank line: bounds the time for hostile text

_CODE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*$|(?<!\\)(?P<ticks>`+)|<(?P<tag>pre|code)\b",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE_END = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_QUOTATION = re.compile(r"\n[ \t]*(?:>[ \t]?)+")
_REFERENCE = re.compile(r"\\(?:eq)?ref\{[^{}\n]{0,200}\}")
_WORD = re.compile(r"[A-Za-z]{2}")


class Formulas:
    """The formulas of one notebook, in order.

    Attributes
    ----------
    found
        All formulas; a mark in a text holds the index.
    mathml, failed
        What `convert` made of them, and the reasons for those to be shown as their source.
    """

    def __init__(self) -> None:
        self.found: list[Formula] = []
        self.macros = Macros()
        self.mathml: list[str] = []
        self.failed: dict[int, str] = {}

    def add(self, tex: str, display: bool, source: str) -> str:
        """Keep a formula; returns its mark, or nothing if it only defines macros."""
        tex = self.macros.collect(tex, len(self.found))
        if not tex.strip():
            return ""
        self.found.append(Formula(tex, display, source))
        return f"\ue000{len(self.found) - 1}\ue001"

    def source(self, text: str) -> str:
        """Text with its formulas as they were written: for code, attributes and names."""
        return MARK.sub(lambda match: self.found[int(match[1])].source, text)

    def convert(self) -> None:
        """Fill `mathml` and `failed`, once all are found: they refer to one another."""
        self.mathml, self.failed = convert(self.found, self.macros)

    def take(self, text: str) -> str:
        """Markdown with marks instead of formulas."""
        text = re.sub("[\ue000-\ue005]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
        if "$" not in text and "\\" not in text:
            return text
        hidden: list[str] = []
        text = _without_code(text, hidden)
        blocks = _SPLIT.split(text)
        for start, stop in _places(blocks):
            blocks[start] = self._taken(blocks, start, stop, hidden)
            blocks[start + 1 : stop + 1] = [""] * (stop - start)
        text = _REFERENCE.sub(lambda match: self.add(match[0], False, match[0]), "".join(blocks))
        return _with_code(text, hidden)

    def _taken(self, blocks: list[str], start: int, stop: int, hidden: list[str]) -> str:
        opening = blocks[start]
        source = "".join(blocks[start : stop + 1])
        is_environment = opening[:2] == "\\b" or opening[:2] == "\\B"
        tex = source if is_environment else "".join(blocks[start + 1 : stop])
        if blocks[start - 1].rpartition("\n")[2].lstrip().startswith(">") or (
            start > 1 and ">" in blocks[start - 2] and not blocks[start - 1].strip()
        ):
            tex = _QUOTATION.sub("\n", tex)
        display = is_environment or opening in ("$$", "\\\\[")
        return self.add(_with_code(tex, hidden), display, _with_code(source, hidden))


def _without_code(text: str, hidden: list[str]) -> str:
    """Text whose code is replaced by marks; the code itself is appended to ``hidden``."""
    if "`" not in text and "~~~" not in text and "<" not in text:
        return text
    kept = []
    at = 0
    for start, stop in _code(text):
        kept.append(f"{text[at:start]}\ue002{len(hidden)}\ue003")
        hidden.append(text[start:stop])
        at = stop
    return "".join(kept) + text[at:]


def _with_code(text: str, hidden: list[str]) -> str:
    return _HIDDEN.sub(lambda match: hidden[int(match[1])], text) if hidden else text


def _code(text: str) -> list[tuple[int, int]]:
    """Where fenced code, code spans, ``<pre>`` and ``<code>`` are, in linear time."""
    runs: dict[int, list[int]] = {}  # starts of runs of backticks, by length
    for run in re.finditer("`+", text):
        runs.setdefault(len(run[0]), []).append(run.start())
    lower = text.lower()
    unclosed: set[str] = set()
    places = []
    at = 0
    while match := _CODE.search(text, at):
        start = match.start()
        at = match.end()
        stop = None
        if fence := match["fence"]:
            ends = (end for end in _FENCE_END.finditer(text, at) if end[1].startswith(fence))
            end = next(ends, None)
            stop = end.end() if end else len(text)
        elif ticks := match["ticks"]:
            same = runs.get(len(ticks), [])
            place = bisect_right(same, start)
            if place < len(same) and not _BLANK_LINE.search(text, at, same[place]):
                stop = same[place] + len(ticks)
        elif (tag := match["tag"].lower()) not in unclosed:
            end_of_tag = lower.find(f"</{tag}", at)
            if end_of_tag < 0:
                unclosed.add(tag)
            else:
                stop = end_of_tag + len(tag) + 2
        if stop is not None:
            places.append((start, stop))
            at = stop
    return places


def _places(blocks: list[str]) -> list[tuple[int, int]]:
    """Blocks at which formulas open and close: delimiters match, braces balance."""
    places = []
    start = last = None
    end = ""
    braces = 0
    i = 1
    while i < len(blocks):
        block = blocks[i]
        if start is None:
            end = _CLOSING.get(block, "")
            if block[:6].lower() == "\\begin":
                end = "\\end" + block[6:]
            if end:
                start = i
                last = None
                braces = 0
        elif block == end:
            if braces:
                last = i
            elif end == "$" and _is_price("".join(blocks[start + 1 : i]), blocks[i + 1]):
                start = i  # this dollar may open a formula
            else:
                places.append((start, i))
                start = None
        elif block.count("\n") > 1 and (end == "$" or end not in blocks[i + 2 : i + _AHEAD : 2]):
            if last is not None:  # an end inside braces that do not balance
                places.append((start, last))
                i = last if i - last < _AHEAD else i
            start = None
        elif block == "{":
            braces += 1
        elif block == "}" and braces:
            braces -= 1
        i += 2
    if start is not None and last is not None:
        places.append((start, last))
    return places


def _is_price(between: str, after: str) -> bool:
    """Whether two dollars are amounts of money: ``$5 and $10``, or ``$5 million, where $x$``."""
    if not between[:1].isdigit() or re.search(r"[\\^_{}=<>]", between):
        return False
    return after[:1].isdigit() or (between[-1].isspace() and bool(_WORD.search(between)))
