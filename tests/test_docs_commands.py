"""The shell commands of docs/ that need no network, run as they are written."""

import json
import os
import re
import subprocess
import sys

import nbformat
import pypdf
import pytest
from conftest import ROOT
from nbformat.v4 import new_markdown_cell, new_notebook

import hw


@pytest.fixture
def shell(tmp_path):
    """A function that runs commands of the shell in an empty folder, as in an environment."""
    folder = tmp_path / "Übung 1"
    folder.mkdir()
    command = tmp_path / "bin/hw"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hw "$@"\n')
    command.chmod(0o755)
    path = os.pathsep.join([str(command.parent), os.path.dirname(sys.executable)])
    variables = {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def run(text):
        done = subprocess.run(
            ["sh", "-e", "-c", text],
            cwd=folder,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run.folder = folder
    return run


def commands(document):
    """The blocks of shell commands of a document."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_first_report_is_made_as_install_md_says(shell):
    outputs = "".join(shell(block) for block in commands("install.md"))
    assert "classifier-small            " in outputs
    for name in ("my_homework", "classifier-small"):
        assert (shell.folder / f"reports/{name}.pdf").read_bytes().startswith(b"%PDF")
    assert (shell.folder / "notebooks/my_network.ipynb").is_file()


def test_a_class_is_checked_as_class_md_says(shell):
    text = (ROOT / "docs/class.md").read_text(encoding="utf-8")
    for name in ("Ada Lovelace", "Jörg Müller"):
        path = shell.folder / f"hand-ins/{name}/homework.ipynb"
        path.parent.mkdir(parents=True)
        cells = [f"# Homework of {name}", "## Question 1\n\nA", "## Question 2\n\nB", "C"]
        notebook = new_notebook(cells=[new_markdown_cell(cell) for cell in cells])
        nbformat.write(notebook, path)
    comments = re.search(r"^```csv\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1]
    (shell.folder / "comments.csv").write_text(comments, encoding="utf-8")
    for block in commands("class.md"):
        shell(block)
    checked = shell.folder / "checked"
    questions = json.loads((checked / "questions.json").read_text(encoding="utf-8"))
    assert questions["Ada Lovelace/homework.pdf"].keys() == {"1", "2"}
    pages = pypdf.PdfReader(checked / "Ada Lovelace/homework.feedback.pdf").pages
    feedback = "".join(page.extract_text() for page in pages)
    assert "The gradient is" in feedback
    assert "5.5" in feedback
    assert (checked / "Jörg Müller/homework.feedback.pdf").is_file()
    (title,) = hw.report.read_blocks(shell.folder / "reports/homework_1.ipynb", "title")
    assert title["student_number"] == "12345"
    assert title["exercises"] == ["1", "2", "3"]
