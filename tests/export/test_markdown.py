"""Markdown as Jupyter, MyST and Quarto read it."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hw.export.formulas.extraction import Formulas
from hw.export.languages import words
from hw.export.markdown.rendering import Known, Markdown, find_labels

VOID = {"br", "hr", "img", "input", "col", "wbr"}


class Read(HTMLParser):
    """Text and tags of HTML; ``balanced`` is false if tags cross."""

    def __init__(self, html):
        super().__init__()
        self.stack = []
        self.tags = []
        self.text = ""
        self.balanced = True
        self.feed(html)
        self.close()
        self.balanced = self.balanced and not self.stack

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.text += " " if tag in ("p", "pre", "div", "li") else ""
        self.text += " ".join(
            value for name, value in attrs if name in ("alt", "title", "src", "href") and value
        )
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        self.balanced = self.balanced and bool(self.stack) and self.stack.pop() == tag

    def handle_data(self, data):
        self.text += data


def render(source, others=(), keys=(), labels=(), language="en"):
    formulas = Formulas()
    notes = []
    known = Known(frozenset(keys), frozenset(labels))
    markdown = Markdown(formulas, [source, *others], known, notes, words(language))
    return formulas.source(markdown.html(source, 3)), notes


def html(source, **options):
    return render(source, **options)[0]


def text(source, **options):
    return " ".join(Read(html(source, **options)).text.split())


# Jupyter


def test_a_heading_needs_no_blank_after_its_marks():
    assert "<h1>Title</h1>" in html("#Title")
    assert "<h2>Part</h2>" in html("words\n##Part ##\n")


@pytest.mark.parametrize("source", ["#1 is best", "####### seven", "    #code", "#!/bin/sh"])
def test_what_starts_with_marks_but_is_no_heading_stays(source):
    assert "<h" not in html(source)
    assert source.strip() in text(source)


def test_a_mark_in_code_is_no_heading():
    assert "<h1>" not in html("```python\n#comment\n```\n")


def test_links_of_one_cell_are_known_in_all():
    assert '<a href="https://example.org">link</a>' in html(
        "[link][ref]", others=["[ref]: https://example.org"]
    )


def test_a_link_in_code_defines_nothing():
    assert "<a" not in html("[link][ref]", others=["```\n[ref]: https://example.org\n```"])


def test_a_footnote_of_another_cell_is_shown_where_it_is_used():
    found = html("Note.[^1]", others=["[^1]: Words from elsewhere."])
    assert "Words from elsewhere." in found
    assert "footnote" in found


def test_a_footnote_that_another_cell_uses_is_shown_only_there():
    assert text("[^1]: Words.", others=["Note.[^1]"]) == ""


def test_a_footnote_that_nothing_uses_stays_text():
    assert text("[^1]: Words **bold**.") == "[^1]: Words bold."


def test_a_footnote_used_only_in_code_stays_text():
    assert "Words." in text("[^a]: Words.", others=["`[^a]` is a set of letters"])


def test_a_footnote_within_a_callout_is_kept():
    assert "Words." in text("::: {.callout-tip}\n[^a]: Words.\n:::")
    assert "Words." in text("::: {.callout-tip}\nNote.[^a]\n\n[^a]: Words.\n:::")


def test_a_footnote_in_code_stays_code():
    assert "[^1]: no note" in text("```\n[^1]: no note\n```\n\nText")


def test_footnotes_of_two_cells_have_different_identifiers():
    markdown = Markdown(Formulas(), [])
    first, second = (
        re.findall(r'id="(fn[^"]*)"', markdown.html("a[^1]\n\n[^1]: b")) for _ in range(2)
    )
    assert first
    assert not set(first) & set(second)


def test_formulas_in_code_are_written_as_they_were():
    assert "<code>$x$</code>" in html("`$x$` and $y$")
    assert "$a$ $b$" in text("```\n$a$ $b$\n```")


def test_an_indented_formula_is_no_code():
    assert "<pre>" not in html("Text\n\n    $$x^2$$\n")


def test_lists_forty_levels_deep_keep_their_words():
    source = "\n".join("  " * depth + f"- word{depth}" for depth in range(40))
    assert all(f"word{depth}" in text(source) for depth in range(40))


# Directives


@pytest.mark.parametrize(
    "source",
    [
        "```{note}\nWords $x$\n```",
        ":::{note}\nWords $x$\n:::",
        "::: {.callout-note}\nWords $x$\n:::",
        "::: note\nWords $x$\n:::",
        "> [!NOTE]\n> Words $x$",
    ],
)
def test_every_way_to_write_a_note_gives_the_same(source):
    found = html(source)
    assert found.startswith(
        '<div class="admonition note"><p class="admonition-title"><strong>Note</strong></p>'
    )
    assert "<p>Words $x$</p>" in found


@pytest.mark.parametrize(
    "source",
    [
        "```{warning} A *title*\nWords\n```",
        "::: {.callout-warning}\n## A *title*\nWords\n:::",
        '::: {.callout-warning title="A *title*" collapse=true}\nWords\n:::',
        "> [!WARNING] A *title*\n> Words",
    ],
)
def test_a_callout_has_its_own_title(source):
    found = html(source)
    assert 'class="admonition warning"' in found
    assert "<strong>A <em>title</em></strong>" in found
    assert "<h2" not in found


def test_a_callout_without_a_title_speaks_the_language():
    assert "Hinweis" in text(":::{note}\nWorte\n:::", language="de")


def test_a_quotation_that_is_no_alert_stays_one():
    assert "<blockquote>" in html("> [!FOO]\n> words")
    assert "[!FOO]" in text("> [!FOO]\n> words")


def test_divs_nest_by_colons_and_by_names():
    by_colons = html("::::{note}\n:::{tip}\ninner\n:::\nouter\n::::\n\nafter")
    by_names = html("::: {.callout-note}\n::: {.callout-tip}\ninner\n:::\nouter\n:::\n\nafter")
    for found in (by_colons, by_names):
        assert re.search(
            r'admonition note".*admonition tip".*inner.*</div>.*outer.*</div>.*after', found, re.S
        )


def test_colons_in_code_close_nothing():
    assert "<p>after</p>\n</div>" in html(":::{note}\n```\n:::\n```\nafter\n:::")


def test_a_div_may_open_in_one_cell_and_close_in_another():
    assert Read(html("::: {.panel-tabset}\n\n## One")).balanced
    assert text(":::") == ""


def test_tabs_are_bold_titles_and_no_headings():
    quarto = html("::: {.panel-tabset}\n## R\nfoo\n## Python\nbar\n:::")
    myst = html("::::{tab-set}\n:::{tab-item} R\nfoo\n:::\n:::{tab-item} Python\nbar\n:::\n::::")
    for found in (quarto, myst):
        assert "<strong>R</strong>" in found
        assert "<strong>Python</strong>" in found
        assert "<h2" not in found


@pytest.mark.parametrize(
    "source",
    [
        "```{figure} a.png\n:name: fig-a\n:alt: An alt\n:width: 50%\nA *caption*\n```",
        '![A *caption*](a.png){#fig-a width=50% fig-alt="An alt"}',
    ],
)
def test_a_figure_has_label_caption_alt_and_width(source):
    found = html(source)
    assert '<figure id="fig-a">' in found
    assert "<figcaption>A <em>caption</em></figcaption>" in found
    assert 'alt="An alt"' in found
    assert 'width="50%"' in found


def test_an_unlabelled_picture_is_no_figure():
    assert "<figure" not in html("![alt](a.png){width=50%}")
    assert 'width="50%"' in html("![alt](a.png){width=50%}")


def test_a_div_with_a_figures_label_is_a_figure():
    found = html("::: {#fig-two layout-ncol=2}\n![](a.png)\n\n![](b.png)\n\nThe caption\n:::")
    assert re.search(
        r'<figure id="fig-two">.*a.png.*b.png.*<figcaption>The caption</figcaption>', found, re.S
    )


@pytest.mark.parametrize(
    "source",
    [
        "|a|b|\n|-|-|\n|1|2|\n\n: A caption {#tbl-x}\n",
        "::: {#tbl-x}\n|a|b|\n|-|-|\n|1|2|\n\nA caption\n:::",
        "```{table} A caption\n:name: tbl-x\n|a|b|\n|-|-|\n|1|2|\n```",
        "```{list-table} A caption\n:header-rows: 1\n:name: tbl-x\n* - a\n  - b\n* - 1\n  - 2\n```",
        "```{csv-table} A caption\n:header: a, b\n:name: tbl-x\n1, 2\n```",
    ],
)
def test_every_way_to_write_a_table_gives_the_same(source):
    found = re.sub(r"\s*\n\s*", "", html(source))
    assert found == (
        '<table id="tbl-x"><caption>A caption</caption><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )


def test_a_list_table_that_is_no_list_of_lists_keeps_its_words():
    assert text("```{list-table} Cap\n- just\n- words\n```") == "Cap just words"


def test_a_formula_has_its_label_inside():
    for source in (
        "```{math}\n:label: eq-x\na = b\n```",
        "$$a = b$$ {#eq-x}",
        "$$\na = b\n$$ (eq-x)",
    ):
        formulas = Formulas()
        Markdown(formulas, [source]).html(source)
        assert formulas.found[-1].tex.split() == ["a", "=", r"b\label{eq-x}"] or formulas.found[
            0
        ].tex.split() == ["a", "=", "b", r"\label{eq-x}"]


def test_a_number_in_brackets_after_a_formula_is_no_label():
    formulas = Formulas()
    assert "(1)" in Markdown(formulas, []).html("$$a = b$$ (1)")
    assert "label" not in formulas.found[0].tex


@pytest.mark.parametrize(
    "info", ["python", "{python}", "{code-cell} python", "{.python}", "{code-block} python"]
)
def test_code_of_every_dialect_is_python(info):
    assert '<code class="language-python">' in html(f"```{info}\nx = 1\n```")


def test_a_caption_of_code_is_kept():
    assert text("```{code-block} python\n:caption: What it does\nx\n```") == "What it does x"


def test_an_unknown_directive_keeps_its_content():
    found = html("```{nonsense} An argument\nWith **words**\n```")
    assert "An argument" in found
    assert "<strong>words</strong>" in found


def test_an_option_with_words_is_shown_and_told():
    found, notes = render("```{note}\n:icon: true\n:remark: Some words\nBody\n```")
    assert '<p class="note">remark: Some words</p>' in found
    assert "icon" not in found
    assert notes == ["cell 3: The option remark: Some words of a directive note is shown as text."]


def test_an_included_file_is_not_read_but_told():
    found, notes = render("```{include} ../secret.md\n```")
    assert "../secret.md" in found
    assert notes == ["cell 3: The file ../secret.md of a directive include is not included."]


def test_directives_nested_without_end_keep_their_words():
    source = "".join(f"{':' * (60 - i)}{{note}}\nword{i}\n" for i in range(50))
    assert all(f"word{i}" in text(source) for i in range(50))


# Labels and references


def test_a_heading_takes_its_label_from_braces_and_from_a_target():
    assert '<h2 id="sec-a">Words</h2>' in html("## Words {#sec-a .unnumbered}")
    assert '<h2 id="sec-a">Words</h2>' in html("(sec-a)=\n## Words")


def test_a_target_names_the_directive_below():
    assert '<figure id="fig-a">' in html("(fig-a)=\n```{figure} a.png\nCaption\n```")


def test_a_target_above_other_words_is_an_anchor():
    assert '<span class="target" id="here"></span>' in html("(here)=\nSome words")


@pytest.mark.parametrize(
    "source", ["@fig-x", "[@fig-x]", "[](#fig-x)", "{numref}`fig-x`", "{ref}`fig-x`"]
)
def test_every_way_to_refer_gives_the_same(source):
    assert html(f"See {source}.", labels=["fig-x"]) == (
        '<p>See <a class="ref" href="#fig-x"></a>.</p>\n'
    )


@pytest.mark.parametrize(
    "source", ["{numref}`Fig. %s <fig-x>`", "[Fig. %s](#fig-x)", "[Fig. {number}](#fig-x)"]
)
def test_a_reference_may_have_its_own_words(source):
    assert '<a class="ref" href="#fig-x">Fig. %s</a>' in html(source)


def test_a_reference_to_an_equation_is_its_number():
    formulas = Formulas()
    known = Known(labels=frozenset(["eq-x"]))
    assert "Gleichung \ue000" in Markdown(formulas, [], known, [], words("de")).html("@eq-x")
    assert formulas.found[0].tex == r"\eqref{eq-x}"


def test_labels_are_found_in_cells_of_both_kinds():
    sources = [
        "#| label: fig-code\nplot()", "## A {#sec-a}", "(here)=\n# B",
        ":::{figure} a.png\n:name: fig-b\n:::",
        '<a id="raw"></a>', '![c](c.png){width=5 #fig-c}', "$$x$$ {#eq-x}",
    ]  # fmt: skip
    expected = {"fig-code", "sec-a", "here", "fig-b", "raw", "fig-c", "eq-x"}
    assert expected <= find_labels(sources)


# Citations


def test_a_citation_holds_keys_form_and_affixes():
    found = Read(html("[see @a, p. 3; @b] @a [p. 4] -@b", keys=["a", "b"]))
    cites = [attrs for tag, attrs in found.tags if tag == "span"]
    assert [cite["data-keys"] for cite in cites] == ["a b", "a", "b"]
    assert [cite["data-form"] for cite in cites] == ["paren", "text", "year"]
    assert cites[0]["data-notes"] == '[["see", "p. 3"], ["", ""]]'
    assert cites[1]["data-notes"] == '[["", "p. 4"]]'


@pytest.mark.parametrize(
    "source",
    [
        "me@key.org", "@other", "`@key`", "@property", "a@key", "x/@key", "\\@key",
        "[me@key.org]", "[@key](https://x.org)",
    ],
)  # fmt: skip
def test_what_is_no_citation_stays_text(source):
    found = html(source, keys=["key"])
    assert 'class="cite"' not in found
    assert unescape(source).strip("\\`[").split("]")[0] in text(source, keys=["key"])


def test_a_picture_among_words_takes_its_caption_into_its_description():
    found = html('Words ![A caption](a.png){#fig-a fig-alt="An alt"}')
    assert 'alt="A caption: An alt"' in found
    assert 'id="fig-a"' in found


def test_without_a_bibliography_nothing_in_brackets_is_a_citation():
    assert html("[@nobody]") == "<p>[@nobody]</p>\n"


def test_with_a_bibliography_an_unknown_key_in_brackets_is_a_citation():
    assert 'data-keys="nobody"' in html("[@nobody]", keys=["key"])


def test_punctuation_after_a_key_belongs_to_the_sentence():
    assert 'data-keys="a:b.c"' in html("As @a:b.c.", keys=["a:b.c"])
    assert "</span>, and" in html("As @key, and", keys=["key"])


@pytest.mark.parametrize(
    ("role", "form"),
    [("cite", "paren"), ("cite:p", "paren"), ("cite:t", "text"), ("cite:year", "year")],
)
def test_a_role_is_a_citation(role, form):
    assert f'data-keys="a b" data-form="{form}"' in html(f"{{{role}}}`a, b`")


# Roles, attributes, shortcodes


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("H{sub}`2`O", "H<sub>2</sub>O"),
        ("x{sup}`2`", "x<sup>2</sup>"),
        ("{kbd}`Ctrl`", "<kbd>Ctrl</kbd>"),
        ("{abbr}`HTML (Hypertext Markup)`", "HTML (Hypertext Markup)"),
        ("{doc}`The guide <guide.md>`", "The guide (guide.md)"),
        ("{term}`loss`", "<em>loss</em>"),
        ("{py:func}`len`", "<code>len</code>"),
        ("{nothing}`words`", "{nothing}<code>words</code>"),
        ("[some words]{.smallcaps #here}", '<span id="here" class="smallcaps">some words</span>'),
        ("[link](https://x.org){target=_blank}", '<a href="https://x.org">link</a>'),
        ("`code`{.python}", "<code>code</code>"),
        ("a {not attributes} b", "a {not attributes} b"),
    ],
)
def test_inline_markup(source, expected):
    assert html(source) == f"<p>{expected}</p>\n"


def test_a_role_is_a_formula():
    formulas = Formulas()
    Markdown(formulas, []).html("{math}`x^2`")
    assert formulas.found[0].tex == "x^2"


def test_a_video_becomes_its_link_and_is_told():
    found, notes = render('{{< video https://x.org/v.mp4 title="The film" >}}')
    assert '<a href="https://x.org/v.mp4">' in found
    assert "The film" in found
    assert notes == ["cell 3: The shortcode video is replaced by its link."]


def test_any_other_shortcode_is_shown_as_it_is_written():
    assert text("{{< meta title >}}") == "{{< meta title >}}"
    assert text("a {{< pagebreak >}} b") == "a b"


# Any text

PIECES = [
    "# {}", "##{}", "{} {{#sec-{}}}", "- {}", "  - {}", "1. {}", "> {}", "> [!TIP]\n> {}",
    "```{{note}} {}", "```", ":::", "::: {{.callout-tip title=\"{}\"}}", "::::{{tip}}", "::::",
    ":::{{figure}} a.png\n:alt: {}", "```{{list-table}} {}", "* - {}\n  - {}",
    "|{}|{}|\n|-|-|\n|{}|{}|", ": {} {{#tbl-a}}", "({})=", "[^{}]: {}", "[^1]", "@{}", "[@{}, {}]",
    "{{ref}}`{} <fig-x>`", "{{sub}}`{}`", "{{math}}`{}`", "![{}](a.png){{#fig-a fig-alt=\"{}\"}}",
    "[{}]{{.x}}", "{{{{< video https://x.org {} >}}}}", "$${}$$ {{#eq-x}}", "$ {} $", "**{}",
    "*{}*", "`{}`", "~~~\n{}\n~~~", "    {}", "[{}](#fig-x)", "- [ ] {}", "term {}\n: {}",
    ":{}: {}", "---\n{}: {}\n---", "", "", "```{{csv-table}} {}\n:header: {},{}\n{},{}\n```",
    ":::{{card}} {}\nhead {}\n^^^\n{}\n+++\n{}\n:::", "::: {{#fig-a}}\n![](a.png)\n\n{}\n:::",
    "```{{code-block}} python\n:caption: {}\n{}\n```",
]  # fmt: skip


@st.composite
def cells(draw):
    count = 0
    lines = []
    for piece in draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12)):
        holes = piece.replace("{{", "").replace("}}", "").count("{}")
        lines.append(piece.format(*(f"w{count + i}q" for i in range(holes))))
        count += holes
    return "\n".join(lines), count


@settings(max_examples=400, deadline=None)
@given(cells())
def test_no_word_is_lost_and_tags_are_balanced(cell):
    source, count = cell
    found, notes = render(source, keys=["w1q"], labels=["w2q", "w3q"])
    read = Read(found)
    assert read.balanced
    shown = unescape(found) + " ".join(notes)
    assert [f"w{i}q" for i in range(count) if f"w{i}q" not in shown] == []


# Lines that begin with % and a blank, in a list or a quote, too: MyST's comments.
_COMMENT = re.compile(r"^(?:[ >]|[-*+] |\d+[.)] |: |\[\^[^]\n]*\]: ?)*%(?: .*)?$", re.MULTILINE)


@settings(max_examples=300, deadline=None)
@given(st.text("ab 1#>-*_`~:{}[]()<@!|\\$%=\"'\n.;^&+/\ue000\ue001é图", max_size=80))
@example(":::\n:::{")
@example("```{\n")
@example("```{list-table}\n* - a\n```")
@example("(a)=\n(b)=")
@example("|a|\n|-|\n\n: {#x}")
@example("% é")
def test_any_text_becomes_html(source):
    found, _ = render(source, keys=["a"], labels=["b"])
    kept = re.sub(r"[^ab1é图]", "", _COMMENT.sub("", source))
    assert set(kept) <= set(unescape(found) + unquote(unescape(found))) | {"1"}
