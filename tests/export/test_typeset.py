"""PDFs: what is on their pages, what they claim, and what becomes of what cannot be set."""

import io
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from hw.export.notebook.reading import Report
from hw.export.pdf import fonts
from hw.export.pdf.compiling import Block, Compilation
from hw.export.pdf.typeset import pdf

BLOCK = "application/vnd.hw.block+json"
TOP = 'show: report.with(name: "A title", words: (page: "", contents: "", abstract: ""))'
STANDARDS = ("ua-1", "a-2a")


def typeset(*cells: NotebookNode | str, code: str = "auto", lang: str = "") -> tuple[str, Report]:
    """Text of the PDF of some cells, strings being Markdown, and the report."""
    data, report = made(*cells, code=code, lang=lang)
    return text_of(data), report


def made(*cells: NotebookNode | str, code: str = "auto", lang: str = "") -> tuple[bytes, Report]:
    nodes = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    notebook = nbformat.from_dict(new_notebook(cells=nodes))
    report = Report(notebook, "notebook", Path("."), lang=lang)
    return pdf(report, code=code, standards=STANDARDS), report


def text_of(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def output(html: str) -> NotebookNode:
    return code_cell("x", new_output("display_data", data={"text/html": html, "text/plain": "-"}))


def code_cell(source: str, *outputs: NotebookNode) -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs), execution_count=7)


def stream(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


def own_table(rows: list[list[str]]) -> NotebookNode:
    block = {"kind": "table", "label": "scores", "caption": "Scores by class."}
    block |= {"columns": ["class", "F1"], "align": ["left", "right"], "rows": rows, "number": 1}
    return code_cell(
        "hw.table()", new_output("display_data", data={BLOCK: block, "text/plain": "-"})
    )


# what is claimed


def test_a_pdf_claims_both_standards_and_names_its_title_author_and_language() -> None:
    data, _ = made("---\ntitle: Ein Titel\nauthor: A. N. Author\nlang: de\n---\n\nWörter.")
    reader = PdfReader(io.BytesIO(data))
    assert b"pdfuaid:part" in data
    assert b"pdfaid:part" in data
    assert reader.metadata is not None
    assert reader.metadata.title == "Ein Titel"
    assert reader.metadata.author == "A. N. Author"
    assert reader.trailer["/Root"]["/Lang"] == "de"


def test_the_date_of_creation_is_the_report_s_and_bytes_are_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    data, _ = made("Words.")
    metadata = PdfReader(io.BytesIO(data)).metadata
    assert metadata is not None
    assert metadata.creation_date is not None
    assert metadata.creation_date.timestamp() == 1_700_000_000
    assert made("Words.")[0] == data


def test_a_few_characters_without_a_font_become_boxes_in_an_accessible_pdf() -> None:
    data, report = made("A cuneiform sign: 𒌋.")
    assert b"pdfuaid:part" in data
    assert "□" in text_of(data)
    assert any("No font has 𒌋" in note for note in report.notes)


def test_a_script_without_a_font_is_named_with_a_remedy_and_no_standard_is_claimed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    word = "中文字体测试内容太多"
    monkeypatch.setattr(fonts, "_covered", dict.fromkeys(word, False))
    data, report = made("First.", f"Words: {word}")
    assert b"pdfuaid:part" not in data
    (note,) = [note for note in report.notes if "No font" in note]
    assert note.startswith("cell 2: ")
    assert "Chinese" in note
    assert "fonts-noto-cjk" in note


# what Typst refuses


def compiled(*codes: str, parts: dict[str, str] | None = None) -> tuple[str, list[str]]:
    notes: list[str] = []
    blocks = [Block(code, str(n), parts or {}) for n, code in enumerate([TOP, *codes])]
    return text_of(Compilation(blocks, {}, STANDARDS, 0, notes).pdf()), notes


def test_a_formula_that_typst_refuses_is_its_source_and_the_words_around_it_stay() -> None:
    bad = 'math.equation($ unknown(x) $.body, block: false, alt: "x")'
    text, notes = compiled(
        '{"before "; ' + bad + '; " after"}', '"next"', parts={bad: r'raw("\\bad")'}
    )
    assert r"before \bad after" in text
    assert "next" in text
    assert notes == [
        "cell 1: A formula or picture could not be typeset; its source or words stand."
    ]


def test_a_block_that_typst_refuses_is_its_words_and_the_others_stay() -> None:
    text, notes = compiled('"first"', '{nonsense(); strong("the words")}', '"last"')
    assert "first" in text
    assert "the words" in text
    assert "last" in text
    assert notes == ["cell 2: A part could not be typeset; its words are shown without their form."]


def test_a_label_that_stands_twice_does_not_cost_the_pdf() -> None:
    label = '[#heading("Same")#label("x")]'
    text, _ = compiled(label, label, 'goto("x", "a link")', 'goto("nowhere", "no link")')
    assert "a link" in text
    assert "no link" in text


def test_markup_and_code_of_typst_in_a_notebook_are_words() -> None:
    hostile = '#read("/etc/passwd") $x$ *b* `c` @d <e> "f" \\"; panic("g")'
    cells = new_markdown_cell(hostile.replace("$x$", "")), code_cell(hostile, stream(hostile))
    text, report = typeset(*cells)
    assert text.count("panic") == 3
    assert not any("could not" in note for note in report.notes)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300 + "deep words" + "</div>" * 300,
        "<ul><li>" * 60 + "deep words" + "</li></ul>" * 60,
        "<table><tr><td>" * 40 + "deep words" + "</td></tr></table>" * 40,
        "<table><tr><td colspan=9999 rowspan=9999>deep words</td></tr></table>",
        "<p style='width:0%;color:rgb(999,0,0);text-align:middle'>deep words</p>",
    ],
    ids=["divisions", "lists", "tables", "spans", "styles"],
)
def test_html_of_any_shape_keeps_its_words(html: str) -> None:
    assert "deep words" in typeset(output(html))[0]


def test_a_word_of_sixty_thousand_letters_is_broken() -> None:
    text, report = typeset("x" * 60_000)
    assert text.replace(" ", "").count("x") == 60_000
    assert report.notes == []


# blocks


def test_a_long_output_is_shortened_visibly_and_the_note_names_its_cell() -> None:
    lines = "\n".join(f"line-{n}" for n in range(100))
    text, report = typeset("First.", code_cell("run()", stream(lines)))
    assert "line-0 " in text
    assert "line-99" in text
    assert "line-60 " not in text
    assert "45 lines left out" in text
    assert report.notes == ["cell 2: 45 lines of an output are left out of the PDF."]


def test_a_long_line_of_code_is_continued_with_a_sign() -> None:
    text, _ = typeset(code_cell("f(" + ", ".join(f"argument_{n}" for n in range(30)) + ")"))
    assert "↪" in text
    assert "argument_29" in text


def test_code_is_inline_in_any_notebook_and_left_out_of_our_reports() -> None:
    assert "y = 1" in typeset(code_cell("y = 1"))[0]
    assert "[7]" in typeset(code_cell("y = 1"))[0]
    ours = own_table([["shoe", "0.9"]])
    assert "hw.table" not in typeset(ours)[0]
    assert "hw.table" in typeset(ours, code="inline")[0]
    assert "hw.table" not in typeset(code_cell("hw.table()"), code="none")[0]


def test_an_appendix_holds_the_code_after_everything_else() -> None:
    text, _ = typeset("Before.", own_table([["shoe", "0.9"]]), "After.", code="appendix")
    assert text.index("After.") < text.index("hw.table()")


def test_our_reports_have_two_columns_others_one() -> None:
    words = "Some words of a paragraph that is long enough to need a line. " * 20

    def widest(data: bytes) -> int:
        lines = PdfReader(io.BytesIO(data)).pages[0].extract_text().split("\n")
        return max(map(len, lines))

    assert widest(made(words, own_table([["a", "1"]]))[0]) < 60 < widest(made(words)[0])


def test_a_contents_list_stands_only_in_a_long_report() -> None:
    part = "## A heading\n\n" + "Words that fill the page. " * 400
    assert "Contents" not in typeset(*[part] * 3)[0]
    text, report = typeset(*[part] * 12)
    assert "Contents" in text
    assert report.notes == []


def test_words_of_the_template_are_in_the_report_s_language() -> None:
    text, _ = typeset("Mots.", lang="fr")
    assert "page 1 sur 1" in text


def test_a_footnote_stands_once_at_the_foot_of_the_page() -> None:
    text, _ = typeset("Words[^a] and again[^a].\n\n[^a]: The note.\n\nLast words.")
    assert text.count("The note.") == 1
    assert text.index("The note.") > text.index("Last words.")


def test_links_within_the_notebook_have_a_target() -> None:
    data, _ = made("# Title\n\n[there](#Far-away)", "## Far away\n\nWords.")
    (page,) = PdfReader(io.BytesIO(data)).pages
    links = [note.get_object() for note in page.get("/Annots", [])]
    assert any("/Dest" in link or "/A" in link for link in links)


def test_grades_are_boxes_beside_the_author() -> None:
    block = {"kind": "title", "title": "T", "author": "A. N. Author", "exercises": ["1", "2"]}
    cell = code_cell("x", new_output("display_data", data={BLOCK: block, "text/plain": "-"}))
    text, _ = typeset(cell)
    assert "A. N. Author" in text
    assert "Total" in text


def test_a_title_with_a_formula_that_fails_keeps_its_words() -> None:
    bad = 'math.equation($ unknown(x) $.body, block: false, alt: "x")'
    notes: list[str] = []
    top = TOP.replace("name:", 'title: {"Title "; ' + bad + "}, name:")
    blocks = [Block(top, "", {bad: 'raw("x")'}), Block('"words"', "1", {})]
    assert "Title x" in text_of(Compilation(blocks, {}, STANDARDS, 0, notes).pdf())
    assert notes


def test_paper_may_have_the_american_size() -> None:
    report = Report(new_notebook(cells=[new_markdown_cell("Words.")]), "notebook", Path("."))
    box = PdfReader(io.BytesIO(pdf(report, paper="us-letter"))).pages[0].mediabox
    assert (float(box.width), float(box.height)) == (612, 792)
