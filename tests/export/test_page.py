"""The page: complete by itself, readable by everyone, and the tree as before."""

import re

import pytest
from exporter_corpus import (
    HOSTILE,
    code,
    everything,
    figure,
    notebook,
    picture,
    shown,
    table,
    title,
)
from nbformat.v4 import new_markdown_cell, new_output, new_raw_cell

from hw.export.notebook.reading import Report
from hw.export.page import page
from hw.export.tree import serialise


def _page(*cells, **options):
    return page(Report(notebook(*cells), "file", ".", **options))


@pytest.fixture(scope="module")
def html():
    return page(Report(everything(), "file", "."))


def test_writing_a_page_changes_nothing():
    report = Report(everything(), "file", ".")
    before = serialise(report.main)
    assert page(report) == page(report)
    assert serialise(report.main) == before


def test_a_page_asks_for_nothing_and_runs_nothing(html):
    tags = "".join(re.findall("<[^>]*>", html))
    assert not re.search(r"<(script|link|iframe|object|embed|base)\b", tags)
    assert not re.search(r'\b(src|srcset|poster|action)="(?!data:image/)', tags)
    assert not re.search(
        r"@import|url\(|\son\w+=", tags + html.partition("<style>")[2].partition("</style>")[0]
    )
    assert "default-src 'none'" in html


def test_a_page_has_landmarks_a_skip_link_and_its_language(html):
    assert '<html lang="en">' in html
    assert '<a class="skip" href="#report">' in html
    assert html.count("<h1>") == 1
    for tag in ("header", "nav", "main"):
        assert html.count(f"<{tag}") == 1
    assert html.count('<main id="report">') == 1


def test_contents_lead_to_headings(html):
    names = re.findall(r'<li class="level-\d"><a href="#([^"]+)"', html)
    assert len(names) >= 4
    assert all(f'id="{name}"' in html for name in names)


def test_short_reports_have_no_contents():
    assert "<nav" not in _page(new_markdown_cell("## A\n\n## B\n\n## C"))


def test_all_pictures_are_inline_and_described(html):
    images = re.findall("<img [^>]*>", html)
    assert len(images) >= 6
    assert all('src="data:image/' in image and 'alt="' in image for image in images)


def test_a_picture_has_its_own_width_unless_one_is_stated():
    small = shown(png=picture())
    stated = shown(png=picture())
    stated.metadata["image/png"] = {"width": 2}
    assert re.findall(r'width="(\d+)"', _page(code(small, stated)).partition("<main")[2]) == [
        "4",
        "2",
    ]


def test_code_is_folded_and_coloured_and_says_its_language():
    html = _page(code(source="def f(): pass"))
    assert '<details class="code"><summary>Code</summary>' in html
    assert '<code class="language-python"><span class="k">def</span>' in html
    assert '<details class="code" open="">' in _page(code(source="#| code-fold: show\nx"))


def test_tables_scroll_and_nested_ones_do_not_on_their_own():
    inner = "<table><tr><td>b</td></tr></table>"
    html = _page(code(shown(html=f"<table><tr><td>{inner}</td></tr></table>"), table([["a", "1"]])))
    assert html.count('<div class="scroll"') == 2


def test_formulas_are_mathml_with_their_source_and_failed_ones_are_code():
    html = _page(new_markdown_cell("$x^2$ and $\\frac{$"))
    assert re.search('<math alttext="x\\^2"[^>]*><msup>', html)


def test_a_reference_to_an_equation_is_a_link():
    html = _page(new_markdown_cell("$$a \\label{e}$$\n\nBy \\eqref{e}."))
    assert re.search(r'By <a href="#eq-[^"]*">\(1\)</a>\.', html)


def test_the_front_matter_is_shown():
    header = (
        "---\ntitle: T\nsubtitle: S\nauthor:\n- name: Ada\n  affiliation: Uni\ndate: 2026-01-02\n"
        "abstract: Some *words*.\nkeywords: [one, two]\nlang: de\n---"
    )
    html = _page(new_raw_cell(header))
    assert '<html lang="de">' in html
    assert '<p class="subtitle">S</p>' in html
    assert '<span class="author">Ada (Uni)</span><span class="date">2. Januar 2026</span>' in html
    assert "Zusammenfassung</h2>" in html
    assert "<em>words</em>" in html
    assert "<b>Schlagwörter:</b> one, two" in html
    assert '<meta name="keywords" content="one, two">' in html


def test_a_grade_table_is_shown_where_exercises_are_given():
    html = _page(code(title(title="T", exercises=["Training", "Analysis"])))
    assert re.search("Exercise</th>.*Training</th>.*Analysis</th>.*Total</th>", html)


@pytest.mark.parametrize(
    "place", ["title", "author", "caption", "label", "cell", "text", "banner", "name"]
)
def test_markup_in_data_stays_text(place):
    outputs = {
        "title": title(title=HOSTILE),
        "author": title(author=HOSTILE),
        "caption": figure(caption=HOSTILE),
        "label": figure(label=HOSTILE),
        "cell": table([[HOSTILE, HOSTILE]]),
        "text": shown(HOSTILE),
        "banner": shown("b", block={"kind": "banner", "text": HOSTILE}),
        "name": shown(**{HOSTILE: "x"}),
    }
    html = _page(code(outputs[place]))
    assert "<script" not in html
    assert "<b>line" not in html


def test_colours_of_authors_can_be_adjusted_to_the_paper():
    html = _page(code(shown(html='<b style="color:blue">a</b><i style="background:yellow">b</i>')))
    assert '<b style="--ink-given:blue">' in html
    assert 'style="background-color:yellow;color:#1a1a1a"' in html


def test_a_pdf_can_be_saved_from_the_page():
    assert 'href="data:application/pdf;base64,' in _page(code(shown(pdf=picture("pdf"))))


def test_trusted_html_reaches_the_page_as_it_is():
    cell = code(shown(html="<p onclick='f()'>x</p>"))
    assert "<p onclick='f()'>x</p>" in _page(cell, trusted=True)
    assert "onclick" not in _page(cell)


def test_raw_html_in_text_is_not_taken_for_a_trusted_output():
    fake = '<div class="html" data-raw="0"></div>'
    html = _page(new_markdown_cell(fake), code(shown(fake), shown(html="<b>raw</b>")), trusted=True)
    assert html.count("<b>raw</b>") == 1


def test_a_page_is_small_besides_its_pictures(html):
    assert len(re.sub(r'data:[^"]*', "", html)) < 60_000


def test_time_grows_no_faster_than_the_notebook():
    cells = [
        c for n in range(500) for c in (new_markdown_cell(f"## Same\n\n$x_{n}$"), code(shown("x")))
    ]
    assert _page(*cells).count("<h2") == 500


def test_deep_nesting_is_no_fault():
    deep = "<div>" * 2000 + "kept" + "</div>" * 2000
    assert _page(new_markdown_cell(deep), code(shown(html=deep))).count("kept") == 2


def test_streams_are_whole():
    text = "".join(f"row {n}\n" for n in range(500))
    assert "row 499" in _page(code(new_output("stream", name="stdout", text=text)))
