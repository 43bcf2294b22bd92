"""Notebooks by strangers: they are rendered, not run, and their texts stay texts."""

import re
import socket
from html import escape

import nbformat
import pytest
from exporter_corpus import everything
from nbformat.v4 import new_code_cell, new_notebook

from hw.report import BLOCK_MIME


@pytest.mark.parametrize("exporter", ["HomeworkHTMLExporter", "HomeworkPDFExporter"])
def test_a_strangers_notebook_is_rendered_without_running_it_and_without_a_network(
    exporter, monkeypatch, tmp_path
):
    from hw.export import exporters

    def refuse(*_, **__):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    notebook = everything()
    notebook.cells.append(new_code_cell(f"open({str(tmp_path / 'run')!r}, 'w')"))
    assert getattr(exporters, exporter)().from_notebook_node(notebook)[0]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "words",
    ["../../etc/passwd", '"; rm -rf /', "$(touch spoilt)", "`touch spoilt`", "{{ 7 * 7 }}", "%s%n"],
)
def test_the_words_of_the_title_block_are_never_more_than_words(words, tmp_path):
    from hw.export.exporters import HomeworkHTMLExporter

    block = {"kind": "title", "title": words, "author": words}
    output = nbformat.v4.new_output("display_data", data={BLOCK_MIME: block})
    html = HomeworkHTMLExporter().from_notebook_node(
        new_notebook(cells=[new_code_cell("", outputs=[output])])
    )[0]
    title = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)[1]
    assert "".join(title.split()) == "".join(escape(words, quote=True).split())
