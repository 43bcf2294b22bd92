"""Trees of HTML: parsed, changed, written."""

from xml.etree.ElementTree import Element, SubElement

import pytest

from hw.export.tree import parse, pixels, plain, replace, serialise, set_styles, styles


@pytest.mark.parametrize(
    "html",
    [
        "<div>a<b>b</b>c<br>d</div>",
        '<div><p title="x &gt; y">1 &lt; 2 &amp; 3</p></div>',
        '<div><img src="a.png" alt=""> tail</div>',
    ],
)
def test_what_is_parsed_is_written_again(html):
    assert serialise(parse(html)[0]) == html


def test_what_is_nested_too_deeply_moves_up_and_no_word_is_lost():
    html = "".join(f"<div>{n} " for n in range(3000)) + "</div>" * 3000 + "end"
    tree = parse(html)
    assert plain(tree).split() == [*map(str, range(3000)), "end"]
    assert serialise(tree).count("<div>") < 100


def test_a_node_gives_way_and_the_text_behind_it_stays():
    tree = parse("a<i>x</i>b<b>y</b>c")
    replace(tree, 0)
    replace(tree, 0, Element("br"), Element("hr"))
    assert serialise(tree) == "<div>ab<br><hr>c</div>"


def test_a_node_without_words_is_told_by_its_images():
    node = Element("p")
    SubElement(node, "img", {"alt": "a cat"})
    assert plain(node) == "a cat"


def test_declarations_are_read_and_written():
    node = Element("p", {"style": "Color: red; nonsense; width:1px"})
    assert styles(node) == {"color": "red", "width": "1px"}
    set_styles(node, {})
    assert node.attrib == {}


@pytest.mark.parametrize(
    ("length", "expected"),
    [("12", 12), ("10px", 10), ("3pt", 4), ("1in", 96), ("50%", 0), ("x", 0)],
)
def test_lengths_in_pixels(length, expected):
    assert pixels(length) == expected
