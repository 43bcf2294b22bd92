"""Directives of MyST and divs of Quarto, written as the tokens of plain Markdown."""

import csv
import re
from collections.abc import Callable
from html import escape

import yaml
from markdown_it.token import Token
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound

from hw.export.formulas.extraction import MARK
from hw.export.markdown.attributes import ATTRIBUTES, Attributes, read_attributes
from hw.export.markdown.inlines import Context
from hw.export.markdown.tokens import (
    anchor,
    callout,
    captioned,
    code_fence,
    figure,
    flatten_headings,
    float_figure,
    html_block,
    listed_rows,
    strong,
    table_rows,
)

_NAME = re.compile(r"\{+\.?([\w:.+-]+)([^{}]*)\}+[ \t]*(.*)", re.DOTALL)
_OPTION = re.compile(r"[ \t]*(?:#\|[ \t]*|:)([\w-]+):(?:[ \t]+(.*))?$")
CALLOUTS = {
    "note": "note", "tip": "tip", "hint": "tip", "important": "important", "warning": "warning",
    "caution": "caution", "attention": "caution", "danger": "warning", "error": "warning",
    "seealso": "note", "admonition": "note", "info": "note", "success": "tip",
}  # fmt: skip
_TITLED = set(
    """
    exercise solution theorem proof lemma definition axiom corollary conjecture criterion
    example property observation proposition remark algorithm assumption deprecated versionadded
    versionchanged todo
    """.split()
)  # shown under their own name, as "Theorem"
_CODE = {
    "code-block",
    "code",
    "code-cell",
    "sourcecode",
    "ipython",
    "parsed-literal",
    "literalblock",
}
_SOURCES = {
    "mermaid",
    "dot",
    "graphviz",
    "ojs",
    "observable",
    "plantuml",
    "tikz",
    "raw",
    "eval-rst",
    "toctree",
}
_FILES = {"include", "literalinclude", "iframe", "video", "embed"}
_LAYOUT = re.compile(
    r"(?:.*-)?(?:class|align|width|height|scale|widths?|columns?|gutter|margin|padding|open|icon"
    r"|animate|sync|color|shadow|placement|type|force|dedent|nowrap|enumerated|numbered|linenos"
    r"|lines|start|rows|delim|quote|tags|selected|hidden|maxdepth|layout|ncol|nrow|echo|eval"
    r"|warning|figclass|figwidth|collapse|appearance)"
)  # options that hold no words for readers


def labelled(tex: str, label: str) -> str:
    r"""TeX with ``\label``, inside the environment if it is one that has numbers."""
    end = re.search(
        r"\\end\{(?:align|alignat|equation|gather|multline|flalign|eqnarray)\*?\}\s*$", tex
    )
    at = end.start() if end and tex.lstrip().startswith("\\begin") else len(tex)
    return tex if "\\label" in tex else rf"{tex[:at]}\label{{{label}}}{tex[at:]}"


class Directive:
    """One fence in braces: name, argument, options, body."""

    def __init__(self, token: Token, label: str, context: Context) -> None:
        self.context = context
        self.label = label
        self.is_colon = token.type == "colon_fence"
        info = token.info.strip()
        attributes = ATTRIBUTES.fullmatch(info)
        self.attributes = read_attributes(info) if attributes else Attributes()
        match = None if attributes else _NAME.fullmatch(info)
        if attributes:
            self.name = next(iter(self.attributes.classes), "div").lower()
            self.argument = ""
        elif match:
            self.name = match[1].lower()
            self.argument = " ".join([match[2].strip(" ,"), match[3].strip()]).strip()
        else:
            name, _, self.argument = info.partition(" ")
            self.name = name.lower()
            if not re.fullmatch(r"[\w:-]+", name):
                self.name = "div"
                self.argument = info
        self.raw = token.content
        self.options, self.body = _options(token.content) if match else ({}, token.content)
        self.options |= self.attributes.values
        given = [self.options.pop(key, "") for key in ("name", "label")]
        self.id = self.attributes.id or next(filter(None, given), "") or label

    def tokens(self, parse: Callable[[str], list[Token]]) -> list[Token]:
        """The directive as tokens; ``parse`` makes those of Markdown within it."""

        def inside(text: str) -> list[Token]:
            return parse(text if self.is_colon else self.context.formulas.take(text))

        made = [*self._made(inside), *self._rest()]
        for label in filter(None, dict.fromkeys([self.id, self.label])):
            attribute = f' id="{escape(label)}"'
            if not any(
                attribute in token.content or token.attrs.get("id") == label for token in made
            ):
                made.insert(0, anchor(label))
        return made

    def _made(self, inside: Callable[[str], list[Token]]) -> list[Token]:
        name = self.name.removeprefix("callout-").rpartition(":")[2]
        if name in _CODE or (not self.is_colon and self._is_source()):
            return self._code()
        if self.name.partition(":")[0] == "glue":
            return self._glue(inside)
        if self.name in ("figure", "image"):
            return self._image(inside)
        if self.name == "math":
            return self._math()
        if self.name in ("list-table", "csv-table", "table"):
            return self._table(inside)
        if self.name in _FILES:
            return self._file()
        if self.name in ("tableofcontents", "contents"):
            return []
        if self.name == "bibliography":
            return [html_block('<div id="refs"></div>')]
        return self._container(name, inside)

    def _is_source(self) -> bool:
        """Whether a fence in braces that is no directive of ours is code: ``{python}``."""
        if self.name in CALLOUTS or self.name in _TITLED or self.name in _CONTAINERS:
            return False
        if self.name in _SOURCES or self.attributes.classes:
            return True
        try:
            return bool(find_lexer_class_by_name(self.name))
        except ClassNotFound:
            return False

    def _code(self) -> list[Token]:
        is_named = self.name in _CODE
        language = self.argument.split()[0].strip(".,") if is_named and self.argument else self.name
        rest = self.argument.partition(" ")[2] if is_named else self.argument
        body = self.context.formulas.source(self.body)
        language = "" if language in _CODE else language
        title = " ".join(
            filter(None, (self.options.pop(key, "") for key in ("caption", "lst-cap", "filename")))
        )
        if "=" in rest:  # options of knitr
            if re.search("[\"']", rest):
                self.options["options"] = rest
            rest = ""
        words = [part for text in (title, rest) if text for part in strong(text)]
        return [*words, code_fence(body, language)]

    def _image(self, inside: Callable[[str], list[Token]]) -> list[Token]:
        sides = {side: self.options.pop(side, "") for side in ("width", "height")}
        size = "".join(f' {side}="{escape(value)}"' for side, value in sides.items() if value)
        alt = self.options.pop("alt", "")
        source = escape(self.context.formulas.source(self.argument))
        image = f'<img src="{source}" alt="{escape(alt)}"{size}>'
        body = inside(self.body)
        if self.name == "image" and not body:
            return [html_block(f"<p>{image}</p>")]
        return figure(self.id, [html_block(image)], body)

    def _glue(self, inside: Callable[[str], list[Token]]) -> list[Token]:
        """A glued output, with what stands below as its caption."""
        bundle = self.context.glued.get(self.argument, {})
        body = inside(self.body)
        if "image/png" in bundle or "image/jpeg" in bundle:
            return figure(self.id, [html_block(self.context.glue(self.argument))], body)
        if latex := bundle.get("text/latex", "").strip().strip("$"):
            tex = labelled(latex, self.id) if self.id else latex
            return [html_block(f"<p>{self.context.formulas.add(tex, True, latex)}</p>"), *body]
        html = bundle.get("text/html") or f"<p>{self.context.glue(self.argument)}</p>"
        return [html_block(html), *body]

    def _math(self) -> list[Token]:
        formulas = self.context.formulas
        content = self.argument + self.body
        mark = MARK.fullmatch(content.strip())
        tex = formulas.found[int(mark[1])].tex if mark else formulas.source(content)
        tex = "\n".join(line for line in tex.splitlines() if line.strip())
        if self.id:
            tex = labelled(tex, self.id)
        return [html_block(f"<p>{formulas.add(tex, True, content)}</p>")] if tex else []

    def _table(self, inside: Callable[[str], list[Token]]) -> list[Token]:
        heads = int(_number(self.options.pop("header-rows", "0")))
        if self.name == "csv-table":
            lines = [self.options.pop("header", ""), *self.body.splitlines()]
            heads += bool(lines[0])
            rows = [[inside(cell.strip()) for cell in row] for row in _csv(lines) if row]
        else:
            body = inside(self.body)
            rows = listed_rows(body) if self.name == "list-table" else []
            if not rows:
                return captioned(body, self.argument, self.id)
        if "file" in self.options:
            return self._file()
        return table_rows(rows, heads, self.argument, self.id)

    def _file(self) -> list[Token]:
        name = self.options.pop("file", "") or self.options.pop("url", "") or self.argument
        self.context.note(f"The file {name} of a directive {self.name} is not included.")
        if re.match(r"https?://", name):
            link = f'<a href="{escape(name)}">{escape(name)}</a>'
        else:
            link = escape(name, quote=False)
        return [
            html_block(f'<p class="note">{escape(self.name)}: {link}</p>'),
            *([code_fence(self.body, "")] if self.body.strip() else []),
        ]

    def _container(self, name: str, inside: Callable[[str], list[Token]]) -> list[Token]:
        if name == "card" or name.endswith("-card"):
            self.body = re.sub(
                r"^(?:\^{3,}|\+{3,})[ \t]*$", "\n---\n", self.body, flags=re.MULTILINE
            )
        body = inside(self.body)
        title = self.argument or self.options.pop("title", "")
        if self.id.startswith(("fig-", "tbl-")) and not title and body:
            return float_figure(self.id, body)
        if self.name.startswith("callout-") and body and body[0].type == "heading_open":
            title = title or body[1].content
            body = body[3:] if title == body[1].content else body
        if name == "panel-tabset" or name == "tabset":
            flatten_headings(body)
        identifier = f' id="{escape(self.id)}"' if self.id else ""
        if name in CALLOUTS:
            return [
                *callout(CALLOUTS[name], title or self.context.words.callout(name), identifier),
                *body,
                html_block("</div>"),
            ]
        if name in _TITLED:
            title = f"{name.capitalize()} ({title})" if title else name.capitalize()
        opening = html_block(f'<div class="{escape(name)}"{identifier}>')
        return [opening, *(strong(title) if title else []), *body, html_block("</div>")]

    def _rest(self) -> list[Token]:
        """Options with words, so that none is lost."""
        words = [
            f"{key}: {self.context.formulas.source(value)}"
            for key, value in self.options.items()
            if not _LAYOUT.fullmatch(key)
            and not re.fullmatch(r"(?i)true|false|auto|none|[\d.%]*", value)
        ]
        for text in words:
            self.context.note(f"The option {text} of a directive {self.name} is shown as text.")
        return [html_block(f'<p class="note">{escape(text, quote=False)}</p>') for text in words]


_CONTAINERS = set(
    """
    div dropdown card grid grid-item grid-item-card tab-set tab-item margin sidebar aside
    epigraph topic figure image figure-md table list-table csv-table math highlights pull-quote
    container rubric glossary centered blockquote bibliography tableofcontents contents include
    literalinclude iframe video embed card-carousel details
    """.split()
)


# options


def _options(content: str) -> tuple[dict[str, str], str]:
    """Options at the head of a directive, ``:key: value`` or YAML, and what follows."""
    header = re.match(r"\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", content, re.DOTALL)
    if header:
        try:
            found = yaml.safe_load(header[1])
        except (yaml.YAMLError, ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return {str(key): str(value) for key, value in found.items()}, content[header.end() :]
    options: dict[str, str] = {}
    lines = content.split("\n")
    while lines and (match := _OPTION.match(lines[0])):
        options[match[1].lower()] = (match[2] or "").strip().strip("\"'")
        lines.pop(0)
    return options, "\n".join(lines)


def _number(text: str) -> str:
    return text if re.fullmatch(r"\d{1,3}", text) else "0"


def _csv(lines: list[str]) -> list[list[str]]:
    try:
        return list(csv.reader(lines, skipinitialspace=True))
    except csv.Error:
        return [[line] for line in lines]
