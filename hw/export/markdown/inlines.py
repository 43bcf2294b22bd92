"""Inline rules beyond Jupyter's: roles, citations, cross-references, attributes, shortcodes."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from html import escape

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkLabel
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from hw.export.formulas.extraction import Formulas
from hw.export.languages import Words
from hw.export.markdown.attributes import ATTRIBUTES, read_attributes

_KEY = r"(?:\{[^{}\s]{1,200}\}|\w(?:[\w:.#$%&+?<>~/-]{0,200}[\w/])?)"
_AT = re.compile(rf"@({_KEY})")
_CITED = re.compile(
    rf"(?s)(?P<prefix>.*?)(?<![\w@./-])(?P<minus>-?)@(?P<key>{_KEY})(?P<suffix>[^@]*)"
)
_BRACKET = re.compile(r"\[([^\[\]]{0,500}@[^\[\]]{0,1000})\](?![\[({:])")
_LOCATOR = re.compile(r"[ ]?\[([^\[\]@]+)\](?![\[({:])")
_EMPTY_LINK = re.compile(r"\[([^\[\]\n]*)\]\(#([^\s()]+)\)")
_ROLE = re.compile(r"\{([a-zA-Z][\w:.-]*)\}(`+)(?!`)(.+?)(?<!`)\2(?!`)", re.DOTALL)
_TARGETED = re.compile(r"(?s)(.*\S)\s*<([^<>]+)>")
_SHORTCODE = re.compile(r"\{\{<\s*([\w-]+)\s*(.{0,500}?)\s*>\}\}")
_URL = re.compile(r"https?://[^\s\"'<>]+")
_NUMBER_FORMAT = re.compile(r",?\.\d{1,2}[efg%]")
_EQUATION_LABEL = re.compile(r"[\w:.-]+")


@dataclass
class Context:
    """What the rules know of the notebook. ``cell`` is the number of the cell that is read now."""

    formulas: Formulas
    words: Words
    keys: frozenset[str]
    labels: frozenset[str]
    notes: list[str]
    glued: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # MIME bundles by name
    cell: int = 0

    def note(self, text: str) -> None:
        """Record something that is replaced or left out."""
        self.notes.append(f"cell {self.cell}: {self.formulas.source(text)}")

    def reference(self, label: str, text: str = "") -> str:
        """HTML of a cross-reference; ``%s`` in its text stands for the number."""
        if label.startswith("eq-") and _EQUATION_LABEL.fullmatch(label):
            number = self.equation(label)
            return escape(text).replace("%s", number) if text else f"{self.words.equation} {number}"
        return f'<a class="ref" href="#{escape(label)}">{escape(text)}</a>'

    def equation(self, label: str) -> str:
        """Number of an equation, as a formula."""
        return self.formulas.add(rf"\eqref{{{label}}}", False, f"@{label}")

    def glue(self, content: str) -> str:
        """HTML of a value that a cell has glued: ``name`` or ``name:.2f``."""
        name, _, form = content.partition(":")
        bundle = self.glued.get(name.strip())
        if bundle is None:
            self.note(f"No output is glued as {name}; the name is shown.")
            return f"<code>{escape(content, quote=False)}</code>"
        text = bundle.get("text/plain", "").strip()
        for mime in ("image/png", "image/jpeg"):
            if mime in bundle:
                data = "".join(bundle[mime].split())
                return f'<img src="data:{mime};base64,{escape(data)}" alt="{escape(text)}">'
        text = text.strip("'\"")
        if _NUMBER_FORMAT.fullmatch(form):
            with suppress(ValueError):
                text = format(float(text), form)
        return escape(text, quote=False)

    def cite(self, cites: list[tuple[str, str, str]], form: str, source: str) -> str:
        """HTML of a citation: (key, prefix, suffix) each; ``form`` is paren, text or year."""
        keys = " ".join(key for key, _, _ in cites)
        notes = json.dumps([[prefix, suffix] for _, prefix, suffix in cites], ensure_ascii=False)
        attributes = f'data-keys="{escape(keys)}" data-form="{form}" data-notes="{escape(notes)}"'
        return f'<span class="cite" {attributes}>{escape(source, quote=False)}</span>'


# A rule returns where its match ends and a function that makes the HTML: Markdown also asks ahead.
Found = tuple[Callable[[], str], int]
Rule = Callable[[Context, StateInline], Found | None]


def inline_rules(md: MarkdownIt, context: Context) -> None:
    """Add the rules to a parser."""

    def add(name: str, character: str, rule: Rule) -> None:
        def apply(state: StateInline, silent: bool) -> bool:
            if state.src[state.pos] != character:
                return False
            found = rule(context, state)
            if found is None:
                return False
            make, stop = found
            if not silent and (html := make()):
                state.push("html_inline", "", 0).content = html
            state.pos = stop
            return True

        md.inline.ruler.before("link", name, apply)

    add("bracketed_citation", "[", _bracketed)
    add("empty_link", "[", _empty_link)
    add("citation", "@", _bare)
    add("year_citation", "-", _bare)
    add("shortcode", "{", _shortcode)
    add("role", "{", _role)
    md.inline.ruler.before("link", "span", _span)
    md.inline.ruler.before("link", "attributes", _attributes)


# citations and references


def _bracketed(context: Context, state: StateInline) -> Found | None:
    """``[see @key, p. 3; @other]`` and ``[@fig-x]``."""
    match = _BRACKET.match(state.src, state.pos) if "@" in state.src else None
    if match is None or state.linkLevel:
        return None
    items = [_CITED.fullmatch(item) for item in match[1].split(";")]
    found = [item for item in items if item]
    if len(found) < len(items):
        return None
    keys = [item["key"].strip("{}") for item in found]
    if all(key in context.labels for key in keys):
        return lambda: ";".join(map(partial(_part, context), found)), match.end()
    starts_with_key = not found[0]["prefix"].strip()
    if not (context.keys and starts_with_key) and not context.keys.intersection(keys):
        return None
    cites = [
        (key, item["prefix"].strip(), item["suffix"].strip().removeprefix(",").strip())
        for item, key in zip(found, keys, strict=True)
    ]
    form = "year" if all(item["minus"] for item in found) else "paren"
    return lambda: context.cite(cites, form, match[0]), match.end()


def _part(context: Context, item: re.Match[str]) -> str:
    """One reference of several in brackets."""
    reference = context.reference(item["key"].strip("{}"), "%s" if item["minus"] else "")
    return escape(item["prefix"]) + reference + escape(item["suffix"])


def _bare(context: Context, state: StateInline) -> Found | None:
    """``@key [p. 3]``, ``-@key`` and ``@fig-x``, if the notebook knows them; others stay text."""
    start = state.pos
    minus = state.src[start] == "-"
    before = state.src[start - 1] if start else " "
    if state.linkLevel or before.isalnum() or before in "_@./-\\`\ue001":
        return None
    match = _AT.match(state.src, start + minus)
    if match is None:
        return None
    known = context.labels | context.keys
    key = match[1].strip("{}")
    stop = match.end()
    if not match[1].startswith("{"):  # the last letters may be the sentence's
        ends = [end.end() for end in re.finditer(r"[\w/](?![\w/])", key)]
        key = next((key[:end] for end in reversed(ends) if key[:end] in known), key)
        stop = match.start(1) + len(key)
    if key in context.labels:
        return lambda: context.reference(key, "%s" if minus else ""), stop
    if key not in context.keys:
        return None
    locator = _LOCATOR.match(state.src, stop)
    stop = locator.end() if locator else stop
    cites = [(key, "", locator[1].strip() if locator else "")]
    form = "year" if minus else "text"
    return lambda: context.cite(cites, form, state.src[start:stop]), stop


def _empty_link(context: Context, state: StateInline) -> Found | None:
    """``[](#fig-x)`` and ``[Figure %s](#fig-x)``."""
    match = _EMPTY_LINK.match(state.src, state.pos)
    if match is None:
        return None
    text = match[1].strip().replace("{number}", "%s")
    if text and "%s" not in text:
        return None
    return lambda: context.reference(match[2], text), match.end()


# roles and shortcodes


def _role(context: Context, state: StateInline) -> Found | None:
    r"""``{name}`content```; a name that is no role stays text before code, as in Jupyter."""
    match = _ROLE.match(state.src, state.pos)
    if match is None:
        return None
    content = " ".join(context.formulas.source(match[3]).split())
    kind, _, form = match[1].lower().partition(":")
    titled = _TARGETED.fullmatch(content)
    make: Callable[[], str]
    if tag := _TAGS.get(kind) or _TAGS.get(form):
        make = partial(_tagged, tag, content)
    elif kind == "math":
        make = partial(context.formulas.add, content, False, match[0])
    elif kind == "eq" and _EQUATION_LABEL.fullmatch(content):
        make = partial(context.equation, content)
    elif kind == "glue":
        make = partial(context.glue, content)
    elif kind in ("cite", "footcite"):
        cites = [(key, "", "") for part in content.split(",") for key in part.split()[:1]]
        make = partial(context.cite, cites, _CITE_FORMS.get(form, "paren"), content)
    elif kind in ("ref", "numref", "prf"):
        text = titled[1].replace("{number}", "%s") if titled else ""
        make = partial(context.reference, titled[2].strip() if titled else content, text)
    elif kind in _PLAIN:
        text = f"{titled[1]} ({titled[2]})" if titled else content
        make = partial(escape, text, quote=False)
    else:
        return None
    return make, match.end()


def _tagged(tag: str, content: str) -> str:
    return f"<{tag}>{escape(content, quote=False)}</{tag}>"


_CITE_FORMS = {"t": "text", "ct": "text", "year": "year", "yearpar": "year"}
_TAGS = {
    "sub": "sub", "subscript": "sub", "sup": "sup", "superscript": "sup", "kbd": "kbd",
    "del": "del",
    "strike": "del", "u": "u", "underline": "u", "emphasis": "em", "strong": "strong",
    "code": "code", "command": "code", "file": "code", "samp": "code", "program": "strong",
    "func": "code", "class": "code", "meth": "code", "mod": "code", "attr": "code",
    "guilabel": "strong", "menuselection": "strong", "term": "em",
}  # fmt: skip
_PLAIN = {"doc", "download", "abbr", "abbreviation", "smallcaps", "sc", "any", "eval"}


def _shortcode(context: Context, state: StateInline) -> Found | None:
    """``{{< name arguments >}}``: a link, nothing, or its source."""
    match = _SHORTCODE.match(state.src, state.pos)
    if match is None:
        return None
    return partial(_replaced, context, match[1].lower(), match[0], match[2]), match.end()


def _replaced(context: Context, name: str, source: str, arguments: str) -> str:
    if name == "pagebreak":
        return ""
    source = context.formulas.source(source)
    url = _URL.search(source)
    if url is None:
        context.note(f"The shortcode {name} is shown as it is written.")
        return f"<code>{escape(source, quote=False)}</code>"
    context.note(f"The shortcode {name} is replaced by its link.")
    rest = " ".join(context.formulas.source(arguments).replace(url[0], " ").split())
    link = f'<a href="{escape(url[0])}">{escape(url[0])}</a>'
    return f'<span class="note">{name}: {link} {escape(rest, quote=False)}</span>'


# attributes


def _span(state: StateInline, silent: bool) -> bool:
    """``[words]{.class}``."""
    if state.src[state.pos] != "[" or "]{" not in state.src:
        return False
    end = parseLinkLabel(state, state.pos)
    match = ATTRIBUTES.match(state.src, end + 1) if end >= 0 else None
    if match is None:
        return False
    if not silent:
        attributes = read_attributes(match[0])
        opening = state.push("span_open", "span", 1)
        if attributes.id:
            opening.attrSet("id", attributes.id)
        if attributes.classes:
            opening.attrSet("class", " ".join(attributes.classes))
        maximum = state.posMax
        state.pos += 1
        state.posMax = end
        state.md.inline.tokenize(state)
        state.posMax = maximum
        state.push("span_close", "span", -1)
    state.pos = match.end()
    return True


def _attributes(state: StateInline, silent: bool) -> bool:
    """``![](picture.png){#fig-x width=50%}``, and likewise after links and code."""
    if state.src[state.pos] != "{" or state.pending or not state.tokens:
        return False
    token = state.tokens[-1]
    if token.type not in ("image", "link_close", "code_inline"):
        return False
    match = ATTRIBUTES.match(state.src, state.pos)
    if match is None:
        return False
    if not silent and token.type == "image":
        _describe(token, match[0])
    state.pos = match.end()
    return True


def _describe(image: Token, text: str) -> None:
    """Give a picture its size, its description and its label."""
    attributes = read_attributes(text)
    image.meta = {"id": attributes.id, "caption": image.children}
    for side in ("width", "height"):
        if side in attributes.values:
            image.attrSet(side, attributes.values[side])
    if alt := attributes.values.get("fig-alt") or attributes.values.get("alt"):
        image.children = [Token("text", "", 0, content=alt)]
    if caption := attributes.values.get("fig-cap"):
        image.meta["caption"] = [Token("text", "", 0, content=caption)]
    if title := attributes.values.get("title"):
        image.attrSet("title", title)
