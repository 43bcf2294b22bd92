r"""Macros of TeX: collected from the formulas of a notebook, expanded before these are converted.

Expanding is done here and not by the converter: a definition holds from the cell that makes it,
may have an optional argument, and may be half of an environment, as in
``\newcommand{\be}{\begin{align}}``.
"""

import re
import tomllib
from bisect import bisect_right
from importlib import resources
from typing import NamedTuple

EXPANSIONS = 1000  # in one formula: a macro may call itself
LENGTH = 20_000  # of an expanded formula, characters: longer ones are hostile

_PRIMITIVE = "\ue004"  # after a backslash: a command's meaning before it was redefined
_TOKEN = re.compile(r"\\(?:([A-Za-z]+)|.)", re.DOTALL)
_HEAD = re.compile(
    r"(?:\\global\s*|\\long\s*)?\\(?:"
    r"(?P<new>(?:re)?newcommand|providecommand|DeclareMathOperator|DeclareRobustCommand)"
    r"(?P<star>\*?)"
    r"\s*(?:\{\s*\\(?P<braced>[A-Za-z]+)\s*\}|\\(?P<bare>[A-Za-z]+))"
    r"\s*(?:\[(?P<count>\d)\])?\s*(?:\[(?P<default>[^\]\n]{0,200})\])?"
    r"|[gex]?def\s*\\(?P<defined>[A-Za-z]+)\s*(?P<parameters>(?:#\d\s*)*)(?=\{)"
    r"|let\s*\\(?P<alias>[A-Za-z]+)\s*=?\s*(?P<meaning>\\(?:[A-Za-z]+|.)|[^\s\\{}])"
    r")"
)
_PARAMETER = re.compile(r"(\\[A-Za-z]+)?#(\d)")
_ARGUMENT_NEXT = re.compile(  # a body of several tokens must stay together after these
    r"(?:[\^_]|\\(?:[dt]?frac|sqrt|hat|bar|vec|tilde|dot|ddot|overline|underline|widehat|widetilde"
    r"|math(?:bf|rm|cal|bb|it|sf|tt|frak|scr)|boldsymbol|bm|operatorname))\s*\Z"
)


class Macro(NamedTuple):
    """What a command stands for: ``#1`` … ``#9`` in the body are its arguments."""

    arguments: int
    body: str
    default: str | None = None  # of the first argument, if that is optional


BUILT_IN = {
    name: Macro(int(arguments), body)
    for arguments, table in tomllib.loads(
        resources.files("hw.export.formulas").joinpath("macros.toml").read_text(encoding="utf-8")
    ).items()
    for name, body in table.items()
}


class Macros:
    """The macros of one notebook, each with the formulas at which its definitions come."""

    def __init__(self) -> None:
        self.definitions: dict[str, list[tuple[int, Macro]]] = {}

    def collect(self, tex: str, number: int) -> str:
        """Read the definitions in formula ``number``; returns the formula without them."""
        kept = []
        at = 0
        while match := _HEAD.search(tex, at):
            kept.append(tex[at : match.start()])
            at = match.end()
            if match["alias"]:
                name = match["alias"]
                macro = self._meaning(match["meaning"], number)
            else:
                name = match["braced"] or match["bare"] or match["defined"]
                body, at = group(tex, at)
                if match["new"] == "DeclareMathOperator":
                    body = rf"\operatorname{match['star']}{{{body}}}"
                count = match["count"] or (match["parameters"] or "").count("#")
                macro = Macro(int(count), body.strip(), match["default"])
            if not (match["new"] == "providecommand" and name in self.definitions):
                made = self.definitions.setdefault(name, [])
                # A new command may be used above its definition; a changed one has its old meaning
                # there.
                made.append((number if made or match["new"] == "renewcommand" else 0, macro))
        return "".join(kept) + tex[at:]

    def expand(self, tex: str, number: int) -> str:
        r"""Replace the macros of formula ``number``; the text of ``\verb`` is left to the caller.

        Raises
        ------
        ValueError
            If a macro expands to itself, or to more than `LENGTH` characters.
        """
        at = 0
        expansions = 0
        while match := _TOKEN.search(tex, at):
            macro = self._find(match[1], number) if match[1] else None
            if macro is None:
                at = match.end()
                continue
            body, stop = _applied(macro, tex, match.end())
            if _ARGUMENT_NEXT.search(tex, max(0, match.start() - 20), match.start()):
                body = f"{{{body}}}"
            elif tex[stop : stop + 1].isalpha() and re.search(r"\\[A-Za-z]+\Z", body):
                body += " "
            tex = tex[: match.start()] + body + tex[stop:]
            at = match.start()
            expansions += 1
            if expansions > EXPANSIONS or len(tex) > LENGTH:
                raise ValueError(f"\\{match[1]} expands without end")
        return tex.replace(_PRIMITIVE, "")

    def _find(self, name: str, number: int) -> Macro | None:
        """The definition in force at a formula."""
        made = self.definitions.get(name, [])
        place = bisect_right(made, number, key=lambda entry: entry[0])
        return made[place - 1][1] if place else BUILT_IN.get(name)

    def _meaning(self, token: str, number: int) -> Macro:
        r"""What ``\let`` binds: a macro's definition as it is now, else the command itself."""
        name = token[1:]
        if token[0] == "\\" and name.isalpha():
            known = self._find(name, number)
            return known or Macro(0, f"\\{_PRIMITIVE}{name}")
        return Macro(0, token)


def group(tex: str, at: int) -> tuple[str, int]:
    """One argument: what the braces that open at a place hold, or one token; and where it ends."""
    while at < len(tex) and tex[at].isspace():
        at += 1
    if tex[at : at + 1] != "{":
        token = _TOKEN.match(tex, at)
        stop = token.end() if token else min(at + 1, len(tex))
        return tex[at:stop], stop
    depth = 0
    for brace in re.compile(r"\\.|[{}]", re.DOTALL).finditer(tex, at):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return tex[at + 1 : brace.start()], brace.end()
    return tex[at + 1 :], len(tex)


def _applied(macro: Macro, tex: str, at: int) -> tuple[str, int]:
    """A macro's body with the arguments that follow in the formula, and where these end."""
    arguments = []
    for index in range(macro.arguments):
        optional = re.compile(r"\s*\[([^\]]*)\]").match(tex, at) if index == 0 else None
        if index == 0 and macro.default is not None:
            arguments.append(optional[1] if optional else macro.default)
            at = optional.end() if optional else at
            continue
        argument, at = group(tex, at)
        arguments.append(argument)

    def argument_of(match: re.Match[str]) -> str:
        index = int(match[2])
        argument = arguments[index - 1] if 0 < index <= len(arguments) else ""
        command = match[1] or ""
        return f"{command} {argument}" if command and argument[:1].isalpha() else command + argument

    return _PARAMETER.sub(argument_of, macro.body), at
