"""Checking hand-ins: what is found in them, and what is written."""

import csv
import json

import nbformat
import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hw.check import CheckError, Options, check, find_hand_ins
from hw.check.hand_ins import Task, check_hand_in
from hw.check.tables import write_tables
from hw.report.outputs import BLOCK_MIME


def markdown(text, *tags):
    return new_markdown_cell(text, metadata={"tags": list(tags)})


def code(source, count=None, *outputs, tags=()):
    options = {"execution_count": count, "outputs": list(outputs)}
    return new_code_cell(source, metadata={"tags": list(tags)}, **options)


def block(**content):
    return new_output("display_data", {BLOCK_MIME: content, "text/plain": "block"})


FAILURE = new_output("error", ename="ZeroDivisionError", evalue="", traceback=["division"])
RECORD = block(kind="results", results={"scores": {"test_accuracy": [0.5, 0.75], "error": 3}})


@pytest.fixture
def checked(tmp_path):
    """A function that checks one notebook of these cells, as a hand-in."""

    def check_cells(*cells, **options):
        source = tmp_path / "Übung 1.ipynb"
        nbformat.write(new_notebook(cells=list(cells)), source)
        given = {"required": (), "own_pages": False, "comments": ()} | options
        return check_hand_in(Task("Übung 1.ipynb", source, tmp_path / "out/Übung 1.pdf", **given))

    return check_cells


def test_cells_never_executed_out_of_order_and_failed_are_numbered(checked):
    hand_in = checked(
        markdown("# Homework"),
        code("1", 2),
        code("1 / 0", 5, FAILURE),
        code(""),
        code("2"),
        code("3", 4),
        code("4", 6),
    )
    assert hand_in.never_executed == [5]
    assert hand_in.out_of_order == [6]
    assert hand_in.failed == [3]
    assert hand_in.error == ""


def test_words_are_those_of_the_prose(checked):
    text = "# Two words\n\nIt's $a + b$ <b>well-known</b>\n\n```\ncode\n```\n\nhttps://example.org"
    assert checked(markdown(text), code("three more words")).words == 4


def test_recorded_scores_are_means_over_seeds(checked):
    assert checked(code("1", 1, RECORD)).scores == {"test_accuracy": 0.625, "error": 3}


@pytest.mark.parametrize(
    "cells",
    [
        [code('author = "Ada"\nnumber: str = "7"', tags=["parameters"])],
        [
            code('author = ""\nnumber = ""', tags=["parameters"]),
            code('# Parameters\nauthor = "Ada"\nnumber = 7', tags=["injected-parameters"]),
        ],
        [code("show()", 1, block(kind="title", author="Ada", number="7"))],
    ],
)
def test_required_names_may_be_parameters_or_in_the_title_block(cells, checked):
    found = {"author", "number"} - set(checked(*cells, required=("author", "number")).missing)
    assert "author" in found
    assert checked(*cells, required=("course",)).missing == ["course"]


def test_a_required_name_that_is_empty_or_no_literal_is_missing(checked):
    cell = code('author = ""\ncourse = name()\n1 +', tags=["parameters"])
    assert checked(cell, required=("author", "course")).missing == ["author", "course"]


def test_a_header_in_yaml_gives_an_author(checked):
    header = markdown("---\ntitle: Homework\nauthor: Ada\n---\n")
    assert checked(header, required=("author",)).missing == []


@pytest.fixture
def hand_ins(tmp_path):
    """A folder of a dozen hand-ins with blanks and umlauts, of which two are broken."""
    folder = tmp_path / "Abgaben 1"
    for number in range(12):
        path = folder / f"Müller {number:02d}/Übung & 1.ipynb"
        path.parent.mkdir(parents=True)
        cells = [markdown("# Homework"), markdown(f"Answer {number}", "question:1a")]
        nbformat.write(new_notebook(cells=cells), path)
    (folder / "Müller 03/Übung & 1.ipynb").write_text("{broken")
    (folder / "Müller 07/Übung & 1.ipynb").write_bytes(b"")
    (folder / ".hidden").mkdir()
    (folder / ".hidden/copy.ipynb").write_text("")
    return folder


def test_broken_hand_ins_stop_nothing_and_are_named_in_the_table(hand_ins, tmp_path):
    out = tmp_path / "out"
    results = list(check([hand_ins], Options(out, jobs=2)))
    assert len(results) == 12
    rows = list(csv.DictReader((out / "hand-ins.csv").read_text("utf-8-sig").splitlines()))
    assert [row["hand-in"] for row in rows] == [
        f"Müller {n:02d}/Übung & 1.ipynb" for n in range(12)
    ]
    assert [number for number, row in enumerate(rows) if row["error"]] == [3, 7]
    assert "does not appear to be JSON" in rows[3]["error"]
    for number in (0, 11):
        (page,) = pypdf.PdfReader(out / f"Müller {number:02d}/Übung & 1.pdf").pages
        assert f"Answer {number}" in page.extract_text()
        assert rows[number]["missing"] == "author, student_number"
    questions = json.loads((out / "questions.json").read_text(encoding="utf-8"))
    assert questions["Müller 00/Übung & 1.pdf"] == {"1a": [1]}
    assert len(questions) == 10
    html = (out / "index.html").read_text(encoding="utf-8")
    assert '<a href="M%C3%BCller%2000/%C3%9Cbung%20%26%201.pdf">Müller 00/Übung &amp; 1' in html


def test_nothing_is_written_into_the_hand_ins(hand_ins, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in hand_ins.rglob("*")}
    list(check([hand_ins / "Müller 00"], Options(tmp_path / "out")))
    assert {path: path.stat().st_mtime_ns for path in hand_ins.rglob("*")} == before


def test_hand_ins_of_several_folders_are_named_below_what_these_share(hand_ins):
    names = find_hand_ins([hand_ins / "Müller 00", hand_ins / "Müller 01/Übung & 1.ipynb"])
    assert list(names) == ["Müller 00/Übung & 1.ipynb", "Müller 01/Übung & 1.ipynb"]


def test_a_folder_that_is_missing_or_has_no_notebook_is_refused(tmp_path):
    with pytest.raises(CheckError, match=r"^no folder or notebook at .*nowhere$"):
        find_hand_ins([tmp_path / "nowhere"])
    with pytest.raises(CheckError, match=r"^no notebook \(\*\.ipynb\) in "):
        find_hand_ins([tmp_path])


def test_a_spreadsheet_takes_no_text_of_a_hand_in_for_a_formula(checked, tmp_path):
    hand_in = checked(code("1"))
    hand_in.name = "=HYPERLINK(1)"
    write_tables([hand_in], tmp_path)
    assert "\n'=HYPERLINK(1)," in (tmp_path / "hand-ins.csv").read_text("utf-8").replace("\r", "")


def test_names_of_hand_ins_are_no_markup(checked, tmp_path):
    hand_in = checked(code("1"))
    hand_in.error = "<script>alert(1)</script>"
    write_tables([hand_in], tmp_path)
    assert "<script>" not in (tmp_path / "index.html").read_text(encoding="utf-8")
