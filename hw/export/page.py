"""The tree as one HTML page that needs nothing else: no script, no request."""

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from hw.export.code import highlighted
from hw.export.formulas.extraction import MARK
from hw.export.notebook.drawings import inline
from hw.export.notebook.pictures import FOLDER, MIMES
from hw.export.notebook.reading import Report
from hw.export.tree import plain, serialise, styles

_STYLE = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
_LONG = 4  # headings from which a page lists its contents
_WIDE = (
    60  # characters of TeX from which a formula may be wider than a phone and so can be scrolled to
)
_FACTS = ("author", "student_number", "course", "date")
_REFERENCE = re.compile(r"<math[^>]*>\s*<mtext>(<a [^>]*>[^<]*</a>)</mtext>\s*</math>")
_CODE = re.compile(r'<code class="language-([^"]+)">([^<]*)</code>')
_PDF = re.compile(rf'<img src="({FOLDER}\w+\.pdf)"[^>]*>')
_DRAWING = re.compile(rf'<img src="({FOLDER}\w+\.svg)" alt="([^"]*)" class="drawing">')
_RAW = re.compile(r'<div class="html" data-raw="(\d+)"></div>')


def page(report: Report, files: Iterable[tuple[str, str]] = ()) -> str:
    """Return the page of a report.

    Parameters
    ----------
    report : Report
        Is not changed.
    files : iterable of (str, str)
        File name and what to call it, of other forms of the report to link to.
    """
    writer = _Writer(report)
    front = report.front
    title = (
        writer.inline(report.title_node)
        if report.title_node is not None
        else escape(front["title"])
    )
    policy = (
        "" if report.raw else f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    )
    kind = ' class="report"' if report.is_ours else ""
    about = "".join(
        f'<meta name="{key}" content="{escape(_listed(front[key]))}">'
        for key in ("author", "keywords")
        if front.get(key)
    )
    return f"""<!DOCTYPE html>
<html lang="{escape(str(front["lang"]))}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{policy}<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
{about}<title>{escape(front["title"])}</title>
<style>
{_STYLE}</style></head>
<body{kind}><a class="skip" href="#report">Skip to the report</a>
<header><h1>{title}</h1>
{writer.front(files)}</header>
{writer.contents()}{writer.body()}
</body></html>
"""


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _grades(exercises: list[str]) -> str:
    heads = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in [*exercises, "Total"])
    blanks = "<td></td>" * (len(exercises) + 1)
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Grades"><table class="grades">'
        f'<caption>Grades</caption><thead><tr><th scope="col">Exercise</th>{heads}</tr></thead>'
        f'<tbody><tr><th scope="row">Points</th>{blanks}</tr></tbody></table></div>'
    )


def _result(result: Mapping[str, Any]) -> str:
    """The main number with what it is compared with."""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in result["rows"]
    )
    return (
        f'<div class="result"><span class="number">{escape(result["number"])}</span> '
        f'<span class="unit">{escape(result["what"])}</span><dl>{rows}</dl></div>'
    )


def _paired(main: Element) -> Element:
    """``<main>`` in which neighbours that are half as wide as the page share a line.

    Nothing but folded code stands between neighbours.
    """
    paired = Element("main", main.attrib)
    paired.text = main.text
    waiting: int | None = None  # place of the first of two neighbours
    for node in main:
        if node.get("data-width") == "column":
            if waiting is None:
                waiting = len(paired)
                paired.append(node)
                continue
            first = paired[waiting]
            del paired[waiting]
            SubElement(paired, "div", {"class": "pair"}).extend([first, node])
        else:
            paired.append(node)
        if node.tag != "details":
            waiting = None
    return paired


class _Writer:
    """HTML of a report's nodes: pictures inline, code coloured, formulas as MathML."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.n_drawings = 0

    def front(self, files: Iterable[tuple[str, str]]) -> str:
        """Return what stands below the title."""
        front = self.report.front
        words = self.report.words
        shown = front | (
            {"date": words.format_date(str(front["date"]))} if front.get("date") else {}
        )
        spans = "".join(
            f'<span class="{name}">{escape(str(shown[name]))}</span>'
            for name in _FACTS
            if shown.get(name)
        )
        links = " and ".join(f'<a href="{quote(name)}">{escape(text)}</a>' for name, text in files)
        subtitle = escape(str(front.get("subtitle") or ""))
        parts = [
            f'<p class="subtitle">{subtitle}</p>' if subtitle else "",
            f'<p class="front">{spans}</p>' if spans else "",
            f'<p class="files">This report as {links}</p>' if links else "",
            _grades(front["exercises"]) if front.get("exercises") else "",
        ]
        parts += [
            f'<p class="banner" role="note"><strong>{escape(text)}</strong></p>'
            for text in self.report.banners
        ]
        summary = ""
        if self.report.abstract is not None:
            heading = f'<h2 class="label">{words.abstract}</h2>'
            abstract = self._html(self.report.abstract)
            summary = f'<section class="abstract">{heading}{abstract}</section>'
        if front.get("result"):
            summary += _result(front["result"])
        parts.append(f'<div class="summary">{summary}</div>' if summary else "")
        if keywords := _listed(front.get("keywords")):
            parts.append(f'<p class="keywords"><b>{words.keywords}:</b> {escape(keywords)}</p>')
        return "\n".join(filter(None, parts))

    def body(self) -> str:
        """Return ``<main>``."""
        html = self._html(_paired(self.report.main))
        return _RAW.sub(lambda match: self.report.raw[int(match[1])], html)

    def _html(self, node: Element) -> str:
        html = serialise(node, self._attributes)
        html = _CODE.sub(_coloured, html)
        html = _PDF.sub(self._download, html)
        html = _DRAWING.sub(self._drawing, html)
        html = re.sub(r"(<table\b[^>]*>)|</table>", _Scrolled(), html)
        return MARK.sub(self._formula, html)

    def contents(self) -> str:
        """Return the list of contents, empty for a short report."""
        entries = [node for node in self.report.headings if node.tag in ("h2", "h3")]
        if len(entries) < _LONG:
            return ""
        folded = "" if self.report.is_ours else " open"  # ours says on top what it is about
        items = "".join(
            f'<li class="level-{node.tag[1]}"><a href="#{escape(node.get("id", ""))}">'
            f"{self.inline(node)}</a></li>"
            for node in entries
        )
        return (
            f'<nav aria-label="{self.report.words.contents}"><details{folded}>'
            f"<summary>{self.report.words.contents}</summary><ul>{items}</ul></details></nav>\n"
        )

    def inline(self, node: Element) -> str:
        """Return the contents of a heading without links, identifiers and boxes."""
        html = serialise(node, self._attributes).partition(">")[2].rpartition("</")[0]
        html = re.sub(r"</?(?:a|p|div|center|h\d)\b[^>]*>|<img\b[^>]*>", "", html)
        html = re.sub(r'\sid="[^"]*"', "", html).strip()
        return MARK.sub(self._formula, html) or escape(plain(node))

    def _attributes(self, node: Element) -> Mapping[str, str]:
        """Return the attributes that a node has on the page."""
        found = {
            key: value
            for key, value in node.items()
            if key in ("data-raw",) or not key.startswith("data-")
        }
        if node.tag == "img" and "data-drawing" in node.attrib:
            return {"src": found["src"], "alt": found["alt"], "class": "drawing"}
        if node.tag == "img":
            return found | self._image(found)
        if node.tag == "pre" or (found.get("class") == "html" and "data-raw" not in found):
            found["tabindex"] = "0"
        if node.tag == "input":
            found |= {"disabled": "", "aria-label": "done" if "checked" in found else "to do"}
        declared = styles(node) if "style" in found else {}
        if "color" in declared and not {"background-color", "background"} & set(declared):
            found["style"] = found["style"].replace("color:", "--ink-given:", 1)
        return found

    def _image(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Return the source of a kept picture and, if none is stated, its width."""
        name = attributes.get("src", "")
        if name not in self.report.files.content or name.endswith(".pdf"):
            return {}
        data = base64.b64encode(self.report.files.content[name]).decode()
        ending = name[name.rindex(".") :]
        found = {"src": f"data:{MIMES[ending]};base64,{data}"}
        stated = {"width", "height"} & set(attributes) or "width" in attributes.get("style", "")
        width = self.report.files.sizes.get(name, (0, 0))[0]
        if width and not stated:
            found["width"] = str(max(round(width), 1))
        return found

    def _download(self, match: re.Match[str]) -> str:
        """Return a link that saves a PDF, which no page can show without a plug-in."""
        data = base64.b64encode(self.report.files.content[match[1]]).decode()
        link = f'<a href="data:application/pdf;base64,{data}" download="output.pdf">save it</a>'
        return f'<p class="note">An output is a PDF file: {link}.</p>'

    def _drawing(self, match: re.Match[str]) -> str:
        """Return a drawing that follows the page's colours, if it is harmless, or its image."""
        name = match[1]
        self.n_drawings += 1
        size = self.report.files.sizes[name]
        alt = unescape(match[2])
        svg = inline(self.report.files.content[name], size, f"d{self.n_drawings}-", alt)
        if svg is None:
            found = {"src": name, "alt": alt}
            return serialise(Element("img", found | self._image(found)))
        return f'<div class="scroll" tabindex="0" role="group" aria-label="Figure">{svg}</div>'

    def _formula(self, match: re.Match[str]) -> str:
        number = int(match[1])
        tex, display, _ = self.report.formulas.found[number]
        if number in self.report.formulas.failed:
            title = "TeX that could not be read"
            return f'<code class="tex" title="{title}">{escape(tex, quote=False)}</code>'
        mathml = self.report.formulas.mathml[number]
        if reference := _REFERENCE.fullmatch(mathml):
            return reference[1]
        focus = ' tabindex="0"' if display and len(tex) > _WIDE else ""
        start = f'<math alttext="{escape(tex[:500])}"{focus}'
        return re.sub(r"</?a\b[^>]*>", "", mathml).replace("<math", start, 1)


def _coloured(match: re.Match[str]) -> str:
    return highlighted(unescape(match[2]), match[1])


class _Scrolled:
    """Puts each outermost table into a box that scrolls."""

    def __init__(self) -> None:
        self.depth = 0

    def __call__(self, match: re.Match[str]) -> str:
        if match[1]:
            self.depth += 1
            box = '<div class="scroll" tabindex="0" role="group" aria-label="Table">'
            return box + match[1] if self.depth == 1 else match[1]
        self.depth -= 1
        return match[0] + "</div>" if self.depth == 0 else match[0]
