"""Notebooks of random pieces of Markdown and HTML: a page always comes out, and a harmless one."""

import re

from exporter_corpus import code, notebook, shown
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_markdown_cell, new_output

from hw.export.notebook.reading import Report
from hw.export.page import page

PIECES = [
    "<div>",
    "</div>",
    "<b>",
    "<table>",
    "<tr>",
    "<th rowspan=2>",
    "<td>",
    "</table>",
    "<svg>",
    "</svg>",
    "<svg/>",
    "<iframe>",
    "</iframe>",
    "<iframe src=x>",
    "<x-iframe>",
    "<video>",
    "</video>",
    "<embed>",
    "<object>",
    "</object>",
    "<style>",
    "</style>",
    "#a{color:red}",
    "<p id=a>",
    "<img src=x onerror=alert(1)>",
    "<img src=//e.org/x>",
    "<a href=#a>",
    "<a href=javascript:f()>",
    "</a>",
    "<h1>",
    "</h1>",
    "# T\n\n",
    "## S\n",
    "$x$",
    "$$",
    "\\(",
    "\n\n",
    "> ",
    "- ",
    "`",
    "```\n",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<math>",
    "<pre>",
    "</pre>",
    "<template>",
    "<noscript>",
    "&lt;",
    "&",
    "<",
    ">",
    '"',
    "'",
    "[a](#a)",
    "![](data:image/png;base64,xx)",
    "| a |\n|---|\n| 1 |\n",
    ":::{note}\n",
    ":::\n",
    "{#fig-x}",
    "@fig-x",
    "\0",
    "\ue000",
    "1\ue001",
    "\ue0001\ue001",
    "<input type=checkbox>",
    "<details>",
    "<font color=red>",
    "\x1b[31m",
]
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(markdown=TEXT, html=TEXT)
def test_a_page_always_comes_out_and_is_harmless(markdown, html):
    outputs = shown(html, html=html), new_output("stream", name="stdout", text=html)
    cells = notebook(new_markdown_cell(markdown), code(*outputs), new_markdown_cell("last words"))
    report = Report(cells, "name", ".")
    body = page(report).partition("<body>")[2]
    tags = "".join(re.findall("<[^>]*>", body))
    assert "last words" in body
    assert not [note for note in report.notes if "could not be read" in note]
    assert not re.search(
        r"<(script|iframe|x-|svg|style|template|noscript|video|object|embed)\b", tags
    )
    assert not re.search(r'\son\w+=|javascript:|\ssrc="(?!data:image/)', tags)
    assert body.count("<div") == body.count("</div")
    assert not re.search("[\ue000\ue001]", body)
