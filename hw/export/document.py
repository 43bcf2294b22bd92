"""A notebook read into a list of pieces, which both exporters typeset: what comes in which order, and nothing of looks.

A piece is a dict with a ``kind``; images are names in ``Document.files``. All texts are data, never markup, but for
``markdown`` and ``html``, whose readers decide what to let through.
"""

import base64
import binascii
import json
import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from nbconvert.filters import strip_ansi

from hw.report import BLOCK_MIME

LONGEST_STREAM = 60  # lines of one output; what is left out is counted
_ENDINGS = {
    "image/svg+xml": ".svg",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
}
_PICTURES = _ENDINGS.keys() - {"application/pdf"}  # what Markdown may name


@dataclass
class Document:
    """What a report consists of.

    Attributes
    ----------
    front : dict
        ``title``, and as far as given ``author course student_number date`` and the list ``exercises``.
    banners : list[str]
        Warnings for the top of the report.
    pieces : list[dict]
        In order.
    files : dict[str, bytes]
        Images by the names that pieces and Markdown use.
    alts : dict[str, str]
        What the images in Markdown show, by the same names.
    """

    front: dict = field(default_factory=dict)
    banners: list = field(default_factory=list)
    pieces: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    alts: dict = field(default_factory=dict)

    def keep(self, content, mime):
        """Keep an image and return its name."""
        name = f"image-{len(self.files) + 1}{_ENDINGS[mime]}"
        self.files[name] = content
        return name


def read_document(notebook, stem, folder):
    """Read a notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed or not.
    stem : str
        Name of its file without the ending: the title where nothing better is found.
    folder : str or Path
        Its folder: images that Markdown names are read only from within it.

    Returns
    -------
    Document
    """
    document = Document()
    for cell in notebook.cells:
        _CELLS.get(cell.cell_type, _read_unknown_cell)(document, cell, Path(folder))
    heading = _take_first_heading(document)
    authors = ", ".join(author.get("name", "") for author in notebook.metadata.get("authors", []))
    fallback = {"title": notebook.metadata.get("title") or heading or stem, "author": authors}
    document.front = {name: text for name, text in (fallback | document.front).items() if text}
    return document


def _read_markdown_cell(document, cell, folder):
    text = _with_local_images(document, cell.source, cell.get("attachments", {}), folder)
    document.pieces.append({"kind": "markdown", "text": text})


def _read_code_cell(document, cell, folder):
    if cell.source.strip() and not cell.metadata.get("transient", {}).get("remove_source"):
        tags = cell.metadata.get("tags", [])
        summary = next((name for tag, name in _CODE_NAMES.items() if tag in tags), "Code")
        document.pieces.append({"kind": "code", "source": cell.source, "summary": summary})
    for output in cell.get("outputs", []):
        _OUTPUTS.get(output.output_type, _read_unknown_output)(document, output)


def _read_raw_cell(document, cell, folder):
    mime = cell.metadata.get("raw_mimetype") or cell.metadata.get("format") or "no format"
    if mime in ("text/markdown", "text/html"):
        document.pieces.append({"kind": mime.removeprefix("text/"), "text": cell.source})
    elif cell.source.strip():
        _note(document, f"A raw cell ({mime}) is not shown.")


def _read_unknown_cell(document, cell, folder):
    _note(document, f"A cell of the unknown type {cell.cell_type!r} is not shown.")


def _read_stream(document, output):
    lines = [line for line in strip_ansi("".join(output.text)).split("\n") if line.strip()]
    if len(lines) > LONGEST_STREAM:
        half = LONGEST_STREAM // 2
        left_out = f"… {len(lines) - 2 * half} lines left out …"
        lines = [*lines[:half], left_out, *lines[-half:]]
    if lines:
        document.pieces.append({"kind": "text", "text": "\n".join(lines), "stream": output.name})


def _read_error(document, output):
    trace = strip_ansi("\n".join(output.traceback)) or f"{output.ename}: {output.evalue}"
    document.pieces.append({"kind": "error", "text": shorten_paths(trace)})


def _read_data(document, output):
    for mime, read in _MIMES.items():
        if mime in output.data:
            read(document, output.data[mime], mime, output)
            return
    _note(document, f"An output of type {', '.join(output.data) or 'nothing'} is not shown.")


def _read_unknown_output(document, output):
    _note(document, f"An output of the unknown type {output.output_type!r} is not shown.")


def _read_block(document, block, mime, output):
    _BLOCKS.get(block.get("kind"), _read_unknown_block)(document, dict(block), output)


def _read_figure(document, block, output):
    encoded = re.search(
        r'src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"', output.data.get("text/html", "")
    )
    if encoded is None:
        _note(document, f"Figure {block.get('number')} has no image.")
        return
    document.pieces.append(
        block | {"file": document.keep(base64.b64decode(encoded[1]), "image/svg+xml")}
    )


def _read_title(document, block, output):
    document.front |= {name: text for name, text in block.items() if name in _FRONT and text}


def _read_banner(document, block, output):
    document.banners.append(block["text"])


def _read_unknown_block(document, block, output):
    _note(document, f"A block of the unknown kind {block.get('kind')!r} is not shown.")


def _append(document, block, output):
    document.pieces.append(block)


def _read_image(document, content, mime, output):
    content = "".join(content)
    if mime == "image/svg+xml":
        content = content.encode()
    else:
        try:
            content = base64.b64decode(content, validate=False)
        except binascii.Error:
            _note(document, f"An image ({mime}) is damaged and not shown.")
            return
    alt = (
        output.metadata.get("alt")
        or output.metadata.get(mime, {}).get("alt")
        or "an output without a description"
    )
    document.pieces.append({"kind": "image", "file": document.keep(content, mime), "alt": alt})


def _read_markdown(document, content, mime, output):
    text = "".join(content)
    if mime == "text/latex" and not text.lstrip().startswith("$") and "\\begin" not in text:
        text = f"$${text}$$"
    document.pieces.append({"kind": "markdown", "text": text})


def _read_html(document, content, mime, output):
    document.pieces.append({"kind": "html", "text": "".join(content)})


def _read_json(document, content, mime, output):
    text = json.dumps(content, indent=1, ensure_ascii=False)
    document.pieces.append({"kind": "text", "text": text, "stream": "stdout"})


def _read_text(document, content, mime, output):
    document.pieces.append(
        {"kind": "text", "text": strip_ansi("".join(content)), "stream": "stdout"}
    )


def _read_widget(document, content, mime, output):
    if "text/plain" in output.data:
        _read_text(document, output.data["text/plain"], mime, output)
    _note(document, "An interactive widget is shown as text: it lives only in a running notebook.")


_FRONT = ("title", "author", "course", "student_number", "date", "exercises")
_CODE_NAMES = {"injected-parameters": "Parameters given", "parameters": "Parameters"}
_CELLS = {"markdown": _read_markdown_cell, "code": _read_code_cell, "raw": _read_raw_cell}
_OUTPUTS = {
    "stream": _read_stream,
    "error": _read_error,
    "display_data": _read_data,
    "execute_result": _read_data,
}
_BLOCKS = {
    "figure": _read_figure,
    "table": _append,
    "title": _read_title,
    "banner": _read_banner,
    "results": _append,
}
_MIMES = {  # the first that an output has is shown
    BLOCK_MIME: _read_block,
    "application/vnd.jupyter.widget-view+json": _read_widget,
    **dict.fromkeys(_ENDINGS, _read_image),
    **dict.fromkeys(("text/markdown", "text/latex"), _read_markdown),
    "text/html": _read_html,
    "application/json": _read_json,
    "text/plain": _read_text,
}


def _note(document, text):
    document.pieces.append({"kind": "note", "text": text})


def _take_first_heading(document):
    """Take the level-one heading that opens the notebook out of the pieces and return its text."""
    for piece in document.pieces:
        if piece["kind"] != "markdown":
            continue
        first, _, rest = piece["text"].lstrip().partition("\n")
        if first.startswith("# "):
            piece["text"] = rest
            return re.sub(r"[*`_]", "", first.removeprefix("# ")).strip()
        return None
    return None


def _with_local_images(document, source, attachments, folder):
    """Markdown in which images are named as in ``Document.files``, and remote ones are links."""

    def rename(match):
        alt, target = match[1], match[2]
        if "://" in target:
            return f"[{alt or 'image'} (image, not included)]({target})"
        content, mime = _find_image(target, attachments, folder)
        if content is None:
            return match[0]
        name = document.keep(content, mime)
        document.alts[name] = alt
        return f"![{alt}]({name})"

    return re.sub(r"!\[([^\]]*)\]\(([^)\s]+)\)", rename, source)


def _find_image(target, attachments, folder):
    """Bytes and MIME type of an image that Markdown names, or (None, None)."""
    if target.startswith("attachment:"):
        for mime, content in attachments.get(
            unquote(target.removeprefix("attachment:")), {}
        ).items():
            if mime in _PICTURES:
                return base64.b64decode("".join(content)), mime
        return None, None
    mime = mimetypes.guess_type(target)[0]
    if mime not in _PICTURES:
        return None, None
    path = (folder / unquote(target)).resolve()
    if path.is_relative_to(folder.resolve()) and path.is_file():
        return path.read_bytes(), mime
    return None, None


def shorten_paths(text):
    """Text in which absolute paths of files keep only their names: they tell about a machine, not about the report."""
    return re.sub(r"(?<![\w.:/<])(?:/|[A-Za-z]:\\)[^\s:'\"<>|]*[/\\]([\w.-]+)", r"…/\1", text)
