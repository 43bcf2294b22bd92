r"""TeX as notebooks have it, rewritten to what math-core reads, and ever simpler forms of it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from PIL import ImageColor

from hw.export.formulas.environments import (
    LABEL,
    with_known_environments,
    with_numbers,
    with_plain_arrays,
    without_numbers,
)
from hw.export.formulas.macros import group

BARE = "\ue005"  # stands before a reference that is printed without parentheses

_TEXT_COMMANDS = frozenset(
    (*"bcdijklortuvHLO", "AA", "AE", "OE", "aa", "ae", "oe", "ss", "emph", "text")
)

_SPECIAL = re.compile(
    r"\\verb\*?([^\sA-Za-z*])(.{0,200}?)\1|(\\.)|(?<=\d)(%)\s*\Z|%[^\n]*", re.DOTALL
)
_TEXT = re.compile(r"\\(text(?:bf|it|rm|tt|sf|md|sc|sl)?|emph|(?:short)?intertext)\s*(?=\{)")
_TEXT_PART = re.compile(
    r"\$(?P<math>[^$]*)\$|\\(?P<command>[A-Za-z]+)(?P<braces>(?:\s*\{[^{}]*\})*)"
    r"|\\.|(?P<plain>[_#^&$%])",
    re.DOTALL,
)
_UNESCAPED = re.compile(r"(?<!\\)[_#^&]")
_COLOR = re.compile(r"\\(?:text)?color\s*(\[\w+\])?\s*\{([^{}]{0,50})\}\s*(\{?)")
_REFERENCE = re.compile(r"\\(eq)?ref\s*\{([^{}]{0,200})\}")
_LIMITS = re.compile(r"\\(?:no)?limits(?![A-Za-z])")
_REWRITE = [
    (re.compile(pattern.replace("§", "(?![A-Za-z])"), re.DOTALL), by)  # § ends a command
    for pattern, by in (
        (r"\\(?:tiny|scriptsize|footnotesize|small|normalsize|[lL]arge|LARGE|[hH]uge)§", " "),
        (r"\\(?:oldstyle|displaybreak|begingroup|endgroup)§", " "),
        (r"(?<!\\)~", r"\\ "),
        (r"\\unicode\s*\{\s*x([0-9A-Fa-f]{1,5})\s*\}", lambda match: chr(int(match[1], 16))),
        (r"\\root§(.{0,99}?)\\of§", r"\\sqrt[\1]"),
        (r"\\buildrel§(.{0,199}?)\\over§", r"\\overset{\1}"),
        (r"\\raisebox\s*\{[^}]*\}|\\(?:raise|lower)\s*-?[\d.]+\s*[a-z]{2}", ""),
        (r"(\\over)\s+[\d.]+\s*(?:pt|em|ex)", r"\1 "),
        (r"\\hline\s*(?=\\hline§)", ""),
        (r"\\(left|right|middle)\s+", r"\\\1"),
        (r"\\bbox§\s*(?:\[[^\]]*\])?", ""),
        (r"\\cancelto§\s*\{([^{}]*)\}\s*(\{[^{}]*\})", r"{\\cancel\2}^{\1}"),
        (r"\\mathop\s*(\{\s*\\(?:rm|text|mathrm)§)", r"\\operatorname*\1"),
        (r"\\mathop\s*(\{(?:[^{}]|\{[^{}]*\}){0,200}\})\s*\\limits§", r"\\operatorname*\1"),
        (r"(\\operatorname\*?\s*\{)\s*\\(?:rm|sf|bf|it)§\s*", r"\1"),
        (r"(\\operatorname\*?\s*)\{\s*\\(?:text|mathrm)\s*(\{[^{}]*\})\s*\}", r"\1\2"),
    )
]  # fmt: skip


def without_comments(tex: str) -> str:
    r"""TeX without comments; ``\verb`` as text."""

    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return r"\text{" + re.sub(r"[\\{}]", _as_text, match[2]) + "}"
        if match[3]:
            return "\\ " if match[3] == "\\\n" else match[3]
        return r"\%" if match[4] else ""  # a sign at a number's end is no comment

    return _SPECIAL.sub(plain, tex)


def attempts(tex: str, display: bool, labels: Mapping[str, int]) -> Iterator[str]:
    r"""A formula as math-core reads it, then ever more freely.

    Parameters
    ----------
    tex
        The formula, with its macros expanded.
    display
        On a line of its own, where there is room for a number.
    labels
        Labels of the whole notebook by name, with the number that stands for each. Without any,
        only ``\tag`` numbers a line.

    Raises
    ------
    ValueError
        If the formula refers to a label that is not there.
    """
    for pattern, by in _REWRITE:
        tex = pattern.sub(by, tex)
    tex = _referred(tex, labels)
    tex = with_plain_arrays(with_known_environments(_with_colors(_with_texts(tex))))
    tex = re.sub(r"(?:\\\\\s*)+\Z", "", tex.strip())
    yield with_numbers(tex, display, labels)
    tex = LABEL.sub("", without_numbers(tex))
    yield tex
    tex = _COLOR.sub(r"\3", _LIMITS.sub("", tex))
    yield tex
    yield rf"\begin{{aligned}}{tex}\end{{aligned}}"
    tex = re.sub(r"\\(?:left|right|middle)(?![A-Za-z])\.?", "", tex)
    yield tex
    yield re.sub(r"(\\.)|([#&])", lambda match: match[1] or "\\" + match[2], tex, flags=re.DOTALL)


def labels_in(tex: str) -> list[str]:
    """Names of the labels that a formula sets."""
    return LABEL.findall(tex)


def _referred(tex: str, labels: Mapping[str, int]) -> str:
    """Labels and references by number: names may hold characters that no identifier has."""

    def reference(match: re.Match[str]) -> str:
        if match[2] not in labels:
            raise ValueError(f"{match[0]} refers to no equation")
        return ("" if match[1] else rf"\text{{{BARE}}}") + rf"\eqref{{{labels[match[2]]}}}"

    tex = _REFERENCE.sub(reference, tex)
    return LABEL.sub(lambda match: rf"\label{{{labels.get(match[1], 0)}}}", tex)


def _with_colors(tex: str) -> str:
    r"""Colours as math-core reads them: ``\color{red}{x}`` colours its argument, as in Jupyter."""

    def color(match: re.Match[str]) -> str:
        model = match[1] or ""
        name = match[2]
        with suppress(ValueError):
            red, green, blue = ImageColor.getrgb(name.partition("!")[0].strip())[:3]
            model = "[HTML]"
            name = f"{red:02X}{green:02X}{blue:02X}"
        return rf"{match[3]}\color{model}{{{name}}} "

    return _COLOR.sub(color, tex)


def _with_texts(tex: str) -> str:
    r"""Arguments of ``\text`` with formulas and commands outside it, and all signs escaped."""
    kept = []
    at = 0
    for match in _TEXT.finditer(tex):
        if match.start() < at:
            continue
        body, stop = group(tex, match.end())
        kept.append(tex[at : match.start()])
        at = stop
        if "intertext" in match[1]:
            kept.append(_text("text", body) + r"\\ ")
        else:
            kept.append(_text("textit" if match[1] in ("emph", "textsl") else match[1], body))
    return "".join(kept) + tex[at:]


def _text(command: str, body: str) -> str:
    command = {"textmd": "text", "textsc": "text"}.get(command, command)
    parts: list[str] = []
    run: list[str] = []

    def close() -> None:
        if run:
            parts.append(rf"\{command}{{{''.join(run)}}}")
            run.clear()

    at = 0
    for match in _TEXT_PART.finditer(body):
        run.append(body[at : match.start()])
        at = match.end()
        name = match["command"]
        if match["math"] is not None:
            close()
            parts.append(f"{{{match['math']}}}")
        elif name and name not in _TEXT_COMMANDS and not name.startswith("text"):
            close()
            parts.append(f"{{{match[0]}}}")
        elif name and match["braces"]:
            run.append(rf"\{name}" + _UNESCAPED.sub(_escaped, match["braces"]))
        else:
            run.append(_sign_in_text(match[0]))
    run.append(body[at:])
    run[:] = [part for part in run if part]
    close()
    return "".join(parts) if len(parts) < 2 else f"{{{''.join(parts)}}}"


def _sign_in_text(sign: str) -> str:
    """A sign, escaped or not, that prints itself; braces keep the blank behind it."""
    if sign == "^":
        return r"\textasciicircum{}"
    return f"\\{sign[-1]}{{}}" if sign[-1] in "_#&$%{}" else sign


def _escaped(match: re.Match[str]) -> str:
    return _sign_in_text(match[0])


def _as_text(match: re.Match[str]) -> str:
    return r"\textbackslash " if match[0] == "\\" else "\\" + match[0]
