"""Floats in the order of their numbers."""

import base64
import io
import re

import pypdf
from exporter_corpus import code, notebook, shown, table
from nbformat.v4 import new_markdown_cell

from hw.export.exporters import HomeworkPDFExporter
from hw.export.pdf.arranging import arrange


def _figure(label, width, height=200):
    size = {"column": 302, "middle": 446, "full": 627}[width]
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{height}"></svg>'
    uri = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    block = {"kind": "figure", "number": 1, "label": label, "caption": "c", "alt": "a"}
    return code(shown("f", block=block, html=f'<img src="{uri}">'))


def _numbers(cells):
    pdf = HomeworkPDFExporter().from_notebook_node(notebook(*cells))[0]
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return [[int(n) for n in re.findall(r"Figure (\d+)\.", text)] for text in pages]


def test_figures_of_all_widths_come_in_the_order_of_their_numbers():
    widths = ["column", "full", "column", "column", "middle", "full", "column", "full"]
    cells = [
        cell
        for n, width in enumerate(widths)
        for cell in (new_markdown_cell("words " * 90), _figure(f"f{n}", width))
    ]
    numbers = [number for page in _numbers(cells) for number in sorted(page)]
    assert numbers == list(range(1, 9))


def _headed(*between):
    """Text of a PDF whose last section but one has a table, and whatever is given."""
    filling = new_markdown_cell("word " * 300 + "\n\n## Second")
    scores = code(table([["x", "1"]], "Scores", "t"))
    cells = notebook(filling, scores, *between, new_markdown_cell("## Third\n\nend"))
    data = HomeworkPDFExporter().from_notebook_node(cells)[0]
    return pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()


def test_a_table_that_is_all_of_its_section_stays_under_the_heading():
    text = _headed()
    assert text.index("Second") < text.index("Scores") < text.index("Third")


def test_a_table_beside_text_floats():
    text = _headed(new_markdown_cell("These are words."))
    assert text.index("Second") < text.index("These are words") < text.index("Third")
    assert not text.index("Second") < text.index("Scores") < text.index("These are words")


def test_a_wide_float_that_would_stand_above_a_narrow_one_goes_to_the_foot():
    narrow = 'column(marked("image-1", i), 1pt, c, image, wide: false)'
    wide = 'picture(marked("image-2", i), placement: top, scope: "parent")'

    def places_of(order):
        low = any("placement: bottom" in code for code in order)
        return {"image-1": (1, 22.0, 100.0), "image-2": (1, 22.0, 200.0 if low else 20.0)}

    assert arrange([narrow, wide], places_of)[1] == wide.replace("top", "bottom")


def test_where_the_foot_does_not_help_a_narrow_float_gets_both_columns():
    narrow = 'column(marked("image-1", i), 1pt, c, image, wide: false)'
    wide = 'picture(marked("image-2", i), placement: top, scope: "parent")'

    def places_of(order):
        turns = any("wide: true" in code for code in order)
        return {"image-1": (2, 22.0, 20.0), "image-2": (3 if turns else 1, 22.0, 20.0)}

    assert "wide: true" in arrange([narrow, wide], places_of)[0]


def test_a_float_over_the_edge_of_the_page_gets_both_columns():
    narrow = 'column(marked("image-1", i), 1pt, c, image, wide: false)'

    def places_of(order):
        end = 250.0 if "wide: true" in order[0] else 290.0
        return {"foot": (0, 0, 276.0), "image-1": (1, 22.0, 200.0), "image-1-end": (1, 22.0, end)}

    assert arrange([narrow], places_of) == [narrow.replace("false", "true")]


def test_a_provenance_does_not_have_a_page_for_itself():
    blocks = ["words", "words", "words", "provenance(x)"]

    def places_of(order):
        at = order.index("provenance(x)")
        return {"provenance": (1 if at < 2 else 2, 22.0, 250.0), "end": (1, 22.0, 100.0)}

    assert arrange(blocks, places_of) == ["words", "provenance(x)", "words", "words"]
