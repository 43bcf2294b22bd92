"""The tables of README and docs, and the gallery's picture."""

import io
import json

import pytest
from conftest import ROOT
from PIL import Image

from hw.config import NOTEBOOKS, TITLE_FIELDS
from tools import readme

RESULTS = json.loads((ROOT / "reports/gallery/results.json").read_text(encoding="utf-8"))
GALLERY = ROOT / "reports/gallery"


@pytest.mark.parametrize("document", readme.DOCUMENTS)
def test_the_tables_of_the_documents_are_those_of_the_code_and_of_the_gallery(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    assert text == readme.update(text, RESULTS), "run `make readme`"


def test_every_table_is_in_some_document():
    texts = [(ROOT / document).read_text(encoding="utf-8") for document in readme.DOCUMENTS]
    for name in [*NOTEBOOKS, "results", "costs"]:
        assert sum(f"<!-- table: {name} -->" in text for text in texts) == 1, name


def test_only_what_stands_between_the_marks_is_written():
    text = "before\n<!-- table: sweep -->\nformer\n<!-- end -->\nafter\n"
    updated = readme.update(text, RESULTS)
    assert updated.startswith("before\n<!-- table: sweep -->\n\n| parameter |")
    assert updated.endswith("|\n\n<!-- end -->\nafter\n")
    assert "former" not in updated


def test_a_mark_without_a_table_is_refused():
    with pytest.raises(ValueError, match=r"^a marked table must be one of .*, got 'nothing'"):
        readme.update("<!-- table: nothing -->\n<!-- end -->", RESULTS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_parameter_table_has_a_row_for_each_parameter_but_those_of_the_title_block(name):
    rows = readme.parameter_table(NOTEBOOKS[name]).splitlines()[2:]
    names = [row.split("`")[1] for row in rows]
    assert names == [field for field in NOTEBOOKS[name].model_fields if field not in TITLE_FIELDS]


def test_pages_of_pdfs_are_drawn_side_by_side():
    pages = [("scoreboard.pdf", 1), ("scoreboard.pdf", 1)]
    one = Image.open(io.BytesIO(readme.draw_pages(GALLERY, pages[:1])))
    two = Image.open(io.BytesIO(readme.draw_pages(GALLERY, pages)))
    assert one.height == two.height
    assert 1.8 < two.width / one.width < 2.1
