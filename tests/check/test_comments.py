"""Comments on hand-ins: how they are read, and where they are written."""

import unicodedata

import nbformat
import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hw.check import CheckError, Options, check
from hw.check.comments import Comment, comments_by_file, insert_comments
from hw.report.outputs import BLOCK_MIME

NAMES = ["Ada Lovelace/homework.ipynb", "Jörg/homework.ipynb", "Jörg/second.ipynb"]
CSV = """file,cell,question,points,comment
Ada Lovelace,,1a,2.5,"Good, *mostly*"
Jörg/second.ipynb,3,,,Name the axes.
"""
YAML = """
- {file: Ada Lovelace, question: 1a, points: 2.5, comment: "Good, *mostly*"}
- {file: Jörg/second.ipynb, cell: 3, comment: Name the axes.}
"""
EXPECTED = {
    NAMES[0]: [Comment(file="Ada Lovelace", question="1a", points=2.5, comment="Good, *mostly*")],
    NAMES[2]: [Comment(file="Jörg/second.ipynb", cell=3, comment="Name the axes.")],
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.csv", CSV),
        ("c.csv", "\ufeff" + CSV.replace("2.5", '"2,5"')),
        ("c.csv", CSV.replace(",", ";").replace("Good;", "Good,").replace("\n", "\r\n")),
        ("c.yaml", YAML),
        ("c.yml", unicodedata.normalize("NFD", YAML)),
    ],
)
def test_comments_are_read_from_csv_and_yaml_as_spreadsheets_and_systems_write_them(
    name, text, tmp_path
):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    read = comments_by_file(path, NAMES)
    assert {key: [c.comment for c in value] for key, value in read.items()} == {
        key: [c.comment for c in value] for key, value in EXPECTED.items()
    }
    assert read[NAMES[0]][0].points == 2.5
    assert read[NAMES[2]][0].cell == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("file,comment\nAda Lovlace,x\n", "comment 1: no hand-in Ada Lovlace: did you mean Ada"),
        ("file,comment\nJörg,x\n", "comment 1: Jörg may be Jörg/homework.ipynb or Jörg/second"),
        ("file,comment\nhomework,x\n", "comment 1: homework may be Ada Lovelace/homework.ipynb"),
        ("file,points\nAda Lovelace,two\n", "comment 1: points must be a number, got 'two'"),
        ("file,cell\nAda Lovelace,0\n", "comment 1: cell must be at least 1, got 0"),
        ("file,mark\nAda Lovelace,1\n", "comment 1: unknown parameter mark: "),
        ("file,comment\nAda Lovelace,x,y\n", "comment 1: "),
        ('file,comment\nAda Lovelace,"x\n', "c.csv cannot be read: "),
    ],
)
def test_a_comment_that_cannot_be_used_is_named_before_any_work(text, complaint, tmp_path):
    (tmp_path / "c.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CheckError) as error:
        comments_by_file(tmp_path / "c.csv", NAMES)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["a: b", "- 1", "[", "\x00"])
def test_a_file_that_holds_no_comments_is_refused(text, tmp_path):
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CheckError, match=r"c\.yaml"):
        comments_by_file(tmp_path / "c.yaml", NAMES)


def _sources(notebook):
    return [cell.source for cell in notebook.cells]


def notebook_of(*sources):
    return new_notebook(cells=[new_markdown_cell(source) for source in sources])


def test_comments_stand_below_their_cell_at_the_end_of_their_question_or_at_the_top():
    notebook = notebook_of("# Title", "A", "B", "C")
    comments = [
        Comment(file="x", question="1", comment="on 1"),
        Comment(file="x", cell=4, comment="on\ncell 4"),
        Comment(file="x", comment="in general"),
    ]
    copy, problems = insert_comments(notebook, comments, [("1", 2), ("2", 4)])
    assert _sources(copy) == [
        "# Title",
        "> [!NOTE] Feedback\n> in general",
        *("A", "B", "> [!NOTE] Feedback · 1\n> on 1"),
        *("C", "> [!NOTE] Feedback\n> on\n> cell 4"),
    ]
    assert problems == []
    assert _sources(notebook) == ["# Title", "A", "B", "C"]


def test_points_are_in_a_table_and_in_the_grade_table_of_the_title_block():
    title = {BLOCK_MIME: {"kind": "title", "exercises": ["1", "2", "3"]}}
    notebook = notebook_of("# Title", "A")
    notebook.cells.append(new_code_cell("t", outputs=[new_output("display_data", title)]))
    comments = [
        Comment(file="x", question="1a", points=1.5),
        Comment(file="x", question="1b", points=1),
        Comment(file="x", question="2", points=0),
        Comment(file="x", question="12", points=9),
    ]
    questions = [("1a", 1), ("1b", 2), ("2", 2), ("12", 2)]
    copy, _ = insert_comments(notebook, comments, questions)
    rows = copy.cells[1].source.splitlines()
    assert rows[2:] == [
        "| 1a | 1.5 |",
        "| 1b | 1 |",
        "| 2 | 0 |",
        "| 12 | 9 |",
        "| **total** | **11.5** |",
    ]
    shown = next(cell.outputs[0].data[BLOCK_MIME] for cell in copy.cells if cell.get("outputs"))
    assert shown["exercises"] == ["1: 2.5", "2: 0", "3"]
    assert notebook.cells[2].outputs[0].data[BLOCK_MIME]["exercises"] == ["1", "2", "3"]


def test_a_comment_on_what_is_not_there_is_at_the_top_and_told():
    comments = [
        Comment(file="x", question="9", comment="a"),
        Comment(file="x", cell=7, comment="b"),
    ]
    copy, problems = insert_comments(notebook_of("# Title"), comments, [])
    assert len(copy.cells) == 3
    assert problems == [
        "a comment is on 9, which is not there",
        "a comment is on cell 7, which is not there",
    ]


def test_feedback_is_a_pdf_of_its_own_and_markup_in_it_stays_within_its_box(tmp_path):
    nbformat.write(notebook_of("# Homework", "Answer"), tmp_path / "a.ipynb")
    (tmp_path / "c.csv").write_text("file,points,comment\na,2,Markup ::: </div> [!x] #panic()\n")
    out = tmp_path / "out"
    (hand_in,) = check([tmp_path / "a.ipynb"], Options(out, comments=tmp_path / "c.csv"))
    assert hand_in.feedback == "a.feedback.pdf"
    assert hand_in.points == 2
    assert hand_in.error == ""
    (page,) = pypdf.PdfReader(out / "a.feedback.pdf").pages
    assert "#panic()" in page.extract_text()
    assert "Answer" in page.extract_text()
    (clean,) = pypdf.PdfReader(out / "a.pdf").pages
    assert "Feedback" not in clean.extract_text()
