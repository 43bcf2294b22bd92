"""What this project's own notebooks show: title, abstract, figures, tables, recorded results."""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from hw.export.notebook.drawings import is_harmless
from hw.export.notebook.pictures import decode
from hw.export.notebook.pieces import Pieces, text_of
from hw.export.pdf.figures import COLUMN, class_of
from hw.export.pdf.tables import natural_width, read_grid
from hw.export.tree import plain
from hw.report import BLOCK_MIME

_HEADING = re.compile("h[1-6]")
_PROGRESS = re.compile(r"\d+%\|.*\|")
_SVG_URI = re.compile(r'src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"')


def add_block(
    pieces: Pieces, bundle: Mapping[str, Any], front: dict[str, Any], banners: list[str]
) -> None:
    """Add a block to the tree, or what it says to the front matter or the banners."""
    block = bundle[BLOCK_MIME]
    kind = block.get("kind")
    if kind == "title":
        front |= {key: _said(value) for key, value in block.items() if key != "kind" and value}
    elif kind == "banner":
        banners.append(text_of(block["text"]))
    elif kind == "figure":
        _figure(pieces, block, text_of(bundle.get("text/html", "")))
    elif kind == "table":
        _table(pieces, block)
    elif kind == "bibliography":
        pass  # read before all cells, since it says which keys can be cited
    elif kind == "abstract":
        front["abstract"] = text_of(block["text"])
    elif kind == "result":
        front["result"] = {
            "number": text_of(block["number"]),
            "what": text_of(block["what"]),
            "rows": [[text_of(name), text_of(value)] for name, value in block["rows"]],
        }
    elif kind == "cards":
        pieces.add(_cards(pieces, block["cards"]))
    elif kind == "provenance":
        front["short"] = [text_of(text) for text in block.get("short", [])]
        pieces.add(_provenance(block["rows"]))
    elif kind == "results":
        node = pieces.add(Element("details", {"class": "results"}))
        SubElement(node, "summary").text = "Recorded results"
        SubElement(node, "pre").text = text_of(json.dumps(block.get("results"), indent=1))
    else:
        pieces.note(f"A block of the unknown kind {kind!r} is not shown.")


def _said(value: Any) -> Any:
    return [text_of(text) for text in value] if isinstance(value, list) else text_of(value)


def _figure(pieces: Pieces, block: Mapping[str, Any], html: str) -> None:
    found = _SVG_URI.search(html)
    drawing = decode(found[1]) if found else b""
    name = pieces.files.keep(drawing, "image/svg+xml")
    if name is None:
        pieces.note(f"The image of the figure {block.get('label')!r} is missing or damaged.")
        return
    marks = {"data-drawing": ""} if is_harmless(drawing) else {}
    node = pieces.add_figure(name, text_of(block["alt"]), **marks)
    node.attrib |= {"id": f"fig-{text_of(block['label'])}", "class": "numbered"}
    _set_width(node, class_of(block.get("width"), pieces.files.sizes.get(name, (0, 0))))
    pieces.caption(node, escape(text_of(block["caption"]), quote=False))


def _table(pieces: Pieces, block: Mapping[str, Any]) -> None:
    node = pieces.add(
        Element("table", {"id": f"tab-{text_of(block['label'])}", "class": "numbered"})
    )
    head = SubElement(node, "thead")
    sides = block["align"]
    if over := block.get("over"):
        _heads_above(SubElement(head, "tr"), [text_of(text) for text in over])
    line = SubElement(head, "tr")
    for text, side in zip(block["columns"], sides, strict=False):
        cell = SubElement(line, "th", {"scope": "col", "style": f"text-align:{side}"})
        cell.text = text_of(text)
    body = SubElement(node, "tbody")
    rows = block["rows"]
    first_of_foot = len(rows) - block.get("foot", 0)
    spans = block.get("spans") or [[1] * len(sides)] * len(rows)
    for number, (row, covered) in enumerate(zip(rows, spans, strict=False)):
        if number == first_of_foot:
            body = SubElement(node, "tfoot")
        starts = "spans" in block and covered[0] > 0
        line = SubElement(body, "tr", {"class": "group"} if starts else {})
        for text, side, down in zip(row, sides, covered, strict=False):
            if down:
                cell = _cell(pieces, text_of(text), as_markdown=bool(block.get("markdown")))
                cell.attrib |= {"style": f"text-align:{side}"}
                cell.attrib |= {"rowspan": str(down)} if down > 1 else {}
                line.append(cell)
    grid = read_grid(node)
    width = "column" if grid is None or natural_width(grid) <= COLUMN else "full"
    _set_width(node, block.get("width") or width)
    pieces.caption(node, escape(text_of(block["caption"]), quote=False))


def _heads_above(line: Element, texts: Sequence[str]) -> None:
    """Write heads that neighbouring columns share once, over all of them."""
    for text, run in groupby(texts):
        for count in [len(list(run))] if text else [1] * len(list(run)):
            cell = SubElement(line, "th", {"style": "text-align:center"})
            cell.text = text
            if count > 1:
                cell.attrib |= {"colspan": str(count), "scope": "colgroup"}


def _cell(pieces: Pieces, text: str, *, as_markdown: bool) -> Element:
    cell = Element("td")
    if as_markdown:
        cell = pieces.read_markdown(text)
        cell.tag = "td"
        cell.tail = None
    else:
        cell.text = text
    return cell


def _set_width(node: Element, width: str) -> None:
    if width not in ("column", "middle", "full"):
        width = "full"
    node.set("data-width", width)
    node.set("class", f"numbered {width}")


def _cards(pieces: Pieces, cards: Sequence[Mapping[str, Any]]) -> Element:
    """A list of reports: picture, title, main number, verdict, links."""
    listed = Element("ul", {"class": "cards"})
    for card in cards:
        said = {name: text_of(text) for name, text in card.items()}
        item = SubElement(listed, "li")
        kept = (
            pieces.files.keep(decode(said["picture"]), "image/svg+xml") if said["picture"] else None
        )
        picture = SubElement(item, "div", {"class": "picture"})
        if kept:
            SubElement(picture, "img", {"src": kept, "alt": said["alt"]})
        page = quote(said["name"])
        title = SubElement(item, "p", {"class": "title"})
        SubElement(title, "a", {"href": f"{page}.html"}).text = said["title"]
        main = SubElement(item, "p", {"class": "main"})
        SubElement(main, "span", {"class": "number"}).text = said["number"]
        SubElement(main, "span", {"class": "unit"}).text = f" {said['what']}"
        SubElement(item, "p", {"class": "against"}).text = said["against"]
        SubElement(item, "p", {"class": "verdict"}).text = said["verdict"]
        links = SubElement(item, "p", {"class": "links"})
        for ending, word in (("html", "report"), ("pdf", "PDF"), ("ipynb", "notebook")):
            link = SubElement(links, "a", {"href": f"{page}.{ending}"})
            link.text, link.tail = word, " "
    return listed


def _provenance(rows: Sequence[Sequence[Any]]) -> Element:
    """A list of where the report comes from; :func:`finish` moves it to the end."""
    section = Element("section", {"class": "provenance"})
    SubElement(section, "h2", {"id": "provenance"}).text = "Provenance"
    listed = SubElement(section, "dl")
    for name, value in rows:
        SubElement(listed, "dt").text = text_of(name)
        SubElement(listed, "dd").text = text_of(value)
    return section


def is_ours(main: Element) -> bool:
    """Whether a report has numbered figures or tables of this package."""
    return any(
        {"numbered", "provenance", "cards"} & set(node.get("class", "").split()) for node in main
    )


def finish(main: Element, notes: list[str]) -> None:
    """Arrange what only reports with blocks have: no progress bars, no sections without content.

    The provenance goes to the end, behind the references. `notes` says which headings are left out
    since the author put nothing under them.
    """
    provenance = [node for node in main if node.get("class") == "provenance"]
    notes += _drop_empty_sections(main, provenance)
    for node in [node for node in main if node.tag == "pre" and is_progress(node)]:
        main.remove(node)
    for node in provenance:
        main.remove(node)
        main.append(node)
    _drop_empty_sections(main)
    _keep_lone_tables(main)


def is_progress(node: Element) -> bool:
    """Whether an output is nothing but progress bars."""
    lines = "".join(node.itertext()).strip().split("\n")
    return all(_PROGRESS.search(line) for line in lines)


def _drop_empty_sections(main: Element, content: Sequence[Element] = ()) -> list[str]:
    """Remove headings that nothing follows before the next of the same level, or a higher one.

    Returns a note for each. A section that is not part of the `content` ends what stands before it.
    """
    notes = []
    last = "h1"  # an end that every level gives way to
    for part in reversed(list(main)):
        if part.get("class", "").startswith(("code", "results")):
            continue
        if part.tag == "section" and part not in content:  # references, provenance
            last = "h2"
            continue
        if part.get("class") != "markdown":
            last = ""
            continue
        for node in reversed(list(part)):
            is_heading = _HEADING.fullmatch(node.tag) is not None
            if is_heading and last and node.tag >= last:
                part.remove(node)
                cell = part.get("data-cell", "1")
                notes.append(
                    f"cell {cell}: The heading {plain(node)} is left out: nothing follows it."
                )
            else:
                last = node.tag if is_heading else ""
        if not len(part) and not (part.text or "").strip():
            main.remove(part)
    return notes[::-1]


def _keep_lone_tables(main: Element) -> None:
    """Mark narrow tables that would leave a heading alone if they floated away from it.

    They are the first of a section in which there is nothing but figures and tables.
    """
    parts = [part for part in main if not part.get("class", "").startswith(("code", "results"))]
    for at, part in enumerate(parts):
        if part.tag != "table" or part.get("data-width") != "column":
            continue
        before = parts[at - 1] if at else part
        after = next((other for other in parts[at:] if not _is_float(other)), None)
        ends = after is None or after.tag == "section" or _is_heading(after, 0)
        if ends and _is_heading(before, -1):
            part.set("data-place", "here")


def _is_float(part: Element) -> bool:
    return "numbered" in part.get("class", "").split()


def _is_heading(part: Element, child: int) -> bool:
    """Whether Markdown begins (0) or ends (-1) with a heading."""
    is_text = part.get("class") == "markdown" and len(part) > 0
    return is_text and _HEADING.fullmatch(part[child].tag) is not None
