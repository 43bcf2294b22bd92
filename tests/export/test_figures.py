"""Sizes of pictures, and colours of CSS."""

from xml.etree.ElementTree import Element

import pytest

from hw.export.pdf.figures import COLUMN, FULL, MIDDLE, figure_call, image_width
from hw.export.pdf.styles import color


def image(**attributes: str) -> Element:
    return Element("img", attributes)


@pytest.mark.parametrize(
    ("attributes", "natural", "points"),
    [
        ({}, (400.0, 200.0), 300.0),
        ({}, (4000.0, 1000.0), FULL),
        ({"width": "100"}, (4000.0, 1000.0), 75.0),
        ({"width": "50%"}, (4000.0, 1000.0), FULL / 2),
        ({"height": "100"}, (400.0, 200.0), 150.0),
        ({"style": "width:2in"}, (10.0, 10.0), 144.0),
        ({}, (640.0, 480.0), 400.0),
        ({"width": "9999"}, (10.0, 20.0), 320.0),
        ({"width": "1.2.3%"}, (100.0, 100.0), 75.0),
    ],
)
def test_a_picture_is_as_wide_as_asked_or_by_nature_and_fits_the_page(
    attributes: dict[str, str], natural: tuple[float, float], points: float
) -> None:
    assert image_width(image(**attributes), natural, FULL) == pytest.approx(points)


@pytest.mark.parametrize(
    ("asked", "pixels", "width"),
    [
        ("column", 900, COLUMN),
        ("middle", 900, MIDDLE),
        ("full", 900, FULL),
        (None, 303, COLUMN),
        (None, 450, MIDDLE),
        (None, 700, FULL),
    ],
)
def test_a_figure_of_ours_has_one_of_three_widths(
    asked: str | None, pixels: float, width: float
) -> None:
    call = figure_call(image(), "a.svg", {"a.svg": (pixels, pixels / 3)}, "[A caption]", asked, 1)
    assert f"width: {width:.1f}pt" in call
    assert ('scope: "parent"' in call) == (width != COLUMN)


@pytest.mark.parametrize("asked", ["column", "middle", "full", None])
def test_no_figure_is_enlarged(asked: str | None) -> None:
    call = figure_call(image(), "a.svg", {"a.svg": (100, 50)}, "[A caption]", asked, 1)
    assert "width: 75.0pt, height: 37.5pt" in call


@pytest.mark.parametrize(
    ("css", "typst"),
    [
        ("red", 'rgb("#ff0000ff")'),
        ("#ABC", 'rgb("#aabbccff")'),
        ("rgb(1, 2, 3)", 'rgb("#010203ff")'),
        ("rgba(255,0,0,.5)", 'rgb("#ff000080")'),
        ("hsl(0, 100%, 50%)", 'rgb("#ff0000ff")'),
        ("yellow !important", 'rgb("#ffff00ff")'),
        ("transparent", None),
        ("rgba(0,0,0,0)", None),
        ("rgb(300,0,0)", None),
        ("inherit", None),
        ("", None),
    ],
)
def test_colours_of_css_are_colours_of_typst(css: str, typst: str | None) -> None:
    assert color(css) == typst
