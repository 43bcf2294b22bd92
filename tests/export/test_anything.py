"""Notebooks of random pieces: both files always come out, harmless, with every word or a note.

``make fuzz`` tries more of them: ``FUZZ`` is the number of notebooks for each test.
"""

import base64
import os

import pytest
from exporter_corpus import picture
from fuzzing import (
    page_faults,
    page_text,
    paths_of_this_machine,
    pdf_faults,
    pdf_text,
    rendered,
    sentences,
    soups,
)
from hypothesis import HealthCheck, given, settings

FUZZ = int(os.environ.get("FUZZ", "0"))
BOUNDED = settings(
    max_examples=FUZZ or 40,
    derandomize=not FUZZ,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a picture and a bibliography."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "near.png").write_bytes(base64.b64decode(picture()))
    entry = '@book{key, author={#import "x" Ada}, title={$x$ <b>T</b> \\input{z}}, year={2001}}'
    (folder / "one.bib").write_text(entry)
    return folder


@BOUNDED
@given(cells=soups())
def test_whatever_a_notebook_holds_both_files_come_out_and_are_harmless(folder, cells):
    html, pdf, notes, more_notes = rendered(cells, folder)
    assert page_faults(html) == []
    assert pdf_faults(pdf) == []
    assert paths_of_this_machine(html, folder) == paths_of_this_machine(pdf, folder) == []
    assert not [note for note in notes + more_notes if "could not be read" in note]
    assert "lastwords" in page_text(html)
    assert "lastwords" in pdf_text(pdf)


@BOUNDED
@given(drawn=sentences())
def test_every_word_is_there_or_a_note_says_so(folder, drawn):
    cells, words = drawn
    html, pdf, notes, more_notes = rendered(cells, folder)
    assert page_faults(html) == []
    shown = page_text(html)
    assert [word for word in words if word not in shown + "".join(notes)] == []
    typeset = pdf_text(pdf)
    assert [word for word in words if word not in typeset + "".join(more_notes)] == []
