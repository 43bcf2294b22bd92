"""The pictures of a notebook, kept as files under names that tell nothing and collide with nothing.

A picture is what its content says, whatever it is called. Bitmaps that a browser forgives but Typst
does not are written again as PNG. An SVG picture must be well-formed, loads nothing and stays small
when its ``<use>`` elements are expanded; a bitmap has at most 50 million pixels.
"""

import base64
import binascii
import hashlib
import io
import mimetypes
import re
import warnings
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from PIL import Image, ImageFile

from hw.export.tree import pixels

FOLDER = "hw-files/"
ENDINGS = {
    "image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg", "image/jpg": ".jpg",
    "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".png", "image/tiff": ".png",
    "application/pdf": ".pdf",
}  # fmt: skip
MIMES = {
    ending: mime
    for mime, ending in ENDINGS.items()
    if mime not in ("image/jpg", "image/bmp", "image/tiff")
}
_SOUND = {"PNG": ".png", "JPEG": ".jpg", "GIF": ".gif", "WEBP": ".webp"}
_MOST_PIXELS = 50_000_000
_MOST_BYTES = 100_000_000
_MOST_NODES = 500_000
_SVG_NAMESPACE = "http://www.w3.org/2000/svg"
_LINK_NAMESPACE = "http://www.w3.org/1999/xlink"
_REMOVED = re.compile(
    r"<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>|<script\b.*?</script\s*>",
    re.DOTALL | re.IGNORECASE,
)
_BITMAP = re.compile(r'="data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]*"')
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);|#)\w+;")
_LOADS = re.compile(  # with a backslash, CSS can spell any of it
    r"""\b(?:href|src)\s*=\s*["']\s*(?!\s*#|data:image/)|url\(\s*["']?(?!\s*#|data:)|@import"""
    r"""|javascript:|\bstyle\b[^>]*>[^<]*\\""",
    re.IGNORECASE,
)
_RUNS = re.compile(r"\son\w+\s*=|:script\b|&#", re.IGNORECASE)


class Files:
    """Pictures by name.

    Attributes
    ----------
    content : dict[str, bytes]
        File by name, such as ``hw-files/0a1b….png``.
    sizes : dict[str, tuple[float, float]]
        Width and height in CSS pixels; missing for PDF.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content: dict[str, bytes] = {}
        self.sizes: dict[str, tuple[float, float]] = {}
        self._names: dict[str, str | None] = {}

    def keep(self, content: bytes, mime: str) -> str | None:
        """Keep a picture; return its name, or None if it is damaged, dangerous or too large."""
        if not content or len(content) > _MOST_BYTES:
            return None
        stem = FOLDER + hashlib.sha256(content).hexdigest()[:20]
        if stem not in self._names:
            self._names[stem] = self._new(stem, content, mime)
        return self._names[stem]

    def _new(self, stem: str, content: bytes, mime: str) -> str | None:
        if mime == "application/pdf":
            if not content.startswith(b"%PDF-"):
                return None
            name = f"{stem}.pdf"
        elif mime == "image/svg+xml":
            name = f"{stem}.svg"
            drawing = _safe_svg(content)
            if drawing is None:
                return None
            content, self.sizes[name] = drawing
        else:
            bitmap = _safe_bitmap(content)
            if bitmap is None:
                return None
            content, ending, size = bitmap
            name = stem + ending
            self.sizes[name] = size
        self.content[name] = content
        return name

    def find(self, source: str, attachments: Mapping[str, Mapping[str, Any]]) -> str | None:
        """Return the name of the picture that an ``src`` refers to, or None.

        It may be a ``data:`` URI, an attachment, or a file in the notebook's folder.
        """
        if source in self.content:
            return source
        if source.startswith("data:"):
            return self._from_uri(source)
        if source.startswith("attachment:"):
            bundle = attachments.get(unquote(source.removeprefix("attachment:"))) or {}
            found = next((mime for mime in bundle if mime in ENDINGS), None)
            return self.keep(content_of(bundle, found), found) if found else None
        if not source or re.match(r"[A-Za-z][\w+.-]+:|//", source):
            return None
        try:
            return self._from_folder(source)
        except (OSError, ValueError):  # too long for a name, a null byte, not readable
            return None

    def _from_uri(self, source: str) -> str | None:
        match = re.match(r"data:(image/[\w.+-]+)((?:;[\w=.-]+)*),", source)
        if match is None:
            return None
        data = source[match.end() :]
        content = (
            decode(unquote(data)) if "base64" in match[2] else unquote_to_bytes(unescape(data))
        )
        return self.keep(content, match[1].lower())

    def _from_folder(self, source: str) -> str | None:
        folder = self.folder.resolve()
        for name in (source, re.split("[?#]", source)[0]):
            path = (folder / unquote(name)).resolve()
            mime = mimetypes.guess_type(path.name)[0] or ""
            inside = path.is_relative_to(folder) and path.is_file()
            if inside and mime.startswith("image/") and path.stat().st_size <= _MOST_BYTES:
                return self.keep(path.read_bytes(), mime)
        return None


def content_of(bundle: Mapping[str, Any], mime: str) -> bytes:
    """Return the bytes of a picture in a bundle of MIME types, empty if damaged."""
    data = bundle[mime]
    text = data if isinstance(data, str) else "".join(data)
    is_xml = mime == "image/svg+xml" and "<" in text
    return text.encode("utf-8", "replace") if is_xml else decode(text)


def decode(text: str) -> bytes:
    """Return the bytes of base64 text, empty if it is damaged."""
    try:
        return base64.b64decode("".join(text.split()) + "==", validate=False)
    except (binascii.Error, ValueError):
        return b""


def _safe_bitmap(content: bytes) -> tuple[bytes, str, tuple[float, float]] | None:
    """Return the bitmap in a format that browsers and Typst read, its ending and its size."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content)) as image:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            size = (float(image.width), float(image.height))
            ending = _SOUND.get(image.format or "")
            if size[0] * size[1] > _MOST_PIXELS:
                return None
            try:
                image.verify()  # a PNG's checksums, which Typst insists on
            except (OSError, SyntaxError, ValueError):
                ending = None
        return (content, ending, size) if ending else (_as_png(content), ".png", size)
    except Exception:  # Pillow raises many kinds for a damaged file
        return None


def _as_png(content: bytes) -> bytes:
    """Write a bitmap of another format, or a damaged one that browsers forgive, as PNG."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with Image.open(io.BytesIO(content)) as image:
            buffer = io.BytesIO()
            image.convert("RGBA").save(buffer, "PNG")
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
    return buffer.getvalue()


def _safe_svg(content: bytes) -> tuple[bytes, tuple[float, float]] | None:
    """Return a drawing as well-formed XML without entities, scripts or anything to load."""
    text = _REMOVED.sub("", content.decode("utf-8", "replace"))
    text = _ENTITY.sub(lambda match: unescape(match[0]), text)
    head = text[:4000]
    if _SVG_NAMESPACE not in head:
        text = text.replace("<svg", f'<svg xmlns="{_SVG_NAMESPACE}"', 1)
    if "xlink:" in text and "xmlns:xlink" not in head:
        text = text.replace("<svg", f'<svg xmlns:xlink="{_LINK_NAMESPACE}"', 1)
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        return None
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    if not root.tag.endswith("svg") or _expanded(root) > _MOST_NODES or not _small(root):
        return None
    searched = _BITMAP.sub('="#"', text)  # a megabyte is long to search
    if _LOADS.search(searched) or _RUNS.search(searched):
        text = _without_links(root)
    return text.strip().encode(), _svg_size(root)


def _links(node: Element) -> Iterable[tuple[str, str]]:
    return ((key, text) for key, text in node.items() if key.rpartition("}")[2] in ("href", "src"))


def _small(root: Element) -> bool:
    """Whether the pictures within a drawing are pictures, harmless and small enough."""
    links = (text for node in root.iter() for _, text in _links(node))
    return all(_is_safe(text) for text in links if text.startswith("data:"))


def _is_safe(uri: str) -> bool:
    kind, _, data = uri.partition(",")
    content = decode(unquote(data)) if "base64" in kind else unquote_to_bytes(data)
    if not kind.startswith("data:image/svg"):
        return _safe_bitmap(content) is not None
    text = content.decode("utf-8", "replace")
    return not (_LOADS.search(text) or _RUNS.search(text)) and _safe_svg(content) is not None


def _expanded(root: Element) -> int:
    """Count the nodes that a drawing has once each ``<use>`` is replaced by what it uses."""
    by_id = {node.get("id"): node for node in root.iter() if node.get("id")}
    counts: dict[Element, int] = {}

    def count(node: Element) -> int:
        if node not in counts:
            counts[node] = _MOST_NODES + 1  # if it uses itself
            used = [by_id.get(text[1:]) for _, text in _links(node) if node.tag.endswith("}use")]
            parts = [*node, *(target for target in used if target is not None)]
            counts[node] = 1 + sum(count(part) for part in parts)
        return counts[node]

    try:
        return count(root)
    except RecursionError:
        return _MOST_NODES + 1


def _without_links(root: Element) -> str:
    """Write a drawing without scripts, handlers and links to other files."""
    for node in root.iter():
        if node.tag.endswith("}script"):
            node.clear()
            node.tag = f"{{{_SVG_NAMESPACE}}}g"
        links = dict(_links(node))
        for key, text in list(node.items()):
            is_far = key in links and not re.match(r"\s*(#|data:image/)", text)
            if is_far or key.startswith("on") or _LOADS.search(text) or "\\" in text:
                del node.attrib[key]
        style = (node.text or "") if node.tag.endswith("}style") else ""
        if _LOADS.search(style) or "\\" in style:
            node.text = ""
    ElementTree.register_namespace("", _SVG_NAMESPACE)
    ElementTree.register_namespace("xlink", _LINK_NAMESPACE)
    return ElementTree.tostring(root, encoding="unicode")


def _svg_size(root: Element) -> tuple[float, float]:
    """Return the size of a drawing in CSS pixels, as a browser finds it."""
    width = pixels(root.get("width", ""))
    height = pixels(root.get("height", ""))
    box = [float(x) for x in re.findall(r"-?\d*\.?\d+(?:e-?\d+)?", root.get("viewBox", ""))]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        ratio = box[2] / box[3]
        if not width and not height:
            width = box[2]
        return (width or height * ratio, height or width / ratio)
    return (width or 300.0, height or 150.0)
