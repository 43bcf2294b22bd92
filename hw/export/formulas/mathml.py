"""Elements of MathML, as math-core and latex2mathml write them, in Typst's math mode.

Every character goes into Typst escaped or inside a string literal: nothing in a formula is code.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from xml.etree.ElementTree import Element

from hw.export.formulas.matrices import EMPTY, boxed, matrix

_ACCENTS = {
    "ˆ": "hat", "^": "hat", "\u0302": "hat", "~": "tilde", "˜": "tilde", "\u0303": "tilde",
    "¯": "macron", "‾": "overline", "\u0304": "macron", "\u0332": "overline",
    "\u0305": "overline", "_": "overline", "→": "arrow", "\u20d7": "arrow", "←": "arrow.l",
    "\u20d6": "arrow.l", "↔": "arrow.l.r", "\u20e1": "arrow.l.r", "⇀": "harpoon",
    "\u20d1": "harpoon", "↼": "harpoon.lt", "\u20d0": "harpoon.lt", "˙": "dot", "\u0307": "dot",
    "¨": "dot.double", "\u0308": "dot.double", "\u20db": "dot.triple", "\u20dc": "dot.quad",
    "ˇ": "caron", "\u030c": "caron", "˘": "breve", "\u0306": "breve", "´": "acute",
    "\u0301": "acute", "`": "grave", "\u0300": "grave", "˚": "circle", "\u030a": "circle",
    "⏞": "overbrace", "⎴": "overbracket", "⏜": "overparen",
}  # fmt: skip
_ACCENTS_BELOW = {
    "⏟": "underbrace", "⎵": "underbracket", "⏝": "underparen", "\u0332": "underline",
    "_": "underline", "‾": "underline", "¯": "underline",
}  # fmt: skip
_SCRIPTS = {
    "msub": "b", "msup": "t", "msubsup": "bt", "munder": "b", "mover": "t", "munderover": "bt",
}  # fmt: skip
_OPENING = "([{⟨⌊⌈|‖∣⟦<∥⎰⟮↑↓"
_CLOSING = ")]}⟩⌋⌉|‖∣⟧>∥⎱⟯↑↓"
_NONE = "\u2063"  # of a pair of brackets, the one that is not drawn
_BARS = ("|", "∣", "‖", "∥")
_BIG = "∑∏∐⋃⋂⨁⨂⨀⨄⨆⋁⋀⨅"  # limits above and below where there is room
_INTEGRALS = "∫∬∭∮∯∰⨌∱∲∳"
_SILENT = "\u2061\u2062\u2063\u2064\u200b"
_VARIANT = re.compile("[\ufe00\ufe01\u0300-\u036f\u20d0-\u20ff]")  # a part of the letter before it
_NO_TEXT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufe0f\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t"})
_PRIMES = "′″‴⁗"
_FONT_SIZE = 10  # pt, for lengths in rem
_LENGTH = re.compile(r"(-?\d*\.?\d+)(r?em|pt|ex)")
_UNITS = {"rem": (_FONT_SIZE, "pt"), "em": (1, "em"), "pt": (1, "pt"), "ex": (0.45, "em")}
_STRIKES = {
    "updiagonalstrike": "", "downdiagonalstrike": "inverted: #true, ",
    "updiagonalstrike downdiagonalstrike": "cross: #true, ",
    "horizontalstrike": "angle: #90deg, ",
}  # fmt: skip
_STYLES_OF_TEXT = {
    "b": "bold", "i": "italic", "em": "italic", "code": "mono", "span": "sans", "u": "underline",
}  # fmt: skip


def string(text: str) -> str:
    """A string literal of Typst, without characters that PDF/A does not allow."""
    return f'"{_NO_TEXT.sub("", text).translate(_ESCAPES)}"'


def _math(node: Element) -> str:
    """An element in Typst's math mode."""
    return _ELEMENTS.get(node.tag, _plain)(node)


def _arguments(nodes: Iterable[Element]) -> list[str]:
    return [_math(node) or EMPTY for node in nodes]


def row_of(node: Element) -> str:
    """The contents of an element, one after the other."""
    nodes = list(node)
    if not nodes:
        return _escaped(node.text or "")
    if node.tag == "mrow" and _is_fence(nodes[0], _OPENING) and _is_fence(nodes[-1], _CLOSING):
        return _fenced(nodes)
    return _joined([_math(child) for child in _with_dots(nodes)])


def _joined(parts: Sequence[str]) -> str:
    """Parts of a row. A blank beside a string would show, and a single letter needs one."""
    row = ""
    for part in parts:
        glued = row.endswith('"') or part.startswith('"') or not row or not part
        row += part if glued else f" {part}"
    return row


def _with_dots(nodes: Sequence[Element]) -> list[Element]:
    """Three full stops in a row as one sign."""
    kept: list[Element] = []
    for node in nodes:
        kept.append(node)
        if len(kept) > 2 and all(part.tag == "mo" and part.text == "." for part in kept[-3:]):
            dots = Element("mo")
            dots.text = "…"
            kept[-3:] = [dots]
    return kept


def _fenced(nodes: Sequence[Element]) -> str:
    opening, *inner, closing = nodes
    sides = _text(opening) + _text(closing)
    if len(inner) == 1 and inner[0].get("linethickness") == "0" and sides == "()":
        upper, lower = _arguments(inner[0])
        return _styled(inner[0], f"binom({upper}, {lower})")
    parts = [f"mid({_sign(node)})" if _is_bar(node) else _math(node) for node in _with_dots(inner)]
    return f"lr({_joined([_sign(opening), *parts, _sign(closing)])})"


def _is_fence(node: Element, sides: str) -> bool:
    if node.tag != "mo" or node.get("stretchy") == "false" or "minsize" in node.attrib:
        return False
    return (_text(node) or _NONE) in sides + _NONE + "./\\"


def _is_bar(node: Element) -> bool:
    return node.tag == "mo" and node.get("stretchy") == "true" and _text(node) in _BARS


def _plain(node: Element) -> str:
    """Groups and styles."""
    inner = row_of(node)
    if color := re.search(r"(?<![\w-])color:\s*(#[0-9A-Fa-f]{6})", node.get("style", "")):
        return f'#text(fill: rgb("{color[1]}"), $ {inner} $.body)' if inner else ""
    return _styled(node, inner)


def _styled(node: Element, inner: str) -> str:
    """Contents in the style that the element asks for."""
    level = node.get("scriptlevel", "0")
    shown = node.get("displaystyle")
    if not inner or (shown is None and level == "0"):
        return inner
    if level in ("1", "2"):
        return f"{'script' if level == '1' else 'sscript'}({inner})"
    return f"{'display' if shown == 'true' else 'inline'}({inner})"


def _identifier(node: Element) -> str:
    text = _sign(node)
    return f"upright({text})" if node.get("mathvariant") == "normal" else text


def _operator(node: Element) -> str:
    if size := re.match(r"[\d.]+(?=em)", node.get("minsize", "")):
        large = f"lr({_sign(node)}, size: #{float(size[0]):.3f}em)"
        return f'class("normal", {large})' if _text(node) in _BARS else large
    sign = _escaped(_text(node))
    if not sign:  # between a function and its argument
        return _space(node)
    if node.get("lspace") == node.get("rspace") == "0" and _text(node) not in _BIG + _INTEGRALS:
        return f'class("normal", {sign})'  # no space, unlike a sign between two sides
    if node.get("form") in ("prefix", "postfix") and _text(node) in _BARS:
        return f'class("{"opening" if node.get("form") == "prefix" else "closing"}", {sign})'
    return sign


def _words(node: Element) -> str:
    parts = [string(node.text)] if node.text else []
    for child in node:
        inner = "".join(child.itertext())
        style = _STYLES_OF_TEXT.get(child.tag)
        if inner:
            parts.append(f"{style}({string(inner)})" if style else string(inner))
        if child.tail:
            parts.append(string(child.tail))
    return "".join(parts)


def _space(node: Element) -> str:
    width = node.get("width") or node.get("lspace") or node.get("style") or ""
    length = _LENGTH.match(width.removeprefix("margin-left:"))
    if length is None or float(length[1]) == 0:
        return ""
    factor, unit = _UNITS[length[2]]
    return f"#h({float(length[1]) * factor:.3f}{unit})"


def _scripted(node: Element) -> str:
    base, *scripts = node
    body = _math(base) or EMPTY
    if base.tag == "mo" and _text(base) in _BIG + _INTEGRALS and _text(base):
        body = f"scripts({body})"
    return _attached(body, _SCRIPTS[node.tag], scripts)


def _limits(node: Element) -> str:
    base, *scripts = node
    mark = _text(scripts[0]) if scripts[0].tag == "mo" else ""
    is_accent = node.get("accent") == "true" or mark in "⏞⎴⏜"
    if node.tag == "mover" and is_accent and mark in _ACCENTS:
        return f"{_ACCENTS[mark]}({_math(base) or EMPTY})"
    if node.tag == "munder" and mark in _ACCENTS_BELOW:
        return f"{_ACCENTS_BELOW[mark]}({_math(base) or EMPTY})"
    if base.tag == "mo" and any(_is_spacer(script) for script in scripts):
        body = f"limits(stretch({_sign(base)}, size: #(100% + 0.8em)), inline: #true)"
        scripts = [script[0] if _is_spacer(script) else script for script in scripts]
        return _attached(body, _SCRIPTS[node.tag], scripts)
    movable = base.tag == "mo" and base.get("movablelimits") != "false" and _text(base) in _BIG
    body = _math(base) or EMPTY
    return _attached(
        f"limits({body}, inline: #{str(not movable).lower()})", _SCRIPTS[node.tag], scripts
    )


def _is_spacer(node: Element) -> bool:
    """Whether a script holds a space that lengthens the arrow under it."""
    return node.tag in ("munder", "mover") and len(node) == 2 and node[1].tag == "mspace"


def _attached(body: str, places: str | Sequence[str], scripts: Sequence[Element]) -> str:
    arguments = [body]
    for place, script in zip(places, scripts, strict=False):
        value = _math(script)
        text = _text(script)
        if script.tag == "mo" and len(text) == 1 and text in _PRIMES:
            value = " ".join("′" * (_PRIMES.index(text) + 1))
        if value:
            arguments.append(f"{place}: {value}")
    return f"attach({', '.join(arguments)})" if len(arguments) > 1 else body


def _multiscripts(node: Element) -> str:
    base, *scripts = node
    tags = [script.tag for script in scripts]
    before = tags.index("mprescripts") if "mprescripts" in tags else len(tags)
    places = [*["b", "t"][:before], "bl", "tl"]
    return _attached(
        _math(base) or EMPTY, places, scripts[: min(2, before)] + scripts[before + 1 :]
    )


def _fraction(node: Element) -> str:
    upper, lower = _arguments(node)
    if node.get("linethickness") == "0":
        return _styled(node, f"mat(delim: #none, {upper}; {lower})")
    return _styled(node, f"frac({upper}, {lower})")


def _enclosed(node: Element) -> str:
    inner = row_of(node) or EMPTY
    strike = _STRIKES.get(node.get("notation", ""))
    if strike is not None:
        return f"cancel({strike}{inner})"
    return boxed(f"display({inner})", "0.5pt")


def _text(node: Element) -> str:
    return "".join(node.itertext()).strip()


def _sign(node: Element) -> str:
    return _escaped(_text(node)) or EMPTY


def _escaped(text: str) -> str:
    r"""Characters in math mode: without a backslash, Typst would read signs as structure."""
    text = "".join(character for character in text.strip() if character not in _SILENT)
    if len(_VARIANT.sub("", text)) > 1 and any(character.isalpha() for character in text):
        return string(text)
    return "".join(
        character if character.isalnum() or _VARIANT.match(character) else f"\\{character}"
        for character in text
        if character.isprintable() or _VARIANT.match(character)
    )


_ELEMENTS: dict[str, Callable[[Element], str]] = {
    "mi": _identifier,
    "mn": _sign,
    "mo": _operator,
    "mtext": _words,
    "ms": _words,
    "mspace": _space,
    "msub": _scripted,
    "msup": _scripted,
    "msubsup": _scripted,
    "munder": _limits,
    "mover": _limits,
    "munderover": _limits,
    "mmultiscripts": _multiscripts,
    "mfrac": _fraction,
    "msqrt": lambda node: f"sqrt({row_of(node) or EMPTY})",
    "mroot": lambda node: f"root({_math(node[1]) or EMPTY}, {_math(node[0]) or EMPTY})",
    "mphantom": lambda node: f"#hide($ {row_of(node) or EMPTY} $.body)",
    "menclose": _enclosed,
    "mtable": lambda node: matrix(node, row_of),
}
