"""Source code: its language and its colours."""

import re
from functools import cache
from html import escape
from typing import Any

from ipython_pygments_lexers import IPython3Lexer
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_FORMAT = HtmlFormatter(nowrap=True)
_NAMES = {
    "ipython": "python", "ipython2": "python", "ipython3": "python", "python3": "python",
    "py": "python", "c++": "cpp", "sh": "bash", "shell": "bash", "console": "bash",
    "javascript": "js",
}  # fmt: skip
_MAGICS = {
    "bash": "bash", "sh": "bash", "script": "bash", "html": "html", "HTML": "html",
    "javascript": "js", "js": "js", "latex": "latex", "R": "r", "perl": "perl", "ruby": "ruby",
    "sql": "sql", "cython": "cython", "writefile": "text", "svg": "xml", "SVG": "xml",
    "markdown": "markdown",
}  # fmt: skip
_MAGIC = re.compile(r"(?:^|=)\s*[%!]|\?", re.MULTILINE)  # what only IPython's slower lexer knows
_LONG = 50_000  # characters; longer code is not coloured


def notebook_language(metadata: dict[str, Any]) -> str:
    """Return the language of a notebook's code cells, ``python`` if it names none."""
    info = metadata.get("language_info") or {}
    kernel = metadata.get("kernelspec") or {}
    return _name(str(info.get("name") or kernel.get("language") or "python"))


def cell_language(source: str, language: str) -> str:
    """Return the language of a cell: that of its ``%%`` magic, or the notebook's."""
    magic = re.match(r"\s*%%(\w+)", source)
    return _MAGICS.get(magic[1], language) if magic else language


def highlighted(source: str, language: str) -> str:
    """Return ``<code class="language-…">`` with a span for each coloured word."""
    name = _name(language)
    source = source.strip("\n")
    if name == "python" and _MAGIC.search(source):
        name = "ipython3"
    lexer = _lexer(name) if len(source) < _LONG else None
    inner = highlight(source, lexer, _FORMAT).rstrip("\n") if lexer else escape(source, quote=False)
    return f'<code class="language-{escape(name or "text")}">{inner}</code>'


def _name(language: str) -> str:
    return _NAMES.get(language.lower(), language.lower())


@cache
def _lexer(name: str) -> Lexer | None:
    if name == "ipython3":
        return IPython3Lexer(stripnl=False)
    try:
        return get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return None
