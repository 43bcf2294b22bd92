"""The exporters: everything is shown, nothing is fetched, nothing injected."""

import base64
import io
import re
import subprocess
import sys

import nbformat
import pypdf
import pytest
from exporter_corpus import (
    HOSTILE,
    code,
    everything,
    figure,
    frame,
    notebook,
    picture,
    shown,
    table,
    title,
)
from nbformat.v4 import new_markdown_cell

from hw.export.exporters import HomeworkHTMLExporter, HomeworkPDFExporter


def _html(cells, **traits):
    return HomeworkHTMLExporter(**traits).from_notebook_node(cells)[0]


def _pdf(cells, **traits):
    return HomeworkPDFExporter(**traits).from_notebook_node(cells)[0]


def _read(pdf):
    return pypdf.PdfReader(io.BytesIO(pdf))


def _text(pdf):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in _read(pdf).pages))


def _right_ends(page):
    """Where the pieces of a page's text end at the latest, in points from the left: each is thought to be empty."""
    ends = []
    page.extract_text(
        visitor_text=lambda text, _, matrix, *rest: ends.append(matrix[4]) if text.strip() else None
    )
    return ends


@pytest.fixture(scope="module")
def html():
    return _html(everything())


@pytest.fixture(scope="module")
def pdf():
    return _pdf(everything())


BOTH = [
    "The title", "Introduction.", "nested", "cell one", "cell two", "The footnote.", "inline code", "def fenced()",
    "quoted",
    "html cell", "plain result", "json value", "emphasised output", "Widget(value=3)",
    "An interactive widget is shown as text",
    "An output of type application/x-unheard-of is not shown", "red text", "100% done", "row 0", "row 499",
    "440 lines left out", "…/run.py:3", "A caption", "Figure 1.", "Table 1.", "Scores", "coat",
    "Beware of the stand-in.",
    "0.500", "column 0", "1/23", "89/2", "By (1) all is well, by \\eqref{eq:none} nothing.",
    "raw words", "A raw cell (no format) is not shown", "ελληνικά",
]  # fmt: skip


@pytest.mark.parametrize("words", BOTH)
def test_everything_is_shown_in_both(words, html, pdf):
    plain = re.sub(r"<[^>]*>", "", html)
    assert words in re.sub(r"\s+", " ", plain)
    assert words in _text(pdf)


@pytest.mark.parametrize("words", ["10%", "row 250", "/home/someone", "\x1b"])
def test_what_a_terminal_would_not_show_is_gone(words, html, pdf):
    assert words not in html
    assert words not in _text(pdf)


def test_html_asks_for_nothing_and_runs_nothing(html):
    assert "<script" not in html
    assert not re.search(r'\b(src|srcset|poster|data|action)="(?!data:image/)', html)
    assert not re.search(r"<link|@import|url\(|<iframe|<object|<embed", html)
    assert not re.search(r"<[^>]+\son\w+=", html)


def test_remote_images_become_links(html, pdf):
    assert (
        '<a href="https://example.org/picture.png" rel="noreferrer">far (image, not included)</a>'
        in html
    )
    assert "far (image, not included)" in _text(pdf)


def test_equations_are_mathml(html):
    assert html.count("<math") == 4
    assert "<mfrac>" in html


def test_html_has_landmarks_contents_and_described_images(html):
    assert all(f"<{tag}" in html for tag in ("header", "nav", "main"))
    for name in re.findall(r'<li class="level-\d"><a href="#([^"]+)"', html):
        assert f'id="{name}"' in html
    assert html.count("<img") == 7
    assert len(re.findall(r'<img [^>]*alt="[^"]+"', html)) == 7


def test_code_is_folded_in_html_and_left_out_of_the_pdf(html, pdf):
    assert re.search(r'<details class="code"><summary>Code</summary>.*secret_code', html)
    assert "secret_code" not in _text(pdf)
    assert "secret_code" in _text(_pdf(everything(), exclude_input=False))
    assert "secret_code" not in _html(everything(), exclude_input=True)


def test_links_find_the_figure_and_unknown_ones_do_no_harm(html, pdf):
    assert '<a href="#fig-one"' in html
    assert 'id="fig-one"' in html
    targets = [
        annotation.get_object()
        for page in _read(pdf).pages
        for annotation in page.get("/Annots") or []
        if "/URI" not in str(annotation.get_object())
    ]
    assert targets


def test_pages_are_counted(pdf):
    pages = _read(pdf).pages
    assert f"page 2 of {len(pages)}" in pages[1].extract_text()


def test_pdf_has_metadata_bookmarks_tags_and_embedded_fonts():
    pdf = _pdf(
        notebook(
            code(title(title="My report", author="Ada")),
            new_markdown_cell("# H\n\n## One\n\n## Two"),
        )
    )
    reader = _read(pdf)
    assert (reader.metadata.title, reader.metadata.author) == ("My report", "Ada")
    assert [item.title for item in reader.outline] == ["One", "Two"]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    for font in reader.pages[0]["/Resources"]["/Font"].values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert any(
            name.startswith("/FontFile") for name in descendant["/FontDescriptor"].get_object()
        )


def test_vector_figures_stay_vectors():
    reader = _read(_pdf(notebook(code(figure()))))
    assert not any(page.images for page in reader.pages)


def test_title_block_comes_from_the_notebook_where_nothing_is_given():
    cells = notebook(new_markdown_cell("# From `the` heading\n\nText"), authors=[{"name": "Grace"}])
    html = _html(cells)
    assert "<title>From the heading</title>" in html
    assert html.count("From the heading") == 2
    assert '<span class="author">Grace</span>' in html


def test_a_grade_table_is_on_the_first_page_where_exercises_are_given():
    cells = notebook(
        code(title(title="My report", exercises=["Training", "Analysis"])),
        new_markdown_cell("Text"),
    )
    assert re.search(
        r"<th scope=.col.>Training</th><th scope=.col.>Analysis</th><th scope=.col.>Total</th>",
        _html(cells),
    )
    assert "Exercise Training Analysis Total" in _text(_pdf(cells))
    assert "Total" not in _html(notebook(code(title(title="My report"))))


def test_a_page_links_to_the_pdf_and_the_notebook_beside_it_if_asked_to():
    resources = {"metadata": {"path": ".", "name": "my report"}}
    html = HomeworkHTMLExporter(links=True).from_notebook_node(notebook(), resources)[0]
    assert re.findall(r'class="files">.*?href="([^"]*)".*?href="([^"]*)"', html) == [
        ("my%20report.pdf", "my%20report.ipynb")
    ]
    assert 'class="files"' not in _html(notebook())


@pytest.mark.parametrize(
    "place", ["title", "author", "caption", "label", "cell", "text", "banner", "name"]
)
def test_markup_in_data_stays_text(place):
    words = HOSTILE
    outputs = {
        "title": title(title=words),
        "author": title(author=words),
        "caption": figure(caption=words),
        "label": figure(label=words),
        "cell": table([[words, words]]),
        "text": shown(words),
        "banner": shown("b", block={"kind": "banner", "text": words}),
        "name": shown(**{words: "x"}),
    }
    html, pdf = _html(notebook(code(outputs[place]))), _pdf(notebook(code(outputs[place])))
    assert "<script" not in html
    assert "<b>line" not in html
    if place != "label":
        assert "&lt;script&gt;alert(1)" in html
        assert '#read("/etc/passwd")' in _text(pdf).replace("“", '"').replace("”", '"')
    assert "root:" not in _text(pdf)


@pytest.mark.parametrize(
    "source",
    ['```{=typst}\n#read("/etc/passwd")\n```', '`#read("x")`{=typst}', '#read("x")', "#panic()"],
)
def test_typst_in_markdown_stays_text(source):
    assert "#" in _text(_pdf(notebook(new_markdown_cell(source))))


@pytest.mark.parametrize(
    "source",
    [
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "<style>*{background:url(http://e.org)}</style>",
        '<svg onload="alert(1)"><script>1</script></svg>',
        '<iframe src="http://e.org"></iframe>',
        '<a href="data:text/html,<b>x</b>">x</a>',
        "<math><mtext><script>alert(1)</script></mtext></math>",
    ],
)
def test_hostile_html_is_made_harmless_in_markdown_and_in_outputs(source):
    body = _html(notebook(new_markdown_cell(source), code(shown("x", html=source)))).partition(
        "<body>"
    )[2]
    assert not re.search(
        r"<script|onerror|onload|javascript:|href=.data:|<style|<iframe|url\(", body
    )


def test_a_picture_that_is_none_leaves_a_note_and_the_rest_stands():
    broken = shown("x", svg="<svg this is no picture")
    text = _text(
        _pdf(notebook(new_markdown_cell("## Before"), code(broken), new_markdown_cell("## After")))
    )
    assert "Before" in text
    assert "Could not be typeset (image" in text
    assert "After" in text


def test_long_tables_run_over_pages_with_their_header_and_short_ones_stay_whole():
    rows = [[f"row {n}", str(n)] for n in range(100)]
    pages = [page.extract_text() for page in _read(_pdf(notebook(code(table(rows))))).pages]
    assert len(pages) > 1
    assert all("class" in page for page in pages)


@pytest.mark.parametrize("columns", [3, 12, 40])
def test_tables_of_others_keep_to_the_page_and_repeat_their_header(columns):
    pages = _read(_pdf(notebook(code(shown("frame", html=frame(120, columns)))))).pages
    assert len(pages) > 1
    assert all("column 0" in re.sub(r"\s+", " ", page.extract_text()) for page in pages)
    assert max(_right_ends(pages[0])) < float(pages[0].mediabox.width)


def test_an_output_in_pdf_is_set_in_the_pdf_and_can_be_saved_from_the_page():
    cells = notebook(code(shown("<Figure>", pdf=picture("pdf"))))
    saved = re.search(r'href="data:application/pdf;base64,([^"]*)" download=', _html(cells))
    assert base64.b64decode(saved[1]).startswith(b"%PDF")
    assert "Could not be typeset" not in _text(_pdf(cells))


def test_labelled_equations_are_numbered_and_their_references_name_the_number():
    cells = notebook(
        new_markdown_cell("$$a = b \\label{one}$$\n\nSee \\eqref{two}."),
        new_markdown_cell("\\begin{align}\nc &= d \\\\\ne &= f \\label{two}\n\\end{align}"),
    )
    html = _html(cells)
    assert "See (2)." in html
    assert "See (2)." in _text(_pdf(cells))
    assert [html.count(f">({n})</mtext>") for n in (1, 2, 3)] == [1, 1, 0]


def test_html_of_a_notebook_that_is_trusted_is_let_through():
    cells = notebook(code(shown("x", html="<style>p {color: red}</style><p onclick='f()'>x</p>")))
    assert "onclick" in _html(cells, trusted=True)
    assert "onclick" not in _html(cells)


def test_cells_are_left_out_by_their_tags():
    cells = notebook(
        code(shown("first output"), source="first_code", tags=["remove-cell"]),
        code(shown("second output"), source="second_code", tags=["remove-input"]),
        code(shown("third output"), source="third_code", tags=["remove-output"]),
    )
    html = _html(cells)
    assert "first" not in html
    assert "second output" in html
    assert "second_code" not in html
    assert "third_code" in html
    assert "third output" not in html


def test_the_same_notebook_gives_the_same_bytes():
    assert _pdf(everything()) == _pdf(everything())
    assert _html(everything()) == _html(everything())


def test_letter_paper_is_letter_sized():
    assert [
        float(side) for side in _read(_pdf(notebook(), paper="us-letter")).pages[0].mediabox[2:]
    ] == [612, 792]


def test_images_outside_the_notebooks_folder_are_not_read(tmp_path):
    (tmp_path / "inside.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    (tmp_path / "book").mkdir()
    (tmp_path / "book/near.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
    )
    cells = notebook(new_markdown_cell("![a](near.svg) ![b](../inside.svg) ![c](missing.svg)"))
    resources = {"metadata": {"path": str(tmp_path / "book"), "name": "x"}}
    html = HomeworkHTMLExporter().from_notebook_node(cells, resources)[0]
    assert html.count("data:image/svg+xml") == 1
    assert "is not included" in _text(HomeworkPDFExporter().from_notebook_node(cells, resources)[0])


def test_html_is_small_besides_its_images(html):
    assert len(re.sub(r"data:[^\"]*", "", html)) < 60_000


@pytest.mark.parametrize("target", ["html", "pdf"])
def test_the_exporters_are_commands_of_nbconvert(target, tmp_path):
    nbformat.write(everything(), tmp_path / "book.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", f"homework-{target}", "book.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / f"book.{target}").stat().st_size > 10_000


def test_plain_nbconvert_takes_our_notebooks_too(quick_classifier):
    from nbconvert import HTMLExporter

    html = HTMLExporter().from_filename(str(quick_classifier))[0]
    assert "<strong>Figure 1.</strong>" in html


def test_a_real_report_renders_in_both(quick_classifier):
    cells = nbformat.read(quick_classifier, as_version=4)
    html, text = _html(cells), _text(_pdf(cells))
    for words in ("Ada", "Deep Learning", "Confusion matrix of the test images", "Provenance"):
        assert words in html
        assert words in text
    assert "<script" not in html
    assert "could not be typeset" not in text.lower()
    assert "page 2 of" in text
