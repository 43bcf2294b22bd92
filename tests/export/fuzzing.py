"""Notebooks of random pieces, and what no file made of them may hold."""

import base64
import io
import logging
import os
import re
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

import pypdf
from exporter_corpus import SVG, figure, notebook, picture, shown, table, title
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from hw.export.exporters import HomeworkHTMLExporter, HomeworkPDFExporter
from hw.export.notebook import drawings

# Text of no form: what breaks out of strings, tags, formulas and comments, in every language used.
SOUP = [
    "<div>", "</div>", "<b>", "<table>", "<tr>", "<th rowspan=2>", "<td colspan=0>", "</table>",
    "<svg>", "</svg>", "<svg/>", "<iframe>", "</iframe>", "<iframe src=x>", "<x-iframe>", "<video>",
    "</video>", "<embed>", "<object data=http://e.org/x>", "</object>", "<style>", "</style>",
    "#a{color:red}", "#a{background:url(http://e.org)}", "<p id=a>", "<img src=x onerror=alert(1)>",
    "<img src=//e.org/x>", "<a href=#a>", "<a href=javascript:f()>", "</a>", "<h1>", "</h1>",
    "# T\n\n", "## S\n", "$x$", "$$", "\\(", "\n\n", "> ", "- ", "`", "```\n", "~~~python\n",
    "<!--",
    "-->", "<script>", "</script>", "<math>", "<pre>", "</pre>", "<template>", "<noscript>", "&lt;",
    "&", "<", ">", '"', "'", "\\", "\t", "\r", "[a](#a)", "![](data:image/png;base64,xx)",
    "| a |\n|---|\n| 1 |\n", ":::{note}\n", ":::\n", "::: {.panel-tabset}\n", "{#fig-x}", "@fig-x",
    "\0", "\ue000", "1\ue001", "\ue0001\ue001", "<input type=checkbox>", "<details>", "<summary>",
    "<font color=red>", "\x1b[31m", "[^1]", "[^1]: ", "[@key]", "@key", "{cite}`key`", "{ref}`x`",
    "#| label: fig-x\n", "#| fig-cap: ", "---\n", "title: ", "%%bash\n", '"); #read("/etc/passwd")',
    '#import "x"', "\\input{/etc/passwd}", "\\def\\a{\\a\\a}\\a", "\\begin{align}", "\\end{align}",
    "\\href{javascript:f()}{x}", "\\label{x}", "\\frac", "{", "}", "^", "_", "🙂", "中文", "ﷺ",
    "\u202e", "\u0301", "\u200b", "\ud800", "[", "]", "(", ")", "!", "=", "===\n", "1. ", "    ",
    "|",
    '<meta http-equiv=refresh content="0;url=http://e.org">', "<base href=//e.org>",
    "<form action=//e.org>", "<svg onload=alert(1)><image href=http://e.org/x /></svg>",
]  # fmt: skip
# Parts of a drawing of ours; all but the first four can run, load or restyle.
DRAWN = [
    "<g id='a'>", "</g>", "<path d='M 0 0 L 1 1' style='fill: #1f5a8f'/>",
    f"<image href='data:image/png;base64,{picture()}'/>", "<rect onclick='f()'/>",
    "<script>f()</script>", "<a href='javascript:f()'>", "</a>", "<style>* {color: red}</style>",
    "<foreignObject>", "</foreignObject>", "<image href='http://e.org/x.png'/>",
    "<use href='x.svg#a'/>", "<rect style='fill: url(http://e.org/x)'/>", "<svg/>",
    "<rect style='position: fixed'/>", "<set attributeName='href' to='x'/>", "<p>", "</p>",
    "<title><img src='x'/></title>", "<rect fill='url(#a)' clip-path='url(//e.org)'/>",
]  # fmt: skip
# Each shows its words; {w} is a word that occurs once in the notebook.
MARKDOWN = [
    "{w}", "# {w}", "{w}\n===", "### *{w}*", "**{w}**", "_{w}_", "~~{w}~~", "`{w}`", "> {w}",
    "- {w}\n- {w}", "- {w}\n  1. {w}", "- [x] {w}", "1. {w}", "```python\n{w} = 1\n```",
    "    {w}", "| {w} | {w} |\n|:--|--:|\n| {w} | {w} |", "[{w}](#here)",
    "[{w}](https://e.org/a_b)",
    "![{w}](gone.png)", "![x](near.png) {w}", "{w}[^{n}]\n\n[^{n}]: {w}", "{w} <br> {w}",
    "<b>{w}</b>",
    "<div align=center>{w}</div>", "<center>{w}</center>", "<table><tr><td>{w}</td></tr></table>",
    "<details><summary>{w}</summary>\n\n{w}\n\n</details>", "<ul><li>{w}<li>{w}</ul>",
    "<dl><dt>{w}</dt><dd>{w}</dd></dl>", "<h2>{w}</h2>", "<p>{w}</p>", "<pre>{w}</pre>",
    "<sub>{w}</sub>",
    ":::{{note}}\n{w}\n:::", ":::{{warning}} {w}\n{w}\n:::", "```{{tip}}\n{w}\n```",
    "> [!NOTE]\n> {w}",
    "::: {{.callout-note}}\n{w}\n:::", "::: {{#fig-x}}\n![x](near.png)\n\n{w}\n:::",
    "<iframe src=x></iframe> {w}", "<video src=x>x</video> {w}", "$x$ {w}", "$$x$$\n{w}",
    "\\begin{{align}}a&=b\\end{{align}}\n\n{w}", "$$ \\undefined{{x}} $$ {w}", "@key {w}",
    "[@key, {w}]",
    "[see {w} @none]", "{{cite}}`key` {w}", "@fig-one {w}", "{w}\n\n---\n\n{w}", "<u>{w}</u>",
    "<img src='near.png' width=40%> {w}", "<span style='color:red'>{w}</span>", "&lt;{w}&gt;",
    "<a name='x'></a>{w}", "{w}\\\n{w}", "![x](data:image/gif;base64,AA) {w}", "中文 {w}",
    "{{.class}} {w}", "[{w}]{{.mark}}", "# {w} {{#sec-x}}", "Term {w}\n: {w}", "==={w}===", "+ {w}",
    "<font color=red>{w}</font>", "<td>{w}</td>", "<p>{w}<p>{w}", "<kbd>{w}</kbd>", "$100 {w} $5",
    "<figure><img src=near.png><figcaption>{w}</figcaption></figure>", "<abbr title=x>{w}</abbr>",
]  # fmt: skip
HTML = [
    "<p>{w}</p>", "<table><thead><tr><th>{w}<th>{w}</thead><tr><td>{w}<td>{w}</table>", "<b>{w}",
    "<table><tr><td rowspan=2>{w}<td>{w}<tr><td>{w}</table>", "<pre>{w}</pre>", "<div>{w}<div>{w}",
    "<table><tr><td><table><tr><td>{w}</table></table>", "<style>p{{color:red}}</style><p>{w}",
    "<table><caption>{w}</caption><tr><td colspan=9>{w}</table>", "<ul><li>{w}<li>{w}</ul>", "{w}",
    "<svg width=9 height=9><rect/></svg>{w}", "<h3>{w}</h3>", "<a href='http://e.org'>{w}</a>",
    "<script>1</script>{w}", "<p style='background:#ff0'>{w}", "<details><summary>{w}</summary>{w}",
    "<table><col width=10%><tr><td><ul><li>{w}</ul><br><p>{w}</table>", "<code>{w}</code>",
    "<q>{w}",
]  # fmt: skip
TEXTS = [
    "{w}",
    "{w}\n{w}",
    "\x1b[31m{w}\x1b[0m",
    "{w}\t{w}",
    "  {w}",
    "\r 1%\r{w}",
    "({w})",
    "{w}: 中",
]
TABLES = ["{w}", "#{w}", "*{w}*", "${w}$", '"{w}"', "\\{w}", "<{w}>"]


class Words:
    """Words that occur once each, and are neither hyphenated nor ligated."""

    def __init__(self) -> None:
        self.numbers = count(100)
        self.given: list[str] = []

    def fill(self, template: str) -> str:
        """Put new words into a template."""
        template = template.replace("{n}", str(next(self.numbers)))
        parts = template.replace("{{", "\0").replace("}}", "\1").split("{w}")
        words = [f"q{next(self.numbers)}z" for _ in parts[1:]]
        self.given += words
        text = "".join(part + word for part, word in zip(parts, [*words, ""], strict=True))
        return text.replace("\0", "{").replace("\1", "}")


SOUPS = st.lists(st.sampled_from(SOUP) | st.text(max_size=5), max_size=15).map("".join)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | SOUPS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SOUPS, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def soups(draw) -> NotebookNode:
    """A notebook whose every text may be anything."""
    cells = [
        draw(_soup_cell(kind)) for kind in draw(st.lists(st.sampled_from("mmcccr"), max_size=5))
    ]
    words = {name: draw(SOUPS) for name in draw(st.sets(st.sampled_from(_FRONT), max_size=3))}
    return notebook(*cells, new_markdown_cell("lastwords"), **words)


_FRONT = [
    "title",
    "subtitle",
    "author",
    "abstract",
    "date",
    "lang",
    "bibliography",
    "csl",
    "keywords",
]


@st.composite
def _soup_cell(draw, kind: str) -> NotebookNode:
    if kind == "r":
        mime = draw(st.sampled_from(["", "text/markdown", "text/html", "text/latex"]))
        return new_raw_cell(draw(SOUPS), metadata={"raw_mimetype": mime})
    if kind == "m":
        return new_markdown_cell(draw(SOUPS), attachments={draw(SOUPS): {"image/png": draw(SOUPS)}})
    tags = draw(
        st.lists(
            st.sampled_from(["hide-input", "remove-output", "remove-cell", "parameters"]),
            unique=True,
        )
    )
    outputs = draw(st.lists(_soup_output(), max_size=3))
    return new_code_cell(draw(SOUPS), outputs=outputs, metadata={"tags": tags})


@st.composite
def _soup_output(draw) -> NotebookNode:
    kind = draw(st.sampled_from(["text", "error", "bundle", "bundle", "block"]))
    if kind == "text":
        return new_output(
            "stream", name=draw(st.sampled_from(["stdout", "stderr"])), text=draw(SOUPS)
        )
    if kind == "error":
        lines = draw(st.lists(SOUPS, max_size=3))
        return new_output("error", ename=draw(SOUPS), evalue=draw(SOUPS), traceback=lines)
    if kind == "block":
        words = draw(st.fixed_dictionaries(dict.fromkeys(["caption", "label", "alt"], SOUPS)))
        rows = [[draw(SOUPS)]]
        parts = draw(st.lists(st.sampled_from(DRAWN) | SOUPS, max_size=4))
        drawn = SVG.replace("<rect", "".join(parts) + "<rect")
        return draw(
            st.sampled_from([
                figure(**words), figure(**words, svg=drawn),
                table(rows, words["caption"], words["label"], (words["alt"],)),
                title(title=words["caption"], author=words["alt"]),
                shown(block={"kind": words["label"]}), shown(block=[draw(_JSON)]),
            ])
        )  # fmt: skip
    mimes = {
        "html": SOUPS, "markdown": SOUPS, "latex": SOUPS, "json": _JSON, "pdf": SOUPS,
        "svg": SOUPS.map(lambda x: f"<svg>{x}</svg>"), "png": SOUPS | st.just(picture()),
        "application/x-odd": SOUPS,
    }  # fmt: skip
    chosen = draw(st.sets(st.sampled_from(sorted(mimes)), max_size=3))
    return shown(draw(SOUPS), **{name: draw(mimes[name]) for name in sorted(chosen)})


@st.composite
def sentences(draw) -> tuple[NotebookNode, list[str]]:
    """A notebook of well-formed pieces, and its words."""
    words = Words()
    cells = []
    for kind in draw(st.lists(st.sampled_from("mmmcc"), min_size=1, max_size=5)):
        if kind == "m":
            parts = draw(st.lists(st.sampled_from(MARKDOWN), min_size=1, max_size=5))
            cells.append(new_markdown_cell("\n\n".join(map(words.fill, parts))))
        else:
            outputs = [_output(words, *drawn) for drawn in draw(st.lists(_OUTPUT, max_size=3))]
            option = draw(st.sampled_from(["", "#| label: fig-z\n", "#| code-fold: true\n"]))
            cells.append(new_code_cell(option + words.fill("{w} = 1"), outputs=outputs))
    return notebook(*cells), words.given


_OUTPUT = st.one_of(
    st.tuples(st.just("html"), st.sampled_from(HTML)),
    st.tuples(st.just("markdown"), st.sampled_from(MARKDOWN)),
    st.tuples(st.sampled_from(["stdout", "stderr", "plain", "error"]), st.sampled_from(TEXTS)),
    st.tuples(st.just("table"), st.sampled_from(TABLES)),
    st.tuples(st.just("figure"), st.sampled_from(TABLES)),
)


def _output(words: Words, kind: str, template: str) -> NotebookNode:
    if kind in ("html", "markdown"):
        return shown(**{kind: words.fill(template)})
    if kind == "plain":
        return shown(words.fill(template))
    if kind == "error":
        return new_output("error", ename="E", evalue="e", traceback=[words.fill(template)])
    if kind == "table":
        label = f"t{next(words.numbers)}"
        return table([[words.fill(template), "1"]], words.fill(template), label)
    if kind == "figure":
        return figure(words.fill(template), label=f"f{next(words.numbers)}")
    return new_output("stream", name=kind, text=words.fill(template) + "\n")


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def rendered(cells: NotebookNode, folder: Path) -> tuple[str, bytes, list[str], list[str]]:
    """The page, the PDF, and what the command line says of each."""
    results: list = []
    for exporter in (HomeworkHTMLExporter, HomeworkPDFExporter):
        handler = _Collector()
        log = logging.getLogger("fuzz")
        log.handlers[:] = [handler]
        log.propagate = False
        made = exporter(log=log)
        if exporter is HomeworkPDFExporter:
            made.code = "inline"
        results.append(
            (made.from_notebook_node(cells, {"metadata": {"path": str(folder)}})[0], handler.said)
        )
    (html, html_notes), (pdf, pdf_notes) = results
    return html, pdf, html_notes, pdf_notes


_LINKS = re.compile(  # without a scheme, a link stays in the folder
    r"https?://|mailto:|data:application/pdf;base64,|(?![a-z][a-z0-9+.-]*:)", re.IGNORECASE
)
_IGNORED = re.compile(r"[\x00-\x20]")  # by browsers, within a scheme
_TAGS = {
    "script",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
    "video",
    "audio",
    "template",
    "link",
}
_FETCHING = {
    "src",
    "srcset",
    "poster",
    "background",
    "action",
    "formaction",
    "data",
    "xlink:href",
    "ping",
}


_DRAWN = {name.lower() for name in drawings.ELEMENTS}  # as HTML's parser spells them
_DRAWN_ATTRIBUTES = {name.lower() for name in drawings.ATTRIBUTES} - drawings.LOOKS
_OWN_STYLE = re.compile(r"--width:[\d.]+")
_OWN_VALUE = re.compile(r"var\(--[a-z]+\)|url\(#d\d+-[\w.:-]+\)|rgba?\([\d., %]+\)")
_BITMAP = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")


def _drawn_faults(tag: str, attributes: dict[str, str], *, is_root: bool) -> list[str]:
    """What an element of a drawing within the page must not be, or have."""
    extra = {"role", "aria-label"} if is_root else {"href", "class"} if tag == "image" else set()
    extra |= {"href"} if tag == "use" else set()
    faults = [f"<svg> <{tag}>"] * (tag not in _DRAWN)
    faults += [f"<svg> {key}" for key in attributes.keys() - _DRAWN_ATTRIBUTES - extra]
    link = attributes.get("href", "#d1-")
    is_safe = _BITMAP.fullmatch(link) if tag == "image" else re.match(r"#d\d+-", link)
    faults += [] if is_safe else [f"<svg> href={link[:80]!r}"]
    for part in filter(None, attributes.get("style", "").split(";")):
        name, _, value = part.partition(":")
        is_plain = not re.search(r"[(\\@]", _OWN_VALUE.sub("", value))
        is_own = is_root and _OWN_STYLE.fullmatch(part)
        faults += [] if is_own or (name in drawings.LOOKS and is_plain) else [f"<svg> {part!r}"]
    return faults


class _Page(HTMLParser):
    """Collects what a page must not hold, and its text."""

    RCDATA_CONTENT_ELEMENTS = ()  # a drawing's title may hold elements

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.text: list[str] = []
        self.depth = 0  # of elements within a drawing

    def handle_starttag(self, tag, attributes):
        if tag == "svg" or self.depth:
            given = {name: value or "" for name, value in attributes}
            self.faults += _drawn_faults(tag, given, is_root=not self.depth)
            self.depth += 1
            self.text.append(given.get("aria-label", ""))
            return
        if tag in _TAGS or re.search("[^a-z0-9]", tag):
            self.faults.append(f"<{tag}>")
        for name, value in attributes:
            value = value or ""
            fault = (
                name.startswith("on")
                or (name in _FETCHING and not value.startswith("data:image/"))
                or (name == "href" and not _LINKS.match(_IGNORED.sub("", value)))
                or (name == "style" and re.search(r"url|expression|\\|@", value, re.IGNORECASE))
                or (name == "http-equiv" and value != "Content-Security-Policy")
            )
            if fault:
                self.faults.append(f"<{tag} {name}={value[:80]!r}>")
            if value.startswith("data:image/svg"):
                self.faults += drawing_faults(_data(value))
            if name == "alt":
                self.text.append(value)

    def handle_startendtag(self, tag, attributes):
        if tag == "svg" or self.depth:
            self.faults.append(f"<{tag}/>")  # outside XML, some of these stay open
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        self.depth = max(self.depth - 1, 0)

    def handle_data(self, data):
        self.text.append(data)


def _data(uri: str) -> str:
    head, _, data = uri.partition(",")
    content = base64.b64decode(data) if head.endswith("base64") else unquote_to_bytes(data)
    return content.decode()


def drawing_faults(svg: str) -> list[str]:
    """What an SVG drawing must not hold."""
    found = re.findall(
        r"<(?:\w+:)?script|\son\w+\s*=|javascript:|@import|<!ENTITY|url\(\s*[\"']?(?!#|data:)"
        r"|\b(?:href|src)\s*=\s*[\"'](?!#|data:image/)", svg, re.IGNORECASE,
    )  # fmt: skip
    return [f"svg: {fault}" for fault in found]


def page_faults(html: str) -> list[str]:
    """What a page must not hold: scripts, handlers, anything to fetch, marks of formulas."""
    reader = _Page()
    reader.feed(html)
    marks = re.findall("[\ue000-\ue005]", html)
    policy = "default-src 'none'; img-src data:"
    return reader.faults + [repr(mark) for mark in marks] + ["no policy"] * (policy not in html)


def page_text(html: str) -> str:
    """The text of a page."""
    reader = _Page()
    reader.feed(html)
    return "".join("".join(reader.text).split())


def pdf_faults(pdf: bytes) -> list[str]:
    """What a PDF must not hold: scripts, actions but links, attached files."""
    faults = []
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root = reader.root_object
    faults += [key for key in ("/OpenAction", "/AA", "/AcroForm") if key in root]
    faults += [
        key for key in ("/JavaScript", "/EmbeddedFiles") if key in (root.get("/Names") or {})
    ]
    for sheet in reader.pages:
        faults += ["/AA"] * ("/AA" in sheet)
        for annotation in sheet.get("/Annots") or []:
            action = annotation.get_object().get("/A")
            if action and not (
                action["/S"] == "/URI" and _LINKS.match(_IGNORED.sub("", str(action["/URI"])))
            ):
                faults.append(str(dict(action)))
    return faults


def pdf_text(pdf: bytes) -> str:
    """The text of a PDF, letters of formulas as letters, without marks of direction and joining.

    Typst gives such a mark to the glyph before it, wherever that is used.
    """
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    text = normalize("NFKC", "".join(sheet.extract_text() for sheet in pages))
    return re.sub(r"[\s\u00ad\u200b-\u200f\u202a-\u202e↩↪⤶⏎]", "", text)


def paths_of_this_machine(content: str | bytes, *folders: Path) -> list[str]:
    """Folders of this machine that a file names."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    known = {str(folder) for folder in (*folders, Path.home(), Path.cwd())} - {"/"}
    return [folder for folder in sorted(known) if f"{folder}{os.sep}" in text]
