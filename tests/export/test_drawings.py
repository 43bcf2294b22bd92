"""Drawings within the page: harmless, in the page's colours, under names of their own."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
from exporter_corpus import SVG as HARMLESS
from exporter_corpus import code, figure, notebook, picture, shown
from fuzzing import page_faults
from PIL import Image

from hw import plots
from hw.export.notebook.drawings import inline, is_harmless
from hw.export.notebook.reading import Report
from hw.export.page import page
from hw.plots import style
from hw.report import BLOCK_MIME
from hw.report.blocks import _svg as svg_of

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="100" height="50" viewBox="0 0 100 50">{}</svg>'
)


def _inline(inside):
    return inline(SVG.format(inside).encode(), (100, 50), "d1-", "what it shows")


def _uri(svg):
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _page(*outputs):
    return page(Report(notebook(code(*outputs)), "file", "."))


HOSTILE = pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)" width="1" height="1"/>',
        '<a href="javascript:alert(1)"><rect width="1" height="1"/></a>',
        '<a xlink:href="javascript:alert(1)"><rect width="1" height="1"/></a>',
        "<foreignObject><p>text</p></foreignObject>",
        '<p xmlns="http://www.w3.org/1999/xhtml" onfocus="f()">text</p>',
        '<image href="http://example.org/x.png" width="1" height="1"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zy8+" width="1" height="1"/>',
        '<use href="http://example.org/x.svg#a"/>',
        '<use xlink:href="data:image/svg+xml;base64,PHN2Zy8+#a"/>',
        '<rect style="fill: url(http://example.org/x.svg#a)"/>',
        '<rect fill="URL(//example.org)"/>',
        r'<rect style="fill: u\72l(http://example.org)"/>',
        '<rect style="position: fixed; fill: red"/>',
        '<rect style="fill: var(--paper)"/>',
        "<rect style=\"background-image: image-set('x.png' 1x)\"/>",
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<animate attributeName="x" values="1;2"/>',
        '<filter id="a"><feImage href="x.png"/></filter>',
        '<text tabindex="0">x</text>',
    ],
)


@HOSTILE
def test_a_drawing_with_anything_but_shapes_and_words_does_not_become_part_of_the_page(inside):
    assert _inline(inside) is None
    assert not is_harmless(SVG.format(inside).encode())


@HOSTILE
def test_a_hostile_figure_stays_an_image_or_is_left_out(inside):
    output = figure(svg=SVG.format(inside))
    assert BLOCK_MIME in output.data
    report = _page(output)
    assert "<svg" not in report
    image = r'<figure[^>]*><img src="data:image/svg\+xml;base64,'
    assert re.search(image, report) or "is missing or damaged" in report
    assert page_faults(report) == []


@HOSTILE
def test_the_check_of_pages_finds_every_hostile_drawing(inside):
    report = _page(figure())
    assert page_faults(report) == []
    assert page_faults(report.replace("</svg>", f"{inside}</svg>")) != []


def test_drawings_that_are_no_figures_of_ours_stay_images():
    marked = f'<img data-drawing="" class="drawing" alt="" src="{_uri(HARMLESS)}">'
    report = _page(shown(svg=HARMLESS), shown(html=marked), shown(html=HARMLESS))
    assert "<svg" not in report
    assert "data:image/svg+xml" in report


@pytest.mark.parametrize(
    "content", [b"<svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", b"", b"\0"]
)
def test_what_is_no_drawing_or_defines_entities_is_not_harmless(content):
    assert not is_harmless(content)
    assert inline(content, (1, 1), "d1-", "") is None


def test_shapes_words_and_bitmaps_are_kept():
    png = f'href="data:image/png;base64,{picture()}"'
    inside = (
        '<g transform="translate(1 2) scale(0.5)">'
        '<path d="M 0 0 L 1 1" style="stroke: #123456"/>'
        f"<text style=\"font: 8px 'A'\">a &lt; b</text><image {png}/></g>"
    )
    shown = _inline(inside)
    assert 'd="M 0 0 L 1 1"' in shown
    assert "stroke:#123456" in shown
    assert ">a &lt; b</text>" in shown
    assert png in shown
    assert shown.startswith('<svg viewBox="0 0 100 50" role="img" aria-label="what it shows"')


def test_style_sheets_and_metadata_of_a_drawing_stay_outside_the_page():
    shown = _inline("<defs><style>* {fill: red}</style></defs><metadata><x/></metadata>")
    assert "red" not in shown
    assert "metadata" not in shown


def test_colours_of_the_palette_become_those_of_the_page_and_others_stay():
    shown = _inline(
        f'<rect style="fill: {style.BLUE}"/><rect fill="{style.INK}" stroke="#abcdef"/>'
    )
    assert "fill:var(--blue)" in shown
    assert "fill:var(--ink);stroke:#abcdef" in shown


def test_the_page_has_every_colour_that_a_drawing_asks_for_in_light_and_dark():
    report = _page(figure())
    colors = (style.INK, style.SOFT, style.LINE, style.WASH, style.PAPER, style.SKY, style.GREY)
    asked = "".join(f'<rect fill="{color}"/>' for color in (*colors, *style.COLORS))
    names = set(re.findall(r"var\((--\w+)\)", _inline(asked)))
    assert len(names) == len({*colors, *style.COLORS})
    light, dark = report.partition("prefers-color-scheme: dark")[::2]
    for name in names:
        assert f"{name}:" in light
        assert f"{name}:" in dark


def test_identifiers_and_their_uses_get_a_prefix():
    shown = _inline(
        '<clipPath id="a"><rect/></clipPath><g id="b" clip-path="url(#a)"/><use xlink:href="#b"/>'
    )
    assert set(re.findall(r'id="([^"]+)"', shown)) == {"d1-a", "d1-b"}
    assert "url(#d1-a)" in shown
    assert 'href="#d1-b"' in shown


@pytest.mark.parametrize(("alpha", "is_ink"), [(0, True), (255, False)])
def test_bitmaps_through_which_the_page_shows_are_ink(alpha, is_ink):
    buffer = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, alpha)).save(buffer, "PNG")
    uri = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    assert ('class="ink"' in _inline(f'<image href="{uri}"/>')) is is_ink


def test_figures_of_ours_become_part_of_the_page():
    history = pd.DataFrame({"epoch": [1, 2], "train_mse": [2.0, 1.0], "val_mse": [2.0, 1.5]})
    drawn = [
        plots.learning_curves([history], ["mse"]),
        plots.image_grid(np.eye(4)[None]),
        plots.confusion_matrix([0, 1], [0, 0], ["coat", "shoe"]),
    ]
    for number, fig in enumerate(drawn):
        shown = inline(svg_of(fig), (300, 100), f"d{number}-", "a figure")
        assert shown is not None
        assert "<svg" in shown


def test_two_figures_on_a_page_share_no_identifier():
    report = _page(figure(label="a"), figure(label="b", number=2))
    names = re.findall(r'\sid="([^"]+)"', report)
    assert len(names) == len(set(names))
    assert report.count("<svg viewBox") == 2
