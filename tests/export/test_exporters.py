"""The exporters as nbconvert and JupyterLab call them."""

import io
import logging
import subprocess
import sys

import nbformat
import pypdf
import pytest
from exporter_corpus import code, everything, figure, frame, notebook, shown
from nbconvert.utils.exceptions import ConversionException
from nbformat.v4 import new_markdown_cell, new_output, new_raw_cell

from hw.export.exporters import HomeworkHTMLExporter, HomeworkPDFExporter

BOTH = [HomeworkHTMLExporter, HomeworkPDFExporter]


def _html(cells, **traits):
    return HomeworkHTMLExporter(**traits).from_notebook_node(cells)[0]


def _text(pdf):
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_the_same_notebook_gives_the_same_bytes():
    for exporter in BOTH:
        assert exporter().from_notebook_node(everything()) == exporter().from_notebook_node(
            everything()
        )


def test_the_notebook_is_left_as_it_was():
    cells = everything()
    before = nbformat.writes(cells)
    _html(cells)
    assert nbformat.writes(cells) == before


def test_what_is_replaced_is_logged_once(caplog):
    cells = notebook(new_markdown_cell("![a](b.png)"), code(shown(**{"application/x-odd": ""})))
    with caplog.at_level(logging.WARNING):
        _html(cells)
    assert [record.message for record in caplog.records] == [
        "cell 1: The image b.png is not included.",
        "cell 2: An output of type application/x-odd is not shown.",
    ]


@pytest.mark.parametrize(
    ("option", "gone"),
    [
        ("exclude_markdown", "markdown_words"),
        ("exclude_raw", "raw_words"),
        ("exclude_code_cell", "code_words output_words"),
        ("exclude_input", "code_words"),
        ("exclude_output", "output_words"),
    ],
)
def test_options_of_nbconvert_exclude_what_they_name(option, gone):
    cells = notebook(
        new_markdown_cell("markdown\\_words"), new_raw_cell("raw_words"),
        code(new_output("stream", name="stdout", text="output_words"), source="code_words"),
    )  # fmt: skip
    html = _html(cells, **{option: True})
    for word in ("markdown_words", "raw_words", "code_words", "output_words"):
        assert (word in html) == (word not in gone.split())


def test_cells_keep_their_numbers_when_others_are_excluded(caplog):
    cells = notebook(new_markdown_cell("x"), code(shown(**{"application/x-odd": ""})))
    with caplog.at_level(logging.WARNING):
        _html(cells, exclude_markdown=True)
    assert caplog.records[-1].message.startswith("cell 2: ")


def test_progress_bars_are_shown_as_they_were_at_the_end():
    output = new_output("stream", name="stderr", text="\r 10%\r 50%\r100% done\n")
    body = _html(notebook(code(output))).partition("<body>")[2]
    assert "100% done" in body
    assert "50%" not in body


def test_a_page_links_to_the_pdf_and_the_notebook_beside_it_if_asked_to():
    resources = {"metadata": {"path": ".", "name": "my report"}}
    html = HomeworkHTMLExporter(links=True).from_notebook_node(notebook(), resources)[0]
    assert 'href="my%20report.pdf"' in html
    assert 'href="my%20report.ipynb"' in html
    assert "my%20report" not in HomeworkHTMLExporter().from_notebook_node(notebook(), resources)[0]


def test_the_language_can_be_chosen():
    assert "Abbildung 1." in _html(notebook(code(figure())), lang="de")


@pytest.mark.parametrize("exporter", BOTH)
@pytest.mark.parametrize("content", ["no notebook", '{"cells": [', "[1]", ""])
def test_what_is_no_notebook_is_told_in_one_line(exporter, content, tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(ConversionException, match=r"x\.ipynb is not a valid notebook: ") as error:
        exporter().from_filename(str(path))
    assert "\n" not in str(error.value)


def test_pictures_are_read_from_the_notebooks_folder_only(tmp_path):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    (tmp_path / "outside.svg").write_text(svg)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/near.svg").write_text(svg.replace("9", "8"))
    cells = notebook(new_markdown_cell("![a](near.svg) ![b](../outside.svg)"))
    path = tmp_path / "book/x.ipynb"
    nbformat.write(cells, path)
    assert HomeworkHTMLExporter().from_filename(str(path))[0].count("data:image/svg+xml") == 1


def _nbconvert(path, exporter, *options):
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        f"hw.export.exporters.{exporter.__name__}",
    ]
    return subprocess.run(
        [*command, path.name, *options], cwd=path.parent, check=True, capture_output=True
    )


@pytest.mark.parametrize(
    ("exporter", "start"), [(BOTH[0], b"<!DOCTYPE html>"), (BOTH[1], b"%PDF-")]
)
def test_results_can_be_written_to_standard_output(exporter, start, tmp_path):
    path = tmp_path / "book.ipynb"
    nbformat.write(everything(), path)
    done = _nbconvert(path, exporter, "--stdout")
    assert done.stdout.startswith(start)
    assert b"cell 14: An output of type application/x-unheard-of is not shown." in done.stderr


# The PDF


def test_code_in_the_pdf_is_chosen():
    cells = notebook(
        new_markdown_cell("# T\n\ntext"), code(shown("output"), source="some_code = 1")
    )
    ours = notebook(*cells.cells, code(figure()))

    def shows_code(notebook, **traits):
        return "some_code" in _text(HomeworkPDFExporter(**traits).from_notebook_node(notebook)[0])

    assert shows_code(cells)
    assert not shows_code(ours)
    assert shows_code(ours, code="appendix")
    assert shows_code(ours, code="inline")
    assert not shows_code(cells, code="none")
    assert not shows_code(cells, exclude_input=True)


def test_paper_is_chosen():
    pdf = HomeworkPDFExporter(paper="us-letter").from_notebook_node(notebook())[0]
    assert [float(side) for side in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].mediabox[2:]] == [
        612,
        792,
    ]


def test_wide_tables_and_long_words_reach_the_pdf():
    cells = notebook(new_markdown_cell("y" * 40_000), code(shown("frame", html=frame(3, 40))))
    text = _text(HomeworkPDFExporter().from_notebook_node(cells)[0])
    assert "column 39" in " ".join(text.split())
