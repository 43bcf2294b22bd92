r"""Environments of TeX, renamed to those that math-core knows, and numbers where there is room."""

import html
import re
from collections.abc import Mapping

from hw.export.formulas.macros import group

LABEL = re.compile(r"\\label\s*\{([^{}]{0,200})\}")

# Environments by names that math-core knows; None: only the contents are set.
_ENVIRONMENTS = {
    "split": "aligned", "alignedat": "aligned", "alignat": "align", "alignat*": "align*",
    "flalign": "align", "flalign*": "align*", "xalignat": "align", "xalignat*": "align*",
    "eqnarray": "align", "eqnarray*": "align*", "darray": "array", "psmallmatrix": "pmatrix",
    "bsmallmatrix": "bmatrix", "matrix*": "matrix", "pmatrix*": "pmatrix", "bmatrix*": "bmatrix",
    "Bmatrix*": "Bmatrix", "vmatrix*": "vmatrix", "Vmatrix*": "Vmatrix", "subequations": None,
    "math": None, "displaymath": None, "empheq": None, "center": None,
}  # fmt: skip
# Inside another formula and in a line of text there is no room for a number.
_INNER = {
    "align": "aligned", "align*": "aligned", "gather": "gathered", "gather*": "gathered",
    "multline": "gathered", "multline*": "gathered", "equation": None, "equation*": None,
}  # fmt: skip
_SMALL = ("smallmatrix", "subarray")
_WITH_ARGUMENT = re.compile(r"(?:\w*at\*?|\w*matrix\*|subarray|empheq)\Z")
_ARGUMENT = re.compile(r"\s*(?:\{[^{}]{0,20}\}|\[[^\]]{0,20}\])")
_EQNARRAY = re.compile(r"(\\begin\s*\{eqnarray\*?\})(.*?)(?=\\end\s*\{eqnarray)", re.DOTALL)
_RELATION = re.compile(r"&\s*((?:[^&\\]|\\[A-Za-z]++){1,20}?)\s*&")
_ARRAY = re.compile(r"\\begin\{array\}\s*(?:\[[tcb]\])?\s*(?=\{)")
_LAST_LINE = re.compile(r"((?:(?!\\begin\b|\\end\b).)*)\\hline\s*(?=\\end\{array\})", re.DOTALL)
_REPEATED_COLUMN = re.compile(r"\*\s*\{(\d{1,2})\}\s*\{([^{}]*)\}")
_COLUMN_ARGUMENT = re.compile(r"([pmb@!><])\s*\{[^{}]*\}")
_NUMBERED = re.compile(
    r"\s*\\begin\{(align|gather|equation|multline)(\*?)\}(.*)\\end\{\1\2\}\s*\Z", re.DOTALL
)
_TAG_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
_TAG_SIGNS = {"ast": "∗", "star": "⋆", "dagger": "†", "ddagger": "‡", "prime": "′", "bullet": "•"}
_TAG = re.compile(r"\\tag(\*?)\s*(?=\{)")
_STRUCTURE = re.compile(r"\\(begin|end)(?![A-Za-z])|\\.|[{}&]", re.DOTALL)
_BEGIN_END = re.compile(r"\\(begin|end)\s*\{\s*([A-Za-z]+\*?)\s*\}")
_NO_NUMBER = re.compile(r"\\(?:nonumber|notag)(?![A-Za-z])")


def with_known_environments(tex: str) -> str:
    tex = _EQNARRAY.sub(lambda match: match[1] + _RELATION.sub(r"&\1", match[2]), tex)
    kept = []
    at = 0
    for match in _BEGIN_END.finditer(tex):
        kept.append(tex[at : match.start()])
        at = match.end()
        name = _ENVIRONMENTS.get(match[2], match[2])
        if match[1] == "begin" and _WITH_ARGUMENT.match(match[2]):
            argument = _ARGUMENT.match(tex, at)
            at = argument.end() if argument else at
        if match[2] in _SMALL:
            kept.append(r"{\scriptstyle\begin{matrix}" if match[1] == "begin" else r"\end{matrix}}")
        else:
            kept.append(rf"\{match[1]}{{{name}}}" if name else " ")
    return "".join(kept) + tex[at:]


def with_plain_arrays(tex: str) -> str:
    """Columns of arrays with nothing but letters and lines."""
    kept = []
    at = 0
    for match in _ARRAY.finditer(tex):
        if match.start() < at:
            continue
        columns, stop = group(tex, match.end())
        columns = _REPEATED_COLUMN.sub(lambda found: found[2] * int(found[1]), columns)
        columns = _COLUMN_ARGUMENT.sub(lambda found: "l" * (found[1] in "pmb"), columns)
        columns = re.sub(r"[^lcr|:]", "", re.sub(r"\|+", "|", columns))
        kept.append(tex[at : match.start()] + rf"\begin{{array}}{{{columns}}}")
        at = stop
        if last := _LAST_LINE.match(tex, at):  # a line is drawn above a row: add an empty one
            empty = "&".join("{}" for _ in re.findall("[lcr]", columns))
            kept.append(rf"{last[1]}\hline {empty}")
            at = last.end()
    return re.sub(r"\\hline\s*(?=\\end(?![A-Za-z]))", "", "".join(kept) + tex[at:])


def with_numbers(tex: str, display: bool, labels: Mapping[str, int]) -> str:
    r"""The outermost environment with its numbers, the others without; a ``\\`` breaks lines."""
    outer = _NUMBERED.match(tex) if display else None
    if outer is None or rf"\end{{{outer[1]}{outer[2]}}}" in outer[3]:
        return _in_lines(_inner(tex), display)
    name = outer[1]
    star = outer[2]
    body = _with_plain_tags(_inner(outer[3]))
    if not labels and not star:
        star = "*"
    if star and _TAG.search(body):  # math-core numbers all lines or none: spare those without a tag
        star = ""
        lines = [body] if name == "equation" else _lines(body)
        body = r"\\".join(line if _TAG.search(line) else rf"{line}\notag " for line in lines)
    return rf"\begin{{{name}{star}}}{body}\end{{{name}{star}}}"


def _in_lines(tex: str, display: bool) -> str:
    """A formula outside an environment that numbers: with its label or tag, if that has room."""
    numbered = display and (_TAG.search(tex) or LABEL.search(tex))
    signs = {sign for _, _, sign in _separators(tex)}
    name = ("align" if "&" in signs else "gather") if signs else "equation" if numbered else ""
    tex = _with_plain_tags(tex) if numbered else without_numbers(tex)
    if not numbered:
        name += "ed" if name else ""
    return rf"\begin{{{name}}}{tex}\end{{{name}}}" if name else tex


def _inner(tex: str) -> str:
    def renamed(match: re.Match[str]) -> str:
        name = _INNER.get(match[2], match[2])
        return rf"\{match[1]}{{{name}}}" if name else " "

    return _BEGIN_END.sub(renamed, tex)


def without_numbers(tex: str) -> str:
    """A formula without environments that number; its tags are text in the line."""
    kept = []
    at = 0
    for match in _TAG.finditer(tex):
        if match.start() < at:
            continue
        tag, stop = group(tex, match.end())
        text = tag if match[1] else f"({tag})"
        kept.append(tex[at : match.start()] + rf"\qquad \text{{{text}}}")
        at = stop
    return _NO_NUMBER.sub("", LABEL.sub("", _inner("".join(kept) + tex[at:])))


def _with_plain_tags(tex: str) -> str:
    """Tags as plain text. math-core takes few signs there: others are written as their numbers."""
    kept = []
    at = 0
    for match in _TAG.finditer(tex):
        if match.start() < at:
            continue
        tag, stop = group(tex, match.end())
        tag = _TAG_COMMAND.sub(lambda found: _TAG_SIGNS.get(found[1], ""), tag)
        tag = re.sub(
            r"[^\w. *-]|_",
            lambda sign: f"::{ord(sign[0]):x}::",
            re.sub(r"[${}^\\]", "", tag),
            flags=re.ASCII,
        )
        kept.append(tex[at : match.start()] + rf"\tag{match[1]}{{{tag}}}")
        at = stop
    return "".join(kept) + tex[at:]


def signs_of_tags(mathml: str) -> str:
    """MathML with the signs of tags that `attempts` wrote as numbers."""
    return re.sub("::([0-9a-f]+)::", lambda match: html.escape(chr(int(match[1], 16))), mathml)


def _separators(tex: str) -> list[tuple[int, int, str]]:
    r"""Start, end and sign of each ``\\`` and ``&`` outside all braces and environments."""
    found = []
    depth = 0
    for match in _STRUCTURE.finditer(tex):
        if match[0] == "{" or match[1] == "begin":
            depth += 1
        elif match[0] == "}" or match[1] == "end":
            depth -= 1
        elif match[0] in ("\\\\", "&") and depth == 0:
            found.append((match.start(), match.end(), match[0]))
    return found


def _lines(tex: str) -> list[str]:
    lines = []
    at = 0
    for start, stop, sign in _separators(tex):
        if sign != "&":
            lines.append(tex[at:start])
            at = stop
    return [*lines, tex[at:]]
