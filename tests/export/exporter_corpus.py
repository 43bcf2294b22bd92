"""Notebooks that other people might write, for the exporters: every kind of cell and output, and hostile ones."""

import base64
import io
import time

import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from PIL import Image

from hw.report import BLOCK_MIME

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="red"/></svg>'
HOSTILE = '<script>alert(1)</script> #read("/etc/passwd") #import "x" @x $y$ \\input{z} "quotes" \\ *b* \n<b>line</b>'


def picture(kind="png"):
    """A small picture as Pillow writes it, in base64; a PDF would carry the time, so it gets a fixed one."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "blue").save(
        buffer, kind, creationDate=time.gmtime(0), modDate=time.gmtime(0)
    )
    return base64.b64encode(buffer.getvalue()).decode()


def _styled():
    """The HTML of a styled DataFrame."""
    return (
        pd.DataFrame({"styled": [0.5]})
        .style.set_uuid("x")
        .format("{:.3f}")
        .highlight_max()
        .to_html()
    )


def frame(n_rows, n_columns):
    """The HTML of a DataFrame."""
    columns = [f"column {c}" for c in range(n_columns)]
    return pd.DataFrame(
        [[f"{r}/{c}" for c in range(n_columns)] for r in range(n_rows)], columns=columns
    ).to_html()


def notebook(*cells, **metadata):
    """A notebook of these cells."""
    return new_notebook(cells=list(cells), metadata=metadata)


def code(*outputs, source="secret_code = 1", tags=()):
    """A code cell with these outputs."""
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def shown(plain="", **data):
    """A display output; underscores in MIME types stand for slash and plus: ``image_png``."""
    names = {
        "html": "text/html",
        "markdown": "text/markdown",
        "latex": "text/latex",
        "json": "application/json",
    }
    names |= {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
    names |= {"svg": "image/svg+xml", "pdf": "application/pdf", "block": BLOCK_MIME}
    mimes = {names.get(name, name): content for name, content in data.items()}
    return new_output("display_data", data=mimes | ({"text/plain": plain} if plain else {}))


def figure(caption="A caption", label="one", number=1, alt="what it shows", svg=SVG):
    """A figure block."""
    image = base64.b64encode(svg.encode("utf-8", "replace")).decode()
    block = {"kind": "figure", "number": number, "label": label, "caption": caption, "alt": alt}
    return shown(
        "Figure",
        block=block,
        html=f'<figure><img src="data:image/svg+xml;base64,{image}"></figure>',
    )


def table(rows, caption="Scores", label="scores", columns=("class", "n")):
    """A table block."""
    block = {
        "kind": "table",
        "number": 1,
        "label": label,
        "caption": caption,
        "columns": list(columns),
    }
    return shown("Table", block=block | {"align": ["left", "right"], "rows": rows})


def title(**words):
    """A title block."""
    return shown("title", block={"kind": "title", **words})


def everything():
    """One notebook with one of each."""
    markdown = [
        "# The *title*\n\nIntroduction.",
        "## Lists\n\n- one\n  - nested\n\n1. first\n\n- [ ] task",
        "Inline $a_k$ and\n$$\\frac{1}{2}$$\n\n\\begin{align}\na &= b \\label{eq:x}\\\\\nc &= d\n\\end{align}\n\n"
        "By \\eqref{eq:x} all is well, by \\eqref{eq:none} nothing.",
        "## Table\n\n| left | right |\n|:--|--:|\n| cell one | cell two |",
        "A [link](https://example.org), a note[^1], ~~gone~~, `inline code`, see [it](#fig-one), [x](#fig-none).\n\n"
        "[^1]: The footnote.",
        "```python\ndef fenced():\n    pass",  # left open on purpose
        "> quoted\n\n---\n\n中文, العربية, ελληνικά, 🙂",
        "![far](https://example.org/picture.png) and <b>bold</b><script>alert(1)</script>",
        "## Last\n\n" + "x" * 300,
        "## Even later\n\n### Deep",
    ]
    outputs = [
        shown("<Figure>", png=picture()),
        *(shown("<Figure>", **{kind: picture(kind)}) for kind in ("jpeg", "gif", "webp", "pdf")),
        shown("<Styler>", html=_styled()),
        shown("wide", html=frame(2, 24)),
        shown("long", html=frame(90, 3)),
        shown("y" * 400),
        shown(svg=SVG),
        shown("frame", html="<table><tr><th>h</th></tr><tr><td>html cell</td></tr></table>"),
        shown("plain result"),
        shown(json={"key": "json value"}),
        shown(latex="\\alpha + \\beta"),
        shown(markdown="*emphasised output*"),
        shown("Widget(value=3)", **{"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}),
        shown(**{"application/x-unheard-of": "?"}),
        new_output("stream", name="stdout", text="\x1b[31mred text\x1b[0m\n"),
        new_output("stream", name="stderr", text="\r 10%\r 50%\r100% done\n"),
        new_output("stream", name="stdout", text="".join(f"row {n}\n" for n in range(500))),
        new_output(
            "error",
            ename="ValueError",
            evalue="bad",
            traceback=["File /home/someone/secret/project/run.py:3", "\x1b[1mbad\x1b[0m"],
        ),
        figure(),
        table([["shirt", "1"], ["coat", "2"]]),
        shown("banner", block={"kind": "banner", "text": "Beware of the stand-in."}),
        shown("results", block={"kind": "results", "results": {"accuracy": 0.5}}),
    ]
    attachment = new_markdown_cell(
        "![seen](attachment:a.png)", attachments={"a.png": {"image/png": picture()}}
    )
    raw = [
        new_raw_cell("raw *words*", metadata={"raw_mimetype": "text/markdown"}),
        new_raw_cell("\\latex only"),
    ]
    return notebook(*map(new_markdown_cell, markdown), attachment, *raw, code(*outputs))
