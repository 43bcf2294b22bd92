"""The shell commands of docs/ that need no network, run as they are written."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT


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
