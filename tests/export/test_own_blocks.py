"""Reports of this package: abstract, result, provenance, widths, what is left out."""

import io
import re

import pypdf
import pytest
from exporter_corpus import code, figure, notebook, shown, table
from nbformat.v4 import new_markdown_cell, new_output

from hw.export.exporters import HomeworkHTMLExporter, HomeworkPDFExporter
from hw.export.notebook.reading import Report
from hw.export.page import page

RESULT = {"number": "0.9138", "what": "test accuracy", "rows": [["published", "0.9010"]]}
PROVENANCE = [["code", "commit 7d98754"], ["seeds", "0, 1, 2"]]
BAR = "100%|████| 50/50 [00:10<00:00, 5.00epoch/s]\n"


def _block(kind, **content):
    return shown("x", block={"kind": kind, **content})


def _html(*cells):
    return HomeworkHTMLExporter().from_notebook_node(notebook(*cells))[0]


def _text(*cells):
    pdf = HomeworkPDFExporter().from_notebook_node(notebook(*cells))[0]
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return [" ".join(text.split()) for text in pages]


@pytest.fixture
def report():
    """A report whose abstract and result are computed at its end."""
    return [
        new_markdown_cell("# Title\n\n## Data\n\nwords"),
        code(figure(), table([["1", "2"]])),
        code(_block("provenance", rows=PROVENANCE, short=["code 7d98754"])),
        code(_block("abstract", text="It is *good*: @fig-one."), _block("result", **RESULT)),
    ]


def test_abstract_and_result_stand_on_top_and_provenance_at_the_end(report):
    html = _html(*report)
    assert re.search(
        r'class="abstract">.*<em>good</em>: <a [^>]*href="#fig-one"[^>]*>Figure 1</a>'
        r'.*class="number">0\.9138<.*published</dt><dd>0\.9010<.*<main.*words.*Provenance</h2>'
        r"<dl><dt>code</dt><dd>commit 7d98754</dd>",
        html,
        re.DOTALL,
    )
    (page,) = _text(*report)
    assert re.search(r"Abstract\. It is good: Figure 1.*0\.9138.*published.*words", page)
    assert re.search(r"Provenance.*code.*commit 7d98754.*seeds.*0, 1, 2.*code 7d98754", page)


def test_sections_without_content_and_progress_bars_are_left_out_of_our_reports_only(report):
    bar = code(new_output("stream", name="stderr", text=BAR))
    empty = [new_markdown_cell("## Comparison"), bar, new_markdown_cell("### Deeper\n\n## Next")]
    html = _html(*empty, *report, new_markdown_cell("## Last"))
    assert not re.search("Comparison|Deeper|Next</h2>|Last|epoch/s", html)
    assert "Data</h2>" in html
    foreign = _html(*empty)
    assert re.search("Comparison.*epoch/s.*Deeper.*Next</h", foreign, re.DOTALL)


def test_a_heading_with_nothing_under_it_is_named_but_not_one_whose_provenance_moved():
    figures, appendix = code(figure()), code(_block("provenance", rows=PROVENANCE))
    empty, heading = new_markdown_cell("## Empty\n\n## Data"), new_markdown_cell("## Appendix")
    read = Report(notebook(empty, figures, heading, appendix), "file", ".")
    assert read.notes == ["cell 1: The heading Empty is left out: nothing follows it."]
    html = page(read)
    assert "Data</h2>" in html
    assert "Appendix</h2>" not in html


def test_captions_are_markdown_whose_tags_are_text(report):
    caption = "**Seen** in @tab-scores, with $x^2$ and <b>tags</b>"
    html = _html(*report[:1], code(figure(caption=caption), table([["1", "2"]])))
    assert "<strong>Seen</strong> in <a" in html
    assert "<math" in html
    assert "&lt;b&gt;tags&lt;/b&gt;" in html


def test_narrow_neighbours_share_a_line_of_the_page():
    narrow = [figure(label=label) for label in "abc"]
    html = _html(code(narrow[0]), code(narrow[1]), new_markdown_cell("words"), code(narrow[2]))
    assert re.search(
        r'<div class="pair"><figure [^>]*id="fig-a".*<figure [^>]*id="fig-b".*</figure></div>'
        r'.*words.*</div><details.*</details><figure [^>]*id="fig-c"',
        html,
        re.DOTALL,
    )


def test_cells_span_rows_and_heads_span_columns():
    block = {
        "columns": ["system", "ours", "theirs"],
        "over": ["", "loss", "loss"],
        "align": ["left", "right", "right"],
        "rows": [["a", "1", "2"], ["a", "3", "4"], ["mean", "2", "3"]],
        "spans": [[2, 1, 1], [0, 1, 1], [1, 1, 1]],
        "foot": 1,
    }
    html = _html(code(_block("table", label="t", number=1, caption="c", **block)))
    assert re.search(r'<tr class="group"><td style="text-align:left" rowspan="2">a</td>', html)
    assert re.search(r'<th [^>]*colspan="2"[^>]*>loss</th>', html)
    assert re.search(r"<tfoot><tr[^>]*><td[^>]*>mean</td>", html)


def test_cards_link_to_the_page_the_pdf_and_the_notebook_of_a_report():
    card = {"name": "a b", "title": "Good & <b>new</b>", "number": "0.9", "what": "accuracy"}
    card |= {"against": "published 0.8", "verdict": "beaten", "picture": "", "alt": ""}
    cell = code(_block("cards", cards=[card]))
    html = _html(cell)
    assert re.search(r'href="a%20b\.html">Good &amp; &lt;b&gt;new', html)
    assert re.findall(r'href="(a%20b\.\w+)"', html)[1:] == [
        "a%20b.html",
        "a%20b.pdf",
        "a%20b.ipynb",
    ]
    (page,) = _text(cell)
    assert re.search(r"Good & <b>new</b>.*0\.9 accuracy.*published 0\.8.*beaten", page)
