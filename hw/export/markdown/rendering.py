"""Markdown to HTML with the rules of Jupyter, plus what authors of MyST and Quarto write."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from hw.export.code import highlighted
from hw.export.formulas.extraction import Formulas
from hw.export.languages import Words, words
from hw.export.markdown.attributes import ATTRIBUTES, read_attributes
from hw.export.markdown.divs import block_rules
from hw.export.markdown.inlines import Context, inline_rules

_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]\n]+\]:[ \t]*\S+[^\n]*$", re.MULTILINE)
_FOOTNOTE = re.compile(
    r"^\[\^([^\]\s]+)\]:[^\n]*(?:\n(?: {2,}|\t)[^\n]*|\n(?=\n(?: {4}|\t)\S))*", re.MULTILINE
)
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\s]+)\](?!:)")
_CODE = re.compile(
    r"^[ \t>]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*\1|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL
)
_MARKS = re.compile("(\\s*\ue000\\d+\ue001)+\\s*")
_TIGHT_HEADING = re.compile(r"#{1,6}(?=[^#\s\d!/])")
_LABELS = re.compile(
    r"""^\(([^()\s]+)\)=[ \t]*$|^[ \t]*(?:\#\||:)[ \t]*(?:label|name):[ \t]*["']?([^\s"']+)"""
    r"""|\bid=["']([^"']+)["']|\$\$[ ]*\(([\w:.-]+)\)$""",
    re.MULTILINE,
)
_NESTING = 100  # levels of lists and quotations; the parser drops what is deeper


@dataclass(frozen=True)
class Known:
    """What a notebook defines: keys of its bibliography, labels of figures, tables and so on."""

    keys: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()


_NOTHING = Known()


def find_labels(sources: Iterable[str]) -> frozenset[str]:
    """Labels that cells define, Markdown as well as code (``#| label: fig-x``)."""
    found: set[str] = set()
    for source in sources:
        found |= {next(filter(None, match.groups())) for match in _LABELS.finditer(source)}
        found |= {read_attributes(match[0]).id for match in ATTRIBUTES.finditer(source)}
    return frozenset(found - {""})


class Markdown:
    """A parser for the cells of one notebook: links and footnotes of one cell are known in all.

    Parameters
    ----------
    formulas
        Takes the formulas.
    sources
        All Markdown cells.
    known
        Only these keys are cited, and only these labels referred to, by ``@name``.
    notes
        Receives a sentence for each piece that is replaced.
    language
        Words for callouts without a title.
    """

    def __init__(
        self,
        formulas: Formulas,
        sources: list[str],
        known: Known = _NOTHING,
        notes: list[str] | None = None,
        language: Words | None = None,
    ) -> None:
        self.context = Context(
            formulas=formulas,
            words=language or words("en"),
            keys=known.keys,
            labels=known.labels,
            notes=[] if notes is None else notes,
        )
        self.parser = self._parser()
        self.references: dict[str, Any] = {}
        self.footnotes: dict[str, str] = {}
        self.used: Counter[str] = Counter()  # cells that refer to a footnote
        self.rendered = 0
        for source in sources:
            self._learn(source)

    def html(self, source: str, cell: int = 0) -> str:
        """HTML of one cell or output, not sanitised; ``cell`` is its number, for the notes."""
        self.context.cell = cell
        self.rendered += 1
        code = _CODE.sub(_blank, source) if "[^" in source else ""
        wanted = set(_FOOTNOTE_MARK.findall(code))
        here = Counter(match[1] for match in _FOOTNOTE.finditer(code))
        for name in (name for name, n in here.items() if n > 1):
            self.context.notes.append(f"cell {cell}: The footnote {name} is defined twice.")
        elsewhere = [name for name in sorted(wanted - here.keys()) if name in self.footnotes]
        source = "\n\n".join([source, *(self.footnotes[name] for name in elsewhere)])
        env = {
            "references": dict(self.references),
            "docId": str(self.rendered),
            "shown_elsewhere": {name for name, n in self.used.items() if n > (name in wanted)},
        }
        return str(self.parser.render(self.context.formulas.take(source), env))

    def _parser(self) -> MarkdownIt:
        parser = MarkdownIt("commonmark", {"html": True, "maxNesting": _NESTING})
        parser.enable(["table", "strikethrough"])
        for plugin in (footnote_plugin, tasklists_plugin, deflist_plugin, gfm_autolink_plugin):
            parser.use(plugin)
        parser.block.ruler.after("heading", "tight_heading", _tight_heading, {"alt": ["paragraph"]})
        parser.inline.ruler.before("gfm_autolink_protocol", "plain_colon", _plain_colon)
        block_rules(parser, self.context)
        inline_rules(parser, self.context)
        parser.core.ruler.after("inline", "unused_footnotes", _keep_unused)
        # add_render_rule would bind the functions to the renderer
        rules = {"fence": self._fence, "code_block": self._code_block}
        parser.renderer.rules |= rules  # type: ignore[attr-defined]
        return parser

    def _learn(self, source: str) -> None:
        """Definitions of links and footnotes; the first of a name holds."""
        if "]:" not in source and "[^" not in source:
            return
        source = _CODE.sub(_blank, source)
        self.used.update(set(_FOOTNOTE_MARK.findall(source)))
        for match in _FOOTNOTE.finditer(source):
            self.footnotes.setdefault(match[1], match[0])
        if definitions := _DEFINITION.findall(source):
            env: dict[str, Any] = {}
            self.parser.parse("\n".join(definitions), env)
            self.references = env.get("references", {}) | self.references

    def _fence(self, tokens: list[Token], at: int, options: object, env: object) -> str:
        token = tokens[at]
        name = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
        return f"<pre>{highlighted(self.context.formulas.source(token.content), name)}</pre>\n"

    def _code_block(self, tokens: list[Token], at: int, options: object, env: object) -> str:
        text = tokens[at].content
        if _MARKS.fullmatch(text):  # an indented formula
            return f"<p>{text}</p>"
        return f"<pre><code>{escape(self.context.formulas.source(text), quote=False)}</code></pre>"


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _tight_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``#Title`` without a blank, which JupyterLab's parser reads as a heading."""
    begin = state.bMarks[start] + state.tShift[start]
    stop = state.eMarks[start]
    match = None if state.is_code_block(start) else _TIGHT_HEADING.match(state.src, begin, stop)
    if match is None:
        return False
    if silent:
        return True
    state.line = start + 1
    tag = f"h{len(match[0])}"
    state.push("heading_open", tag, 1).map = [start, state.line]
    token = state.push("inline", "", 0)
    token.content = re.sub(r"[ \t]+#+$", "", state.src[match.end() : stop].strip())
    token.map = [start, state.line]
    token.children = []
    state.push("heading_close", tag, -1)
    return True


def _plain_colon(state: StateInline, silent: bool) -> bool:
    """A colon after no protocol, for which the plugin for links would search all text before."""
    is_plain = state.src[state.pos] == ":" and not state.src.endswith(
        ("http", "https", "mailto", "xmpp"), max(0, state.pos - 6), state.pos
    )
    if is_plain:
        state.pending += "" if silent else ":"
        state.pos += 1
    return is_plain


def _keep_unused(state: StateCore) -> None:
    """Footnotes that no cell refers to, which the plugin drops, stay as text."""
    found = state.env.get("footnotes", {}).get("list", {}).values()
    shown = {note.get("label") for note in found} | state.env.get("shown_elsewhere", set())
    is_unused = False
    label = ""
    for token in state.tokens:
        if token.type == "footnote_reference_open" and token.meta["label"] not in shown:
            token.type = "unused_open"
            token.tag = "div"
            is_unused = True
            label = token.meta["label"]
        elif token.type == "footnote_reference_close" and is_unused:
            token.type = "unused_close"
            token.tag = "div"
            is_unused = False
        elif token.type == "inline" and is_unused and label:
            words_before = Token("text", "", 0, content=f"[^{label}]: ")
            token.children = [words_before, *(token.children or [])]
            label = ""
