"""Block rules beyond Jupyter's: directives, divs, alerts, captions, labels."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType

from hw.export.formulas.extraction import MARK
from hw.export.markdown.attributes import ATTRIBUTES, read_attributes
from hw.export.markdown.directives import CALLOUTS, Directive, labelled
from hw.export.markdown.inlines import Context
from hw.export.markdown.tokens import (
    anchor,
    callout,
    captioned,
    code_fence,
    figure,
    group,
    html_block,
    ungrouped,
)

_DEEPEST = 12  # directives within directives; what is deeper is shown as code
_ALERT = re.compile(r"\[!(\w+)\][+-]?[ \t]*([^\n]*)(?:\n|$)")
_TARGET = re.compile(r"\(([^()\s][^()\n]*)\)=[ \t]*$")
_COLONS = re.compile(r":{3,}")
_LABEL = re.compile(r"\ue001[ \t]*(?:\{#([\w:.-]+)\}|\(([A-Za-z][\w.]*[-:_][\w:.-]*)\))")
_CAPTION = re.compile(r"(?:Table)?:[ \t]+(\S.*)", re.DOTALL)


def block_rules(md: MarkdownIt, context: Context) -> None:
    """Add the rules to a parser."""
    ends = ["paragraph", "reference", "blockquote", "list", "footnote_def"]
    md.block.ruler.before("fence", "colon_fence", _colon_fence, {"alt": ends})
    md.block.ruler.before("heading", "target", _target, {"alt": ["paragraph"]})
    md.block.ruler.before("heading", "comment", _comment)
    blocks = Blocks(md, context)
    md.core.ruler.after("block", "directives", blocks.expand_all)
    md.core.ruler.after("inline", "figures", _figures)


def _colon_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``:::`` to ``:::``, nested by more colons (MyST) or by names (Quarto).

    What is still open at the end of the cell closes there.
    """
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    opening = _COLONS.match(line)
    if opening is None:
        return False
    if silent:
        return True
    info = line[opening.end() :].strip().rstrip(":").strip()
    if not info:  # closes what another cell opened
        state.line = start + 1
        return True
    stack = [opening.end()]
    fence = ""
    last = start
    while stack and last + 1 < end:
        last += 1
        line = _line(state, last)
        if line and state.sCount[last] < state.blkIndent:
            last -= 1
            break
        code = re.match("`{3,}|~{3,}", line)
        if code and (not fence or (line.startswith(fence) and not line.strip("`~ \t"))):
            fence = "" if fence else code[0]
        colons = None if fence else _COLONS.match(line)
        if colons is None:
            continue
        if line[colons.end() :].strip():
            stack.append(colons.end())
        elif colons.end() in stack:
            while stack.pop() != colons.end():
                pass
        else:
            stack.pop()
    token = state.push("colon_fence", "", 0)
    token.info = info
    token.content = state.getLines(start + 1, last + bool(stack), state.sCount[start], True)
    token.map = [start, last + 1]
    state.line = last + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _target(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """``(label)=`` above what it names."""
    match = None if state.is_code_block(start) else _TARGET.match(_line(state, start))
    if match is None:
        return False
    if not silent:
        token = state.push("target", "", 0)
        token.meta = {"label": match[1].strip()}
        state.line = start + 1
    return True


def _comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines that begin with ``%`` and a blank where a paragraph could: comments of MyST."""
    if state.is_code_block(start):
        return False
    last = start
    while last < end and re.match(r"%(?:[ \t]|$)", _line(state, last)):
        last += 1
    if last > start and not silent:
        state.line = last
    return last > start


def _name_heading(heading: Token, inline: Token, label: str) -> str:
    """Name a heading by ``{#sec-x}`` behind it, or by the label above it; returns the name."""
    matches = list(ATTRIBUTES.finditer(inline.content))
    start = matches[-1].start() if matches else 0
    is_inline = inline.content[start - 1 : start] in ("]", ")", "`")  # of a picture, a span, code
    if matches and matches[-1].end() == len(inline.content) and not is_inline:
        label = read_attributes(matches[-1][0]).id or label
        inline.content = inline.content[:start].rstrip()
    if label:
        heading.attrSet("id", label)
    return label


class Blocks:
    """Writes directives as the tokens of plain Markdown and HTML."""

    def __init__(self, md: MarkdownIt, context: Context) -> None:
        self.md = md
        self.context = context

    def expand_all(self, state: StateCore) -> None:
        """Core rule between blocks and inlines."""
        state.tokens = self._expand(state.tokens, state.env, 0)

    def _parse(self, text: str, env: EnvType, depth: int) -> list[Token]:
        if depth > _DEEPEST:
            return [code_fence(text, "")]
        tokens: list[Token] = []
        self.md.block.parse(text, self.md, env, tokens)
        return self._expand(tokens, env, depth)

    def _expand(self, tokens: list[Token], env: EnvType, depth: int) -> list[Token]:
        result: list[Token] = []
        label = ""
        for i, token in enumerate(tokens):
            made = [token]
            if token.type == "target":
                made = [anchor(label)] if label else []
                label = token.meta["label"]
            elif token.type == "heading_open":
                own = _name_heading(token, tokens[i + 1], label)
                made = [anchor(label), token] if label and own != label else made
                label = ""
            elif token.type == "colon_fence" or (
                token.type == "fence" and token.info.lstrip()[:1] == "{"
            ):
                made = Directive(token, label, self.context).tokens(
                    lambda text: self._parse(text, env, depth + 1)
                )
                label = ""
            elif label:
                made = [anchor(label), token]
                label = ""
            if token.type == "inline":
                self._label_formulas(token)
            result += made
        if label:
            result.append(anchor(label))
        return _captions(self._alerts(result))

    def _label_formulas(self, token: Token) -> None:
        """``$$ … $$ {#eq-x}`` and ``$$ … $$ (eq-x)``."""
        for match in reversed(list(_LABEL.finditer(token.content))):
            before = token.content[: match.start() + 1]
            marks = list(MARK.finditer(before[-20:]))
            if marks and self._label_formula(int(marks[-1][1]), match[1] or match[2]):
                token.content = before + token.content[match.end() :]

    def _label_formula(self, number: int, label: str) -> bool:
        formula = self.context.formulas.found[number]
        if not formula.display:
            return False
        tex = labelled(formula.tex, label)
        self.context.formulas.found[number] = formula._replace(tex=tex)
        return True

    def _alerts(self, tokens: list[Token]) -> list[Token]:
        """GitHub's ``> [!NOTE]``."""
        for i in range(len(tokens) - 2):
            if tokens[i].type != "blockquote_open" or tokens[i + 1].type != "paragraph_open":
                continue
            inline = tokens[i + 2]
            match = _ALERT.match(inline.content)
            kind = CALLOUTS.get(match[1].lower()) if match else None
            if match is None or kind is None:
                continue
            title = match[2].strip() or self.context.words.callout(match[1].lower())
            opening, heading, closing = callout(kind, title)
            inline.content = inline.content[match.end() :]
            tokens[_closing(tokens, i)] = html_block("</div>")
            tokens[i] = group([opening, heading, closing])
        return ungrouped(tokens)


def _captions(tokens: list[Token]) -> list[Token]:
    """``: Caption {#tbl-x}`` below a table."""
    result: list[Token] = []
    for token in tokens:
        result.append(token)
        if token.type != "paragraph_close" or len(result) < 4 or result[-4].type != "table_close":
            continue
        match = _CAPTION.fullmatch(result[-2].content)
        if match is None:
            continue
        del result[-3:]
        found = ATTRIBUTES.search(match[1])
        caption = match[1][: found.start()] if found and found.end() == len(match[1]) else match[1]
        identifier = read_attributes(found[0]).id if found else ""
        start = max(i for i, part in enumerate(result) if part.type == "table_open")
        result[start:] = captioned(result[start:], caption.strip(), identifier)
    return result


def _figures(state: StateCore) -> None:
    """A labelled picture alone in its paragraph is a figure.

    Any other takes its caption into its description.
    """
    tokens = state.tokens
    for i, token in enumerate(tokens):
        images = [child for child in token.children or [] if "caption" in child.meta]
        for image in images:
            label = image.meta["id"]
            caption = Token("inline", "", 0, children=image.meta["caption"])
            is_alone = len(token.children or []) == 1 and tokens[i - 1].type == "paragraph_open"
            if is_alone and label.startswith("fig-"):
                parts = figure(label, [token], [caption] if caption.children else [])
                tokens[i - 1] = parts[0]
                tokens[i] = group(parts[1:-1])
                tokens[i + 1] = parts[-1]
                continue
            if label:
                image.attrSet("id", label)
            if caption.children and caption.children is not image.children:
                colon = Token("text", "", 0, content=": ")
                image.children = [*caption.children, colon, *(image.children or [])]
    state.tokens = ungrouped(tokens)


def _closing(tokens: list[Token], start: int) -> int:
    """Index of the token that closes the one at ``start``."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += tokens[i].nesting if tokens[i].type.startswith("blockquote_") else 0
        if depth == 0:
            return i
    return len(tokens) - 1
