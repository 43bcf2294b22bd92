"""HTML made harmless: nothing runs, nothing loads, nothing that is replaced goes unsaid."""

import re
from pathlib import Path

import pytest

from hw.export.notebook.pictures import Files
from hw.export.notebook.sanitising import read
from hw.export.tree import serialise


def _read(html, folder="."):
    notes = []
    tree = read(html, Files(Path(folder)), {}, lambda text: text, notes.append)
    return serialise(tree)[5:-6], notes


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" \tJaVa&#115;cript:alert(1)">x</a>',
    '<a href="data:text/html,<script>1</script>">x</a>',
    "<style>*{background:url(http://e.org)}</style>",
    '<p style="background:url(http://e.org)">x</p>',
    '<p style="background-color:red;background:URL(//e.org)">x</p>',
    '<style>#a{background:url(http://e.org)}</style><p id="a">x</p>',
    '<svg onload="alert(1)"><script>1</script></svg>',
    "<svg><style>@import 'http://e.org'</style></svg>",
    '<iframe src="http://e.org" onload="f()"></iframe>',
    "<iframe><script>alert(1)</script></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<math><mtext><script>alert(1)</script></mtext></math>",
    '<meta http-equiv="refresh" content="0;url=http://e.org">',
    '<base href="http://e.org"><link rel=stylesheet href="http://e.org">',
    '<form action="http://e.org"><input type="text" onfocus="f()"><button>x</button></form>',
    '<video poster="http://e.org/x.png"><source src="http://e.org/v.mp4"></video>',
    '<img srcset="http://e.org/x.png 2x" src="http://e.org/x.png">',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    '<iframe><iframe><img src="http://e.org/x.png"></iframe></iframe>',
    "<x-iframe><x-iframe><x-embed><img src=x onerror=f()>",
    "<x-iframe src=javascript:alert(1)>x</x-iframe>",
    "<script\x0b>alert(1)</script>",
    "<<script>script>alert(1)<</script>/script>",
    "<table background='http://e.org/x.png'><tr><td>x</td></tr></table>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_becomes_harmless(html):
    shown, _ = _read(html)
    tags = "".join(re.findall("<[^>]*>", shown))
    assert not re.search(
        r"<(script|iframe|x-|style|link|meta|base|form|button|svg|math|video)", tags
    )
    assert not re.search(
        r"javascript:|url\(|srcset|poster|background=|\son\w+=", tags, re.IGNORECASE
    )
    assert not re.search(r'\ssrc="(?!hw-files/)', tags)


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<iframe src="https://e.org/x"></iframe>', "A frame"),
        ('<video controls><source src="https://e.org/x">Your browser is old.</video>', "A video"),
        ('<audio src="https://e.org/x"></audio>', "A sound"),
        ('<object data="https://e.org/x"></object>', "An embedded object"),
        ('<embed src="https://e.org/x">', "An embedded object"),
    ],
)
def test_what_plays_becomes_a_note_with_a_link_and_its_neighbours_stay(html, name):
    shown, notes = _read(f"before {html} after")
    link = '<a href="https://e.org/x">https://e.org/x</a>'
    assert shown == f'before <p class="note">{name} is not shown: {link}</p> after'
    assert notes == [f"{name} is not shown: https://e.org/x"]


def test_an_unclosed_frame_swallows_nothing():
    assert "kept" in _read("<iframe src='https://e.org'><p>kept</p>")[0]


def test_the_rules_of_a_style_sheet_for_single_elements_are_written_into_them():
    html = (
        "<style>#T_a_row0_col0, #T_a_row1_col0 {background-color: #ff0; color: #000}"
        " #T_a th {color: blue} p {color: red}</style><table id='T_a'><tr><th>h</th>"
        "<td id='T_a_row0_col0'>1</td></tr></table><p>x</p>"
    )
    shown, _ = _read(html)
    assert '<td id="T_a_row0_col0" style="background-color:#ff0;color:#000">1</td>' in shown
    assert '<th style="color:blue">h</th>' in shown
    assert "<p>x</p>" in shown


def test_bars_of_a_style_survive():
    bar = "background: linear-gradient(90deg, #d65f5f 33.3%, transparent 33.3%)"
    assert (
        "linear-gradient(90deg, #d65f5f 33.3%, transparent 33.3%)"
        in _read(f"<p style='{bar}'>x")[0]
    )


def test_a_fill_without_an_ink_gets_a_dark_one():
    assert _read('<b style="background: yellow">x</b>')[0] == (
        '<b style="background-color:yellow;color:#1a1a1a">x</b>'
    )


@pytest.mark.parametrize("hidden", ["hidden", 'style="display: none"'])
def test_what_is_hidden_is_not_shown(hidden):
    assert _read(f"a<p {hidden}>secret</p>b")[0] == "ab"


def test_old_attributes_become_declarations():
    assert _read('<font color="blue">x</font>')[0] == '<span style="color:blue">x</span>'


def test_a_drawing_is_kept_as_a_picture_with_its_title():
    shown, notes = _read("<svg width=9 height=9><title>A box</title><rect/></svg> after")
    assert re.fullmatch(r'<img src="hw-files/\w+\.svg" alt="A box"> after', shown)
    assert notes == []


def test_a_store_of_symbols_is_no_picture():
    sheet = '<svg style="position: absolute; width: 0; height: 0"><symbol id="a"/></svg>'
    assert _read(sheet + '<svg class="icon"><use href="#a"></use></svg>x')[0] == "x"


def test_a_picture_that_is_missing_is_told_and_a_remote_one_is_a_link():
    shown, notes = _read(
        '<img src="https://e.org/x.png" alt="far"><img src="near.png" title="near">'
    )
    assert '<a href="https://e.org/x.png" class="missing">far (image not included)</a>' in shown
    assert '<span class="missing">near (image not included)</span>' in shown
    assert notes == [
        "The image https://e.org/x.png is not included.",
        "The image near.png is not included.",
    ]


def test_anchors_by_name_are_targets():
    assert _read('<a name="here"></a>')[0] == '<a id="here"></a>'
