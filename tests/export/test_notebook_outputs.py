"""Outputs: the best of what each offers that needs no running notebook."""

import pytest
from exporter_corpus import SVG, code, notebook, picture, shown
from nbformat.v4 import new_output

from hw.export.notebook.reading import Report
from hw.export.tree import plain, serialise

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
PLOTLY = "application/vnd.plotly.v1+json"
VEGA = "application/vnd.vegalite.v5+json"
BARS = {
    "data": {"values": [{"a": "A", "b": 28}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}


def _report(*outputs, **metadata):
    return Report(notebook(code(*outputs, source=""), **metadata), "x", ".")


def _html(*outputs):
    return "".join(map(serialise, _report(*outputs).main))


def _kinds(report):
    return [node.get("class") or node.tag for node in report.main]


# What is chosen


@pytest.mark.parametrize(
    ("bundle", "kinds"),
    [
        ({"html": "<b>x</b>", "latex": "$x$", "markdown": "*x*", "plain": "x"}, ["html"]),
        ({"html": "<b>x</b>", "png": picture()}, ["html"]),
        ({"html": "<script>1</script><b>x</b>", "png": picture()}, ["figure"]),
        ({"html": "<div id='a'></div><script>1</script>", "png": picture()}, ["figure"]),
        ({"html": "<style>b {}</style>", "plain": "x"}, ["stdout"]),
        ({"svg": SVG, "plain": "x"}, ["figure"]),
        ({"latex": "$x$", "plain": "x"}, ["markdown"]),
        ({"latex": "\\begin{tabular}{l}a\\end{tabular}", "plain": "a"}, ["stdout"]),
        ({"latex": "\\begin{tabular}{l}a\\end{tabular}", "markdown": "*a*"}, ["markdown"]),
        ({"markdown": "*x*", "plain": "x"}, ["markdown"]),
        ({"json": {"a": 1}, "plain": "x"}, ["stdout"]),
        ({"json": {"a": 1}}, ["stdout"]),
        ({"html": "<div class='xr-wrap'>a</div>", "plain": "<xarray>"}, ["stdout"]),
        ({"html": "<style>b {}</style>"}, []),
    ],
)
def test_the_best_of_a_bundle_is_shown(bundle, kinds):
    report = _report(shown(**bundle))
    assert _kinds(report) == kinds
    assert report.notes == []


@pytest.mark.parametrize(
    ("bundle", "name"),
    [
        ({PLOTLY: {"data": []}, "html": "<div></div><script>Plotly.newPlot()</script>"}, "plotly"),
        ({PLOTLY: {"data": []}}, "plotly"),
        ({"html": "<div id='b'></div><script>Bokeh.embed()</script>"}, "bokeh"),
        ({VEGA: {"data": {"url": "https://e.org/x.json"}, "mark": "bar"}}, "vega"),
    ],
)
def test_charts_of_scripts_become_text_and_a_note(bundle, name):
    report = _report(shown("as text", **bundle))
    assert _kinds(report) == ["note", "stdout"]
    assert report.notes == [
        f"cell 1: An interactive chart ({name}) is not shown: "
        "it needs a running notebook or its scripts."
    ]


@pytest.mark.parametrize(
    "html",
    [
        '<iframe src="https://e.org/v"></iframe>',
        '<video src="https://e.org/v"></video>',
    ],
)
def test_frames_and_videos_become_a_note_with_their_link(html):
    report = _report(shown("text", html=html))
    assert 'href="https://e.org/v"' in serialise(report.main)
    assert "https://e.org/v" in report.notes[0]


def test_a_chart_in_vega_lite_is_drawn():
    pytest.importorskip("vl_convert")
    html = f"<div id='altair-viz'></div><script>(function(spec){{}})({BARS});</script>".replace(
        "'", '"'
    )
    report = _report(shown("chart", **{VEGA: BARS}), shown("chart", html=html))
    assert _kinds(report) == ["figure", "figure"]
    assert report.notes == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://e.org/x.json", "data.json"])
def test_a_chart_loads_nothing(url):
    nested = {"layer": [{"transform": [{"from": {"data": {"url": url}}}]}]}
    for chart in (BARS | {"data": {"url": url}}, BARS | nested):
        assert "note" in _kinds(_report(shown("chart", **{VEGA: chart})))


def test_unknown_types_leave_a_note():
    report = _report(shown(**{"application/x-unheard-of": "?"}))
    assert report.notes == ["cell 1: An output of type application/x-unheard-of is not shown."]


# Pictures


def test_retina_pictures_have_the_size_that_their_metadata_says():
    output = shown(png=picture())
    output.metadata["image/png"] = {"width": 2, "height": 2.0}
    assert 'width="2" height="2"' in _html(output)


def test_a_damaged_picture_becomes_text_and_a_note():
    report = _report(shown("<Figure>", png="aGVsbG8="))
    assert _kinds(report) == ["note", "stdout"]
    assert report.notes == ["cell 1: A picture (image/png) is damaged or too large and not shown."]


# Text


def test_blank_lines_within_text_are_kept_and_no_line_is_cut():
    text = "first\n\n\nlast\n" + "".join(f"row {n}\n" for n in range(500))
    output = new_output("stream", name="stdout", text="\n\n" + text)
    assert "".join(_report(output).main.itertext()) == text.rstrip()


def test_colours_of_a_terminal_are_kept_and_its_other_commands_are_not():
    html = _html(
        new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m \x1b[2Ka\x1b]8;;u\x07b\x08<")
    )
    red = '<span class="ansi-red-fg">red</span>'
    assert html == f'<pre class="stdout" data-cell="1">{red} ab&lt;</pre>'


def test_errors_show_their_traceback_without_the_folders_of_others():
    error = new_output(
        "error", ename="E", evalue="v", traceback=["File /home/me/p/run.py:3", "\x1b[1mbad\x1b[0m"]
    )
    html = _html(error)
    assert "…/run.py:3" in html
    assert "/home" not in html
    assert "E: v" in _html(new_output("error", ename="E", evalue="v", traceback=[]))


# Widgets


def _widgets(**models):
    states = {
        name: {"model_name": kind, "state": state, **rest}
        for name, (kind, state, rest) in models.items()
    }
    return {"widgets": {STATE: {"version_major": 2, "state": states}}}


def test_a_progress_bar_is_shown_as_it_was_stored():
    state = _widgets(
        box=("HBoxModel", {"children": ["IPY_MODEL_a", "IPY_MODEL_b", "IPY_MODEL_c"]}, {}),
        a=("HTMLModel", {"value": "100%"}, {}),
        b=("FloatProgressModel", {"value": 10.0, "max": 10.0, "description": "fit"}, {}),
        c=("HTMLModel", {"value": "10/10 [00:01]"}, {}),
    )
    report = _report(shown("HBox(...)", **{VIEW: {"model_id": "box"}}), **state)
    assert plain(report.main) == "100% fit 10 of 10 10/10 [00:01]"


@pytest.mark.parametrize(
    ("kind", "state", "text"),
    [
        ("LabelModel", {"value": "a label"}, "a label"),
        ("TextModel", {"description": "name", "value": "<b>"}, "name <b>"),
        ("IntSliderModel", {"description": "n", "value": 3}, "n 3"),
        ("CheckboxModel", {"description": "on", "value": True}, "on yes"),
        ("DropdownModel", {"description": "x", "_options_labels": ["p", "q"], "index": 1}, "x q"),
        ("ButtonModel", {"description": "Run"}, "Run"),
        ("OutputModel", {"outputs": [{"output_type": "stream", "text": "out"}]}, "out"),
    ],
)
def test_values_of_controls_are_shown(kind, state, text):
    report = _report(shown("w", **{VIEW: {"model_id": "a"}}), **_widgets(a=(kind, state, {})))
    assert plain(report.main) == text


def test_an_image_of_a_widget_is_shown():
    buffers = {"buffers": [{"path": ["value"], "encoding": "base64", "data": picture()}]}
    state = _widgets(a=("ImageModel", {"format": "png"}, buffers))
    assert "<img" in serialise(_report(shown("w", **{VIEW: {"model_id": "a"}}), **state).main)


@pytest.mark.parametrize("view", [{"model_id": "x"}, {}, "x", None])
def test_a_widget_without_a_stored_state_is_text_and_a_note(view):
    report = _report(shown("Widget(value=3)", **{VIEW: view}))
    assert _kinds(report) == ["stdout", "note"]


def test_widgets_that_hold_one_another_end():
    state = _widgets(
        a=("VBoxModel", {"children": ["IPY_MODEL_b", "IPY_MODEL_b"]}, {}),
        b=("VBoxModel", {"children": ["IPY_MODEL_a"]}, {}),
    )
    assert _kinds(_report(shown("w", **{VIEW: {"model_id": "a"}}), **state)) == ["stdout", "note"]
