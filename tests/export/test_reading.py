"""A notebook as one tree: nothing lost, everything replaced is told."""

import re
from pathlib import Path

import nbformat
import pytest
from exporter_corpus import code, figure, notebook, picture, shown, table, title
from nbformat.v4 import new_markdown_cell, new_output, new_raw_cell

from hw.export.notebook.reading import Report
from hw.export.tree import plain, serialise

CASES = sorted((Path(__file__).parent / "cases").glob("*.ipynb"))


def _report(*cells, folder=".", stem="file", lang="", **metadata):
    return Report(notebook(*cells, **metadata), stem, folder, lang=lang)


def _html(*cells, **options):
    return serialise(_report(*cells, **options).main)


def _stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


# The title

TITLES = {
    "a heading": ["# The title"],
    "an underlined heading": ["The title\n========="],
    "after a badge": ["[![b](http://e.org/b.svg)](http://e.org)", "# The title"],
    "after an anchor": ['<a id="top"></a>\n\n# The title'],
    "after the author": ["*by A. Author*", "# The title"],
    "after a lower heading": ["#### A. Author", "# The title"],
    "in HTML": ["<h1 align='center'>The <b>title</b></h1>"],
    "with markup": ["# The *title*"],
    "after sections": ["## One", "## Two", "# The title"],
    "in a header": ["---\ntitle: The title\n---\n\n# Another"],
}


@pytest.mark.parametrize("sources", TITLES.values(), ids=TITLES)
def test_the_title_is_found(sources):
    assert _report(*map(new_markdown_cell, sources)).front["title"] == "The title"


def test_the_title_leaves_its_place_if_it_opens_the_report_and_only_then():
    assert "<h" not in _html(new_markdown_cell("text\n\n# The title"))
    assert "The title</h" in _html(new_markdown_cell("## One"), new_markdown_cell("# The title"))


def test_a_notebook_without_a_title_is_called_as_its_file():
    assert _report(new_markdown_cell("## Section"), stem="my file").front["title"] == "my file"


def test_markup_and_formulas_of_the_title_are_kept():
    report = _report(new_markdown_cell("# On *some* $x$"))
    assert plain(report.title_node.find("em")) == "some"
    assert report.front["title"] == "On some x"


def test_markup_in_the_title_of_a_header_is_read_and_in_that_of_a_block_is_not():
    report = _report(new_raw_cell("---\ntitle: 'On *some* $x$'\n---"))
    assert plain(report.title_node.find("em")) == "some"
    report = _report(code(title(title="On *some* $x$")))
    assert report.title_node is None
    assert report.front["title"] == "On *some* $x$"


def test_a_heading_that_repeats_the_given_title_is_left_out():
    report = _report(new_raw_cell("---\ntitle: Same\n---"), new_markdown_cell("# Same\n\ntext"))
    assert "<h" not in serialise(report.main)


def test_other_headings_of_level_one_become_sections_and_no_level_is_skipped():
    report = _report(*map(new_markdown_cell, ["# T", "# A", "### a", "# B", "## b"]))
    assert [(node.tag, plain(node)) for node in report.headings] == [
        ("h2", "A"), ("h3", "a"), ("h2", "B"), ("h3", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize("authors", [["Ada"], [{"name": "Ada"}], [{"name": None}, "Ada"]])
def test_authors_in_the_metadata_may_be_names_or_dicts(authors):
    assert _report(authors=authors).front["author"] == "Ada"


# Links and identifiers


@pytest.mark.parametrize("link", ["Load-data", "load-data", "Load%20data", "load_data"])
def test_links_to_headings_are_those_of_jupyter(link):
    html = _html(new_markdown_cell(f"[l](#{link})\n\n## Load data"))
    assert '<a href="#Load-data">l</a>' in html
    assert '<h2 id="Load-data">' in html


def test_identifiers_are_unique_and_links_find_the_first():
    html = _html(new_markdown_cell("## A\n\n## A\n\n## A\n\n[l](#A)"))
    assert re.findall('id="(A[^"]*)"', html) == ["A", "A-2", "A-3"]
    assert 'href="#A"' in html


def test_a_link_to_the_title_leads_to_the_top():
    assert 'href="#report"' in _html(new_markdown_cell("# The title\n\n[l](#The-title)"))


def test_a_dead_link_becomes_text_and_is_told():
    report = _report(new_markdown_cell("text"), new_markdown_cell("[l](#nowhere)"))
    assert "<a" not in serialise(report.main)
    assert report.notes == ["cell 2: The link #nowhere leads nowhere in this notebook."]


def test_formulas_in_identifiers_and_links_are_as_they_were_written():
    html = _html(new_markdown_cell("## On $x$\n\n[l](#On-$x$)"))
    assert "\ue000" not in "".join(re.findall(r'(?:id|href)="([^"]*)"', html))
    assert "<a href" in html


# Figures and tables


def test_labelled_figures_and_tables_are_numbered_in_one_sequence_with_those_of_blocks():
    report = _report(
        new_markdown_cell("See @fig-b, @fig-one, [](#fig-c), "
            "@tbl-t, @tab-scores and [so](#fig-b)."),
        code(figure(label="one")),
        code(shown(png=picture()), source="#| label: fig-b\n#| fig-cap: A *cap*\n"
            "#| fig-alt: a dot\nf()"),
        new_markdown_cell("![Cap](x.png){#fig-c}"),
        code(table([["a", "1"]], label="scores")),
        code(
            shown(html="<table><tr><td>1</td></tr></table>"),
            source="#| label: tbl-t\n#| tbl-cap: Tab\nf()",
        ),
    )  # fmt: skip
    text = plain(report.main)
    assert "See Figure 2, Figure 1, Figure 3, Table 2, Table 1 and so." in text
    html = serialise(report.main)
    assert "<figcaption><b>Figure 2.</b> A <em>cap</em></figcaption>" in html
    assert 'alt="a dot"' in html
    assert "<caption><b>Table 2.</b> Tab</caption>" in html


def test_a_label_used_twice_costs_nothing():
    report = _report(code(figure(label="one"), figure(label="one")))
    assert [node.get("id") for node in report.main.iter("figure")] == ["fig-one", "fig-one-2"]
    assert [plain(node) for node in report.main.iter("b")] == ["Figure 1.", "Figure 2."]


def test_words_are_those_of_the_language():
    cell = code(shown(png=picture()), source="#| label: fig-b\n#| fig-cap: Bild\nf()")
    assert "Abbildung 1." in _html(cell, lang="de")
    assert "Abbildung 1." in _html(new_raw_cell("---\nlang: de\n---"), cell)


def test_a_language_without_words_is_an_error_if_asked_for_and_a_note_if_the_notebook_says_so():
    with pytest.raises(ValueError, match="lang must be one of"):
        _report(lang="tlh")
    report = _report(new_raw_cell("---\nlang: tlh\n---"))
    assert report.words.figure == "Figure"
    assert any("lang must be one of" in note for note in report.notes)


def test_citations_are_filled_from_the_folder(tmp_path):
    entry = "@book{ada, author = {Lovelace, Ada}, title = {Notes}, year = {1843}, publisher = {T}}"
    (tmp_path / "refs.bib").write_text(entry)
    report = _report(new_markdown_cell("# T\n\n# Intro\n\nAs shown [@ada]."), folder=tmp_path)
    assert "Lovelace, 1843" in plain(report.main)
    assert [node.tag for node in report.headings] == ["h2", "h2"]


# Cells


def test_columns_of_numbers_are_aligned_in_tables_of_cells_and_of_outputs():
    html = _html(
        new_markdown_cell("| a | b |\n|---|---|\n| x | 1 |"),
        code(
            shown(
                html="<table><tr><th>a</th><th>b</th></tr><tr><td>-1.5</td><td>x</td></tr></table>"
            )
        ),
    )
    assert html.count('<td style="text-align:right">') == 2
    assert "<td>x</td>" in html


def test_formulas_in_the_words_of_html_outputs_are_set_and_in_code_are_not():
    report = _report(code(shown(html="<p>$x$ <code>$y$</code></p>")))
    assert [tex for tex, *_ in report.formulas.found] == ["x"]
    assert "<code>$y$</code>" in serialise(report.main)


def test_a_cell_that_cannot_be_read_costs_only_itself(monkeypatch):
    monkeypatch.setattr("hw.export.markdown.rendering.Markdown.html", lambda *_: 1 / 0)
    report = _report(new_markdown_cell("some words"), code(_stream("printed")))
    assert "some words" in plain(report.main)
    assert "printed" in plain(report.main)
    assert report.notes == [
        "cell 1: This cell could not be read (ZeroDivisionError) and is shown as its source."
    ]


def test_an_output_that_cannot_be_read_costs_only_itself():
    report = _report(code(shown(block={"kind": "figure"}), shown(block="x"), shown("plain")))
    assert "plain" in plain(report.main)
    assert len(report.notes) == 2


def test_unknown_cells_and_outputs_leave_a_note():
    cells = notebook(code(_stream("x")))
    cells.cells[0].outputs.append(nbformat.from_dict({"output_type": "new kind"}))
    cells.cells.append(nbformat.from_dict({"cell_type": "odd", "metadata": {}, "source": ""}))
    report = Report(cells, "x", ".")
    assert report.notes == [
        "cell 1: An output of the unknown type 'new kind' is not shown.",
        "cell 2: A cell of the unknown type 'odd' is not shown.",
    ]


def test_a_notebook_that_was_never_run_says_so():
    cells = notebook(code(source="1 + 1"))
    assert Report(cells, "x", ".").notes == [
        "cell 1: This notebook has not been run: its code cells have no outputs."
    ]
    cells.cells[0].execution_count = 1
    assert Report(cells, "x", ".").notes == []
    assert _report(new_markdown_cell("text")).notes == []


@pytest.mark.parametrize(
    ("tags", "metadata", "kinds"),
    [
        (["remove-cell"], {}, []),
        (["remove_input"], {}, ["stdout", "stderr"]),
        (["remove-output"], {}, ["code"]),
        (["remove_stderr"], {}, ["code", "stdout"]),
        (["hide_input"], {}, ["code hidden", "stdout", "stderr"]),
        (["hide-output"], {}, ["code", "output hidden"]),
        (["hide-cell"], {}, ["code hidden", "output hidden"]),
        ([], {"jupyter": {"source_hidden": True}}, ["code hidden", "stdout", "stderr"]),
        ([], {"jupyter": {"outputs_hidden": True}}, ["code", "output hidden"]),
        ([], {"hide_input": True}, ["code hidden", "stdout", "stderr"]),
    ],
)
def test_tags_and_metadata_say_what_is_shown(tags, metadata, kinds):
    cell = code(_stream("out"), _stream("err", "stderr"), tags=tags)
    cell.metadata |= metadata
    assert [node.get("class") for node in _report(cell).main] == kinds


def test_tags_of_markdown_cells_count_too():
    assert (
        _html(new_markdown_cell("x", metadata={"tags": ["remove_cell"]}))
        == '<main id="report"></main>'
    )


def test_options_of_the_whole_notebook_hold_for_every_cell():
    report = _report(new_raw_cell("---\nexecute:\n  echo: false\n---"), code(_stream("out")))
    assert [node.get("class") for node in report.main] == ["stdout"]


def test_printed_markdown_is_read_if_the_cell_says_so():
    assert "<strong>b</strong>" in _html(code(_stream("**b**"), source="#| output: asis\nf()"))


def test_code_keeps_its_blank_lines_and_loses_its_options():
    html = _html(code(source="#| echo: true\na\n\n\nb"))
    assert '<code class="language-python">a\n\n\nb</code>' in html


def test_raw_cells_are_read_by_their_format():
    html = _html(
        new_raw_cell("*a*", metadata={"format": "text/markdown"}),
        new_raw_cell("<b>b</b>", metadata={"raw_mimetype": "text/html"}),
        new_raw_cell("c_1"),
    )
    assert "<em>a</em>" in html
    assert "<b>b</b>" in html
    assert '<pre class="raw" data-cell="3">c_1</pre>' in html


# The whole


def test_the_time_is_that_of_the_last_run_or_of_the_environment(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert _report().date_stamp is None
    early, late = code(), code()
    early.metadata["execution"] = {"iopub.execute_input": "2024-01-01T00:00:00.5Z"}
    late.metadata["papermill"] = {"end_time": "2024-01-02T01:00:00+01:00"}
    assert _report(late, early).date_stamp == 1704153600
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    assert _report(late).date_stamp == 7


def test_every_piece_knows_its_cell():
    report = _report(
        new_markdown_cell("a"), code(_stream("b"), shown("c")), code(table([["1", "2"]]))
    )
    assert [node.get("data-cell") for node in report.main] == ["1", "2", "2", "2", "3", "3"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_is_read_and_its_notes_are_sentences(path):
    report = Report(nbformat.read(path, as_version=4), path.stem, path.parent)
    assert len(report.main)
    assert not [note for note in report.notes if not re.match(r"cell \d+: [A-Z].*[.\w]$", note)]
    assert not [note for note in report.notes if "could not be read" in note]


def _glued(name, **data):
    output = shown(**data)
    output.metadata["scrapbook"] = {"name": name}
    return output


def test_glued_outputs_stand_where_the_text_wants_them():
    record = "application/papermill.record/text/plain"
    cell = code(
        _glued("score", **{record: "3.14159"}),
        _glued("name", **{record: "'a <b>name</b>'"}),
        _glued("picture", **{"application/papermill.record/image/png": picture()}),
        _glued("frame", **{"application/papermill.record/text/html": "<p>in a frame</p>"}),
    )
    text = new_markdown_cell(
        "It is {glue:text}`score:.2f`, {glue}`name`, {glue}`nothing`.\n\n"
        "```{glue:figure} picture\n:name: fig-glued\n\nIts caption\n```\n\n"
        "```{glue} frame\n```\n"
    )
    report = _report(cell, text)
    words = plain(report.main)
    assert "It is 3.14, a <b>name</b>, nothing." in words
    assert "in a frame" in words
    assert "Its caption" in words
    assert [node.get("src") for node in report.main.iter("img")] != []
    assert report.notes == ["cell 2: No output is glued as nothing; the name is shown."]


def test_comments_of_myst_are_left_out_and_magics_stay():
    text = "% a comment\n%\nWords\n% of prose\n\n%matplotlib inline\n\n% last"
    report = _report(new_markdown_cell(text))
    words = plain(report.main)
    assert "comment" not in words
    assert "last" not in words
    assert "% of prose" in words
    assert "%matplotlib inline" in words


@pytest.mark.parametrize("fence", ["```mermaid", "```{mermaid}"])
def test_a_diagram_in_words_is_a_listing_with_a_note(fence):
    report = _report(new_markdown_cell(f"{fence}\nA --> B\n```"))
    assert "A --> B" in plain(report.main)
    assert report.notes == ["cell 1: A diagram of Mermaid is shown as its source."]
