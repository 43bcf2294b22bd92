"""What this project's own notebooks show: title, banner, figures, tables and recorded results."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from hw.export.notebook.pictures import decode
from hw.export.notebook.pieces import Pieces, text_of
from hw.report import BLOCK_MIME

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
    name = pieces.files.keep(decode(found[1]), "image/svg+xml") if found else None
    if name is None:
        pieces.note(f"The image of the figure {block.get('label')!r} is missing or damaged.")
        return
    node = pieces.add_figure(name, text_of(block["alt"]), **{"data-drawing": ""})
    node.attrib |= {"id": f"fig-{text_of(block['label'])}", "class": "numbered"}
    SubElement(node, "figcaption").text = text_of(block["caption"])


def _table(pieces: Pieces, block: Mapping[str, Any]) -> None:
    node = pieces.add(
        Element("table", {"id": f"tab-{text_of(block['label'])}", "class": "numbered"})
    )
    SubElement(node, "caption").text = text_of(block["caption"])
    head = SubElement(SubElement(node, "thead"), "tr")
    body = SubElement(node, "tbody")
    for text, side in zip(block["columns"], block["align"], strict=False):
        cell = SubElement(head, "th", {"scope": "col", "style": f"text-align:{side}"})
        cell.text = text_of(text)
    for row in block["rows"]:
        line = SubElement(body, "tr")
        for text, side in zip(row, block["align"], strict=False):
            SubElement(line, "td", {"style": f"text-align:{side}"}).text = text_of(text)
