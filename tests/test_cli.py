"""The command `hw`: what it writes, says and returns. Fakes stand for papermill and exporters."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import hw
from hw import build
from hw.build import catalogue
from hw.cli import main

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of two notebooks; the arguments that papermill was called with."""
    for name in ("a", "scoreboard"):
        path = tmp_path / f"notebooks/{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(NOTEBOOK))
    called = []

    def papermill(notebook, executed, arguments, jobs):
        called.append(arguments)
        executed.write_bytes(notebook.read_bytes())
        return 0

    monkeypatch.setattr(catalogue, "SUITE", tmp_path / "notebooks")
    monkeypatch.setattr(build, "_papermill", papermill)
    monkeypatch.setattr(build, "_export", lambda ending, content, source: ending.encode())
    monkeypatch.chdir(tmp_path)
    return called


def run(*words):
    """Exit status, output and errors of the command."""
    result = CliRunner().invoke(main, words)
    return result.exit_code, result.stdout, result.stderr


def test_reports_are_listed_with_what_they_are_made_from(project):
    status, out, _ = run("list")
    assert status == 0
    rows = [line.split() for line in out.splitlines()]
    assert rows == [[name, str(Path(f"notebooks/{name}.ipynb"))] for name in ("a", "scoreboard")]


def test_without_names_everything_is_built_and_the_index_named(project):
    status, out, _ = run("report")
    assert status == 0
    assert out.endswith(f"reports are in reports: open {Path('reports/index.html')}\n")
    assert Path("reports/index.html").read_text() == "html"
    assert Path("reports/a.pdf").read_text() == "pdf"


def test_a_report_goes_where_it_is_wanted(project):
    assert run("report", "a", "--out", "else where")[0] == 0
    assert Path("else where/a.pdf").exists()
    assert not Path("reports").exists()


def test_parameters_are_passed_on_to_papermill(project):
    words = ["-p", "author", "Ada L", "-y", "seeds: [0]", "-r", "student_number", "007"]
    assert run("report", "a", *words, "-p", "epochs", "-1")[0] == 0
    (arguments,) = project
    expected = ["-p", "author", "Ada L", "-p", "epochs", "-1", "-r", "student_number", "007"]
    assert arguments == [*expected, "-y", "seeds: [0]"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["report", "aa"], "unknown report aa: did you mean a?"),
        (["report", "zzz"], "unknown report zzz: known are a, scoreboard"),
        (["report", "a", "--out", "notebooks"], "reports cannot go into the folder of the"),
        (["new", "A"], "NAME must be lower-case letters, digits and _, got 'A'"),
        (["new", "x", "--from", "aa"], "unknown report aa: did you mean a?"),
    ],
)
def test_an_error_is_one_line_and_the_exit_status_tells_it(words, complaint, project):
    status, _, error = run(*words)
    assert status == 1
    assert complaint in error
    assert error.count("\n") == 1
    assert project == []


def test_an_interrupt_is_told_and_the_exit_status_is_that_of_a_shell(project, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("hw.cli.build", interrupted)
    status, _, error = run("report", "a")
    assert status == 130
    assert error == "interrupted: the next run goes on from here\n"


def test_a_new_report_can_be_built_at_once(project):
    Path("notebooks/template").mkdir()
    Path("notebooks/template/report.ipynb").write_text(json.dumps(NOTEBOOK))
    status, out, _ = run("new", "mine")
    assert status == 0
    assert out.startswith(f"wrote {Path('notebooks/mine.ipynb')}: ")
    assert run("report", "mine")[0] == 0
    assert Path("reports/mine.html").exists()


def test_data_are_fetched_or_the_reason_is_told(small_mirror, monkeypatch):
    from hw.data import load_bundled_digits

    monkeypatch.setattr("hw.data.load_optdigits", load_bundled_digits)
    status, out, _ = run("data", "fetch")
    assert status == 0
    assert out.startswith("Fashion-MNIST: 80 images, verified, in ")
    assert out.splitlines()[1].startswith("optdigits: 1,797 images")


def test_data_that_cannot_be_fetched_are_an_error_of_the_command(empty_cache):
    status, _, error = run("data", "fetch")
    assert status == 1
    assert error.startswith("Error: train-images-idx3-ubyte.gz could not be downloaded. Tried:")


def test_the_version_is_that_of_the_package():
    assert run("--version")[1] == f"hw, version {hw.__version__}\n"
