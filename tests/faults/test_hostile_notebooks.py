"""Notebooks that mean harm: huge, deep, with code in every field. Both files come out, harmless."""

import base64
import gzip
import os
from itertools import pairwise

import pytest
import yaml
from exporter_corpus import code, figure, notebook, picture, shown, table, title
from fuzzing import page_faults, page_text, pdf_faults, pdf_text, rendered
from nbformat.v4 import new_markdown_cell, new_output, new_raw_cell

from hw.export.pdf import walker

PAYLOADS = [
    '"); #read("/etc/passwd") //', "#(617*619)", "]#(617*619)[", '#import "/etc/passwd": *',
    '" + str(617*619) + "', "\\u{22} #panic()", '#image("/etc/passwd")', "#sys.inputs <x> @x //",
    "\\input{/etc/passwd}", "\\write18{touch spoilt}", "</title><script>alert(1)</script>",
    '" onerror="alert(1)', "javascript:alert(1)", "{{ 617 * 619 }} {% raw %}",
    "<img src=x onerror=alert(1)>", "<!ENTITY x SYSTEM 'file:///etc/passwd'> &x;",
]  # fmt: skip
FRONT = [
    "title", "subtitle", "author", "abstract", "date", "course", "keywords", "exercises", "lang",
    "csl", "bibliography",
]  # fmt: skip
ENTRY = ["author", "title", "journal", "year", "note", "url", "doi", "publisher", "pages"]
FIELDS = [
    "# {}", "![{}](near.png)", '![x](near.png "{}")', "[x]({})", "[x](<{}>)", "[{}](#x)",
    '<a href="{}">x</a>', "<img alt='{}' src='near.png'>", "<div id='{}'>x</div>",
    "<p style='color:{}'>x</p>", "<p class='{}'>x</p>", ":::{{note}} {}\nx\n:::", "> [!NOTE]\n> {}",
    "::: {{.callout-note title='{}'}}\nx\n:::",
    "```{{figure}} near.png\n:name: {}\n:alt: {}\n{}\n```",
    "[@key, {}]", "[@{}]", "{{cite}}`{}`", "{{ref}}`{}`", "{{math}}`{}`", "[^1]\n\n[^1]: {}",
    "::: {{#fig-x fig-cap='{}'}}\n![x](near.png)\n:::", "![x](near.png){{#fig-{} width='{}'}}",
    "({})=\n# x", "```{}\nx\n```", "$\\text{{{}}}$", "$\\tag{{{}}} x$", "$\\color{{{}}} x$",
    "$\\href{{{}}}{{x}}$", "$\\operatorname{{{}}}$", "$$x$$ ({})", "\\begin{{{}}}x\\end{{{}}}",
    "$\\def\\a{{{}}}\\a$", "| {} |\n|---|\n| {} |", "<table width='{}'><tr><td>x</table>",
]  # fmt: skip
OPTIONS = ["label", "fig-cap", "fig-alt", "tbl-cap", "code-summary", "echo", "fig-width"]
MARKUP = [
    '<meta http-equiv="refresh" content="0;url=http://e.org">', "<base href='//e.org'>",
    "<p style='background:url(http://e.org)'>x", "<p style='background:u\\72l(http://e.org)'>x",
    "<style>@import 'http://e.org'; p{background:url(//e.org)}</style>",
    "<svg onload=alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><set attributeName=href to=javascript:f() /></svg>",
    "<svg><a href='jav&#x61;script:f()'><text>x</text></a></svg>",
    "<svg xmlns:s='http://www.w3.org/2000/svg'><s:script>alert(1)</s:script><rect/></svg>",
    "<svg><style>rect{fill:u\\72l(http://e.org)}</style><rect/></svg>",
    "<svg><rect style='fill:&#117;rl(http://e.org)'/></svg>",
    "<svg><foreignObject><iframe src=http://e.org></iframe></foreignObject></svg>",
    "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg><text>&x;</text></svg>",
    "<form action=//e.org><button formaction=javascript:f()>x</button></form>",
    "<object data=javascript:f()></object>", "<iframe srcdoc='<script>1</script>'></iframe>",
    "<link rel=stylesheet href=//e.org>", "<math href=javascript:f()><mi>x</mi></math>",
]  # fmt: skip
ATTRIBUTES = [
    "href", "src", "srcset", "style", "background", "action", "formaction", "poster", "data",
    "xlink:href", "cite", "longdesc", "lowsrc", "dynsrc", "ping", "onclick", "id", "class", "title",
    "alt", "width", "align", "bgcolor", "data-keys", "data-notes", "data-raw",
]  # fmt: skip
SCHEMES = [
    "javascript:alert(1)", " java\tscript:alert(1)", "&#106;avascript:f()", "vbscript:f()"
]  # fmt: skip
TAGS = ["a", "img", "p", "table", "td", "svg", "input", "body", "video", "q", "span", "math"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a picture, beside files that are nobody's business."""
    above = tmp_path_factory.mktemp("above")
    (above / "secret.bib").write_text("@book{secret, author={Mallory}, title={Secret}}")
    (above / "secret.csl").write_text("<style/>")
    (above / "secret.png").write_bytes(base64.b64decode(picture("gif")))
    folder = above / "book"
    folder.mkdir()
    (folder / "near.png").write_bytes(base64.b64decode(picture()))
    (folder / "link.bib").symlink_to(above / "secret.bib")
    (folder / "link.png").symlink_to(above / "secret.png")
    return folder


def _checked(cells, folder):
    """Both files as text, found harmless, and what the command line says."""
    html, pdf, notes, more_notes = rendered(cells, folder)
    assert page_faults(html) == []
    assert pdf_faults(pdf) == []
    texts = page_text(html), pdf_text(pdf)
    for text in texts:
        assert "root:" not in text
        assert "381923" not in text
    return *texts, notes + more_notes


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_of_every_field_stay_words(payload, folder):
    fields = [new_markdown_cell(field.format(*[payload] * 3)) for field in FIELDS]
    options = [
        code(shown("x", png=picture()), source=f"#| {name}: {payload}\nx = 1") for name in OPTIONS
    ]
    ours = [
        code(
            figure(payload, payload, alt=payload),
            table([[payload, payload]], payload, payload, (payload, payload)),
            title(title=payload, author=payload, date=payload, exercises=[payload]),
            shown("x", block={"kind": "banner", "text": payload}),
            shown("x", block={"kind": payload}),
        )
    ]
    entry = ", ".join(f"{name} = {{{payload}}}" for name in ENTRY)
    (folder / "own.bib").write_text(f"@article{{key, {entry}}}")
    last = new_markdown_cell("lastwords @key")
    for front in (dict.fromkeys(FRONT[:-2], payload), dict.fromkeys(FRONT[-2:], payload)):
        header = new_raw_cell(f"---\n{yaml.safe_dump(front)}---\n")
        front["bibliography"] = "own.bib"
        for cells in ([header, *fields, *options, last], [header, *ours, last]):
            page, pdf, notes = _checked(notebook(*cells), folder)
            assert "lastwords" in page
            assert "lastwords" in pdf
            assert not [note for note in notes if "could not be typeset" in note]


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_loads_and_runs_nothing(markup, folder):
    raw = new_raw_cell(markup, metadata={"raw_mimetype": "text/html"})
    outputs = shown(html=markup), shown(svg=markup), shown(markdown=markup)
    page, pdf, _ = _checked(
        notebook(new_markdown_cell(markup), raw, code(*outputs), new_markdown_cell("last")), folder
    )
    assert "last" in page
    assert "last" in pdf


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_no_attribute_holds_a_script(attribute, folder):
    html = "\n".join(
        f"<{tag} {attribute}='{scheme}'>x</{tag}>" for tag in TAGS for scheme in SCHEMES
    )
    _checked(notebook(new_markdown_cell(html), code(shown(html=html), shown(svg=html))), folder)


PATHS = [
    "../secret",
    "/etc/passwd",
    "file:///etc/passwd",
    "link",
    "..%2fsecret",
    "book/../../secret",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["bibliography", "csl", "picture"])
def test_no_path_leads_out_of_the_folder(kind, path, folder):
    header = {"bibliography": "bibliography: {}.bib", "csl": "csl: {}.csl"}.get(kind, "title: x")
    words = f"[@secret]\n\n![a]({path}.png) <img src='{path}.png'> ![a]({path})"
    cells = notebook(new_raw_cell(f"---\n{header.format(path)}\n---\n"), new_markdown_cell(words))
    html, pdf, notes, _ = rendered(cells, folder)
    assert "Mallory" not in page_text(html) + pdf_text(pdf)
    assert "data:image" not in html.partition("<body>")[2]
    assert notes


FULL = 1 if os.environ.get("FUZZ") else 10  # only `make fuzz` tries the full sizes


def _bomb(n_layers):
    """A drawing that uses itself, ten times in each of its layers."""
    layers = ['<g id="a0"><rect/></g>']
    layers += [
        f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10}</g>' for n in range(1, n_layers)
    ]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(layers)}</svg>'


def _within(svg):
    data = base64.b64encode(svg.encode()).decode()
    image = f'<image href="data:image/svg+xml;base64,{data}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg">{image}</svg>'


def _deep(piece, end="", n=2000):
    return piece * n + "deep words" + end * n


def _macros(names):
    """Macros each of which holds the next one nine times."""
    pairs = pairwise(names)
    return "".join(f"\\def\\{name}{{{f'{chr(92)}{inner}' * 9}}}" for name, inner in pairs)


def _stream(text):
    return new_output("stream", text=text)


_ROW = "<tr><td>1<td>2"
LARGE = {
    "50 MB of lines": lambda: code(_stream("0123456789 abcdefghi\n" * (2_500_000 // FULL))),
    "a line of 50 MB": lambda: code(_stream("0123456789" * (5_000_000 // FULL))),
    "Markdown of 1 MB": lambda: new_markdown_cell("more *and* more\n\n" * (60_000 // FULL)),
    "a paragraph of 1 MB": lambda: new_markdown_cell("words and more. " * (60_000 // FULL)),
    "a formula of 100 kB": lambda: new_markdown_cell(f"$${'x+' * (50_000 // FULL)}x$$"),
    "a table of 60,000 cells": lambda: code(shown(html="<table>" + _ROW * (30_000 // FULL))),
    "HTML 2,000 deep": lambda: code(shown(html=_deep("<div>", "</div>"))),
    "HTML 2,000 deep in Markdown": lambda: new_markdown_cell(_deep("<b><i>", "</i></b>")),
    "tables 2,000 deep": lambda: code(shown(html=_deep("<table><tr><td>", "</table>"))),
    "lists 2,000 deep": lambda: new_markdown_cell(_deep("- ")),
    "quotations 2,000 deep": lambda: new_markdown_cell(_deep("> ")),
    "brackets 2,000 deep": lambda: new_markdown_cell(_deep("[")),
    "a formula 2,000 deep": lambda: new_markdown_cell(f"${_deep('{', '}')}$"),
    "a drawing 2,000 deep": lambda: code(shown(svg=f"<svg>{_deep('<g>', '</g>')}</svg>")),
    "macros that unfold": lambda: new_markdown_cell(f"${_macros('abcdefghi')}\\a$"),
    "a header that unfolds": lambda: new_raw_cell(
        "---\na0: &a0 [x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
        + "title: words\nkeywords: *a8\n---\n"
    ),
    "a drawing that unfolds": lambda: code(shown(svg=_bomb(12))),
    "a drawing that unfolds in another": lambda: code(shown(svg=_within(_bomb(12)))),
    "a packed drawing": lambda: code(
        shown(svg=base64.b64encode(gzip.compress(bytes(10**7))).decode())
    ),
    "entities that unfold": lambda: code(
        shown(svg='<!DOCTYPE svg [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><svg><text>&b;</text></svg>')
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LARGE)
def test_what_is_too_large_or_too_deep_costs_itself_at_most(what, folder):
    cell = LARGE[what]()
    page, pdf, _ = _checked(notebook(cell, new_markdown_cell("lastwords")), folder)
    assert "lastwords" in page
    assert "lastwords" in pdf


def test_a_notebook_of_5000_cells_is_rendered_whole(folder):
    n_cells = 5000 // FULL
    cells = [
        new_markdown_cell(f"sentence{n}") if n % 2 else code(shown(f"result{n}"))
        for n in range(n_cells)
    ]
    page, pdf, _ = _checked(notebook(*cells), folder)
    for text in (page, pdf):
        assert f"sentence{n_cells - 1}" in text
        assert f"result{n_cells - 2}" in text


def test_an_output_of_too_many_parts_is_cut_in_the_pdf_with_a_note(folder, monkeypatch):
    monkeypatch.setattr(walker, "_MOST", 100)
    rows = "".join(f"<tr><td>cell{n}" for n in range(200))
    cells = notebook(code(shown(html=f"<table>{rows}</table>")), new_markdown_cell("lastwords"))
    page, pdf, notes = _checked(cells, folder)
    assert "cell199" in page
    assert "cell10" in pdf
    assert "cell199" not in pdf
    assert "lastwords" in pdf
    assert any("parts of an output are left out" in note for note in notes)


def test_a_style_with_entities_is_not_read(folder):
    (folder / "own.csl").write_text(
        '<!DOCTYPE style [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<style xmlns="http://purl.org/net/xbiblio/csl"><info><title>&x;</title></info></style>'
    )
    (folder / "own.bib").write_text("@book{key, author={Ada}, title={T}, year={2001}}")
    header = new_raw_cell("---\ncsl: own.csl\nbibliography: own.bib\n---\n")
    page, _, notes = _checked(notebook(header, new_markdown_cell("[@key]")), folder)
    assert "Ada" in page
    assert "declares entities" in "".join(notes)
