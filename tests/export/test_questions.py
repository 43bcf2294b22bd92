"""Questions of a homework: where they begin, and on which pages they are."""

import io

import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hw.export.exporters import HomeworkPDFExporter

LONG = "\n\n".join(["Lorem ipsum dolor sit amet. " * 30] * 8)  # more than a page


def cell(text, *tags):
    return new_markdown_cell(text, metadata={"tags": list(tags)})


def export(*cells, **options):
    """Text of the pages, and what the exporter tells of the report."""
    exporter = HomeworkPDFExporter(**options)
    data, resources = exporter.from_notebook_node(new_notebook(cells=list(cells)))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
    return pages, resources["report"]


def tagged():
    hidden = new_code_cell("1 + 1", metadata={"tags": ["question: 2", "remove-input"]})
    return [
        cell("# Homework"),
        cell("First " + LONG, "question:1a"),
        cell("Second", "graded", "question:1b"),
        hidden,
        cell("Third"),
        cell("More of the first", "question:1a"),
    ]


def test_each_question_is_found_on_its_pages():
    pages, report = export(*tagged(), questions="located")
    assert report["pages"] == len(pages) == 2
    assert report["questions"] == {"1a": [1, 2], "1b": [2], "2": [2]}


def test_questions_can_start_on_their_own_pages():
    pages, report = export(*tagged(), questions="own-pages")
    assert report["pages"] == len(pages) == 6
    assert report["questions"] == {"1a": [2, 3, 6], "1b": [4], "2": [5]}
    for number, word in ((2, "First"), (4, "Second"), (5, "Third"), (6, "More of the first")):
        assert word in pages[number - 1]
        assert word not in pages[number - 2]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Question 1a", "1a"),
        ("Aufgabe 2: Punkte", "2"),
        ("EXERCISE 3 b", "3b"),
        ("Problem C", "C"),
        ("Question 12", "12"),
    ],
)
def test_without_tags_questions_begin_with_their_headings(heading, name):
    _, report = export(cell(f"# Homework\n\n## {heading}\n\n{LONG}"), questions="located")
    assert report["questions"] == {name: [1, 2]}


@pytest.mark.parametrize("heading", ["Questions", "Questioning 1", "Task force", "An exercise 1"])
def test_other_headings_are_no_questions(heading):
    _, report = export(cell(f"# Homework\n\n## {heading}"), questions="located")
    assert report["questions"] == {}
    assert report["pages"] == 1


def test_several_questions_in_one_cell_get_their_own_pages():
    text = f"# Homework\n\n## Question 1\n\nA\n\n## Question 2\n\n{LONG}\n\n## Question 3"
    pages, report = export(cell(text), questions="own-pages")
    assert report["questions"] == {"1": [2], "2": [3, 4], "3": [5]}
    assert len(pages) == 5


def test_marks_of_questions_change_nothing_else():
    assert export(*tagged())[0] == export(*tagged(), questions="located")[0]


def test_a_name_is_no_typst_code():
    _, report = export(cell("# A"), cell("B", 'question:"); #panic('), questions="own-pages")
    assert report["questions"] == {'"); #panic(': [2]}
    assert report["notes"] == []
