"""Code and text outputs as Typst code: coloured, long lines wrapped, long outputs shortened.

Lines are string literals in the typeface of code. Typst's own ``raw`` would colour code as well, in
three times the time.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape
from xml.etree.ElementTree import Element

from hw.export.code import highlighted
from hw.export.formulas.mathematics import string
from hw.export.pdf.styles import background, text_options
from hw.export.tree import styles

Run = tuple[str, tuple[str, ...]]  # text, and the calls around it: 'text(fill: red, ', …

_CHARACTER = 7.6 * 0.602  # points, width of a character of code
_INSET = 18.0  # points, left and right of code
_MOST = 60  # lines of an output
_FIRST = 40  # lines shown of a longer one
_LAST = 15
_LONG = 200_000  # characters of an output of which only the beginning and the end are read
_END = 20_000  # characters of either
_LOOK_BACK = 24  # characters before the edge among which a good place to break is looked for
_CONTINUED = "text(soft)[↪ ]"
_TOKEN = re.compile(r'<span class="(\w+)">(.*?)</span>|([^<]+)', re.DOTALL)
_TOKENS = {
    "k": "keyword(",
    "s": "quoted(",
    "c": "comment(",
    "m": "numeral(",
}  # by Pygments' classes


def breakable(text: str, longest: int = 45) -> str:
    """Return text whose very long words may be broken."""
    if len(text) <= longest:
        return text
    return re.sub(rf"\S{{{longest}}}(?=\S)", lambda match: match[0] + "\u200b", text)


def wrap(line: str, limit: int) -> list[int]:
    """Return the places in a line where it has to continue on the next one.

    Continued lines have room for two characters less.
    """
    if len(line) <= limit and line.isascii():
        return []
    places: list[int] = []
    start = 0
    at = 0
    width = 0
    while at < len(line):
        width += 2 if unicodedata.east_asian_width(line[at]) in "WF" else 1
        at += 1
        if width > limit - 2 * bool(places) and at - start > 1:
            found = [match.end() for match in re.finditer(r"[\s,;(\[{/]", line[start : at - 1])]
            near = bool(found) and at - start - found[-1] < _LOOK_BACK
            start = start + found[-1] if near else at - 1
            places.append(start)
            at = start
            width = 0
    return places


def code(node: Element, width: float, number: str | None) -> str:
    """Return a call that sets the code of a ``<pre>`` in the colours of its language."""
    inner = node.find("code")
    classes = inner.get("class", "") if inner is not None else ""
    language = next((x[9:] for x in classes.split() if x.startswith("language-")), "")
    html = highlighted("".join(node.itertext()), language)
    lines = _lines(_tokens(html[html.index(">") + 1 : -len("</code>")]), _letters(width))
    return f"code({string(number) if number else 'none'}, {_joined(lines)})"


def _tokens(html: str) -> Iterator[Run]:
    """Yield the words of highlighted code; neighbours without a colour in one piece."""
    plain = ""
    for kind, word, rest in _TOKEN.findall(html):
        call = _TOKENS.get(kind[:1])
        if call is None:
            plain += word or rest
            continue
        if plain:
            yield unescape(plain), ()
            plain = ""
        yield unescape(word), (call,)
    yield unescape(plain), ()


def printed(node: Element, width: float, words: str) -> tuple[str, int]:
    """Return a call that sets an output with its colours, and how many lines it leaves out.

    ``words`` say in place of these lines how many they are, as ``{count}``.
    """
    limit = _letters(width)
    text = "".join(node.itertext())
    between = text[_END:-_END].split("\n") if len(text) > _LONG else []
    ends: list[Run] = [(text[:_END], ()), ("\n", ()), (text[-_END:], ())]
    lines = _lines(ends if between else _runs(node, ()), limit)
    total = len(lines) + sum(max(1, len(line) // limit) for line in between)
    left_out = total - _FIRST - _LAST if total > _MOST else 0
    if left_out:
        note = f"text(soft, emph({string(f'… {words.format(count=left_out)} …')}))"
        lines = [*lines[:_FIRST], [note], *lines[-_LAST:]]
    kinds = node.get("class", "").split()
    look = ', fill: rgb("#fdf4e7")' if "stderr" in kinds else ""
    look = ', stroke: 1.2pt + rgb("#b22b31")' if "error" in kinds else look
    return f"printed({_joined(lines)}{look})", left_out


def _runs(node: Element, calls: tuple[str, ...]) -> Iterator[Run]:
    """Yield stretches of text with the calls for their colours."""
    if node.text:
        yield node.text, calls
    for child in node:
        if child.tag == "br":
            yield "\n", calls
        style = styles(child)
        inner = calls
        if fill := background(style):
            inner += (f"highlight(fill: {fill}, ",)
        if options := text_options(style, child.get("class", "")):
            inner += (f"text({', '.join(options)}, ",)
        yield from _runs(child, inner)
        if child.tail:
            yield child.tail, calls


def _letters(width: float) -> int:
    return max(int((width - _INSET) / _CHARACTER), 12)


def _lines(runs: Iterable[Run], limit: int) -> list[list[str]]:
    """Return the expressions of each line, those of more letters in several."""
    lines: list[list[Run]] = [[]]
    for text, calls in runs:
        first, *rest = text.split("\n")
        lines[-1].append((first, calls))
        lines += [[(part, calls)] for part in rest]
    out: list[list[str]] = []
    for line in lines:
        places = wrap("".join(text for text, _ in line), limit)
        out.append([])
        at = 0
        for text, calls in line:
            cuts = [place - at for place in places if at < place < at + len(text)]
            for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True):
                if at + start in places and (not out[-1] or out[-1][-1] != _CONTINUED):
                    out.append([_CONTINUED])
                if part := text[start:stop]:
                    out[-1].append("".join(calls) + string(part) + ")" * len(calls))
            at += len(text)
    return out


def _joined(lines: Iterable[list[str]]) -> str:
    return "{" + "; linebreak(); ".join("; ".join(line) or '""' for line in lines) + "}"
