"""Formulas: what is taken out of Markdown, macros, numbers, and MathML."""

import re
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.export.formulas.extraction import MARK, Formulas


def taken(text: str) -> list[str]:
    """TeX of the formulas in a Markdown text."""
    formulas = Formulas()
    formulas.take(text)
    return [formula.tex for formula in formulas.found]


def converted(*texts: str) -> Formulas:
    """Formulas of Markdown cells, as MathML."""
    formulas = Formulas()
    for text in texts:
        formulas.take(text)
    formulas.convert()
    return formulas


def words(mathml: str) -> str:
    """Text of a formula, as it is read."""
    return re.sub(r"[\s\u2061\u2063]+", " ", " ".join(fromstring(mathml).itertext())).strip()


# --- taking out ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$ x $ and $ y $", [" x ", " y "]),
        ("$$\n\\begin{align}\na\n\\end{align}\n$$", ["\n\\begin{align}\na\n\\end{align}\n"]),
        (r"\begin{bmatrix}1\end{bmatrix} and text", [r"\begin{bmatrix}1\end{bmatrix}"]),
        (r"\begin{alignat*}{2}a\end{alignat*}", [r"\begin{alignat*}{2}a\end{alignat*}"]),
        (r"\\(x\\) and \\[y\\]", ["x", "y"]),
        ("$$\na\n+ b\n- c\n> d\n= e\n$$", ["\na\n+ b\n- c\n> d\n= e\n"]),
        ("$$\na\n\nb\n$$", ["\na\n\nb\n"]),
        ("> $a\n> + b$\n>\n> $$c\n> d$$", ["a\n+ b", "c\nd"]),
        (r"$a \text{$b$} c$", [r"a \text{$b$} c"]),
        ("$a { b$ c $d\n\ntext", ["a { b$ c "]),
        (r"$\{a\}$ and ${b}$", [r"\{a\}", "{b}"]),
        (r"\$5 and $x$", ["x"]),
        (r"see \eqref{a} and \ref{b}", [r"\eqref{a}", r"\ref{b}"]),
        ("| $x|y$ | b |", ["x|y"]),
        ("$$x\r\ny$$", ["x\ny"]),
    ],
)
def test_formulas_are_found_as_jupyter_finds_them(text: str, expected: list[str]) -> None:
    assert taken(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "from $20-$30",
        "between $1,000 (now) and $2,000",
        "**$5** or **$10**",
        "a $x\n\ny$ b",
        r"An \(inline\) form",
        "one $ alone",
        "`$a$` and ``$b ` $``",
        "<code>$x$</code> <PRE>\n$y$</PRE>",
        "```\n$a$\n```\n\n~~~ tex\n$$b$$\n~~~",
        "````\n```\n$a$\n````",
        "> ```\n> $a$\n> ```",
        "```\n$a$ in a fence that is never closed",
    ],
)
def test_prices_and_code_hold_no_formulas(text: str) -> None:
    formulas = Formulas()
    assert formulas.take(text) == text
    assert not formulas.found


def test_a_price_does_not_hide_the_formula_behind_it() -> None:
    assert taken("$5 million, where $x$ is $3$ or $10 log x$") == ["x", "3", "10 log x"]


def test_backticks_that_are_never_closed_are_no_code() -> None:
    assert taken("one ` and $a$\n\nanother ` and $b$") == ["a", "b"]


def test_a_formula_around_code_keeps_the_code() -> None:
    formulas = Formulas()
    formulas.take(r"$\text{`code`}$")
    assert formulas.found[0].tex == r"\text{`code`}"
    assert formulas.found[0].source == r"$\text{`code`}$"


def test_display_follows_the_delimiters() -> None:
    formulas = Formulas()
    formulas.take("$a$ $$b$$ \\\\(c\\\\) \\\\[d\\\\] \\begin{gather}e\\end{gather}")
    assert [formula.display for formula in formulas.found] == [False, True, False, True, True]


_PIECES = ["$", "$$", "`", "```\n", "\n", "\n\n", "> ", "{", "}", "x", " ", "5", "\\\\(", "\\\\)"]
_PIECES += [
    "\\begin{a}",
    "\\end{a}",
    "\\$",
    "<code>",
    "</code>",
    "~~~\n",
    "\\alpha",
    "\\eqref{a}",
    "\\",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_sources_put_back_give_the_text_again(text: str) -> None:
    formulas = Formulas()
    marked = formulas.take(text)
    assert {int(number) for number in MARK.findall(marked)} == set(range(len(formulas.found)))
    empty = re.compile(r"\$\$\s*\$\$|\$\s*\$|\\\\\(\s*\\\\\)")  # formulas of nothing are left out
    assert empty.sub("", formulas.source(marked)) == empty.sub("", text) or empty.search(text)


# --- macros ---


@pytest.mark.parametrize(
    ("definition", "use", "expected"),
    [
        (r"\newcommand{\R}{\mathbb{R}}", r"x^\R", "x ℝ"),
        (r"\newcommand\norm[1]{\|#1\|}", r"\norm{x}", "‖ x ‖"),
        (r"\newcommand{\add}[2][1]{#1 + #2}", r"\add{x} = \add[y]{z}", "1 + x = y + z"),
        (r"\def\pair#1#2{(#1, #2)}", r"\pair{a}b", "( a , b )"),
        (r"\DeclareMathOperator{\tr}{tr}", r"\tr A", "tr A"),
        (r"\DeclareMathOperator*{\best}{best}", r"\best_x f", "best x f"),
        (r"\let\eps=\epsilon", r"\eps", "ϵ"),
        (r"\let\old\phi \renewcommand{\phi}{\old_1}", r"\phi", "ϕ 1"),
        (
            r"\newcommand{\be}{\begin{align}}\newcommand{\ee}{\end{align}}",
            r"\be a &= b \ee",
            "a = b",
        ),
        (r"\newcommand{\half}{\frac12}", r"\half x", "1 2 x"),
        (r"\newcommand{\xt}{x_t}", r"y^\xt", "y x t"),
        (r"\newcommand{\al}[1]{#1\alpha}", r"\al{x}y", "x α y"),
    ],
)
def test_macros_of_one_cell_hold_in_another(definition: str, use: str, expected: str) -> None:
    formulas = converted(f"$${definition}$$", f"$${use}$$")
    assert len(formulas.found) == 1  # a cell of definitions shows nothing
    assert not formulas.failed
    assert words(formulas.mathml[0]) == expected


def test_a_changed_macro_changes_what_follows_only() -> None:
    formulas = converted(
        r"$\newcommand{\z}{a} \z$",
        r"$\z \vec{x}$",
        r"$\renewcommand{\z}{b}\renewcommand{\vec}{v}$",
        r"$\z \vec$",
    )
    assert [words(mathml) for mathml in formulas.mathml] == ["a", "a x ⃗", "b v"]


def test_a_macro_may_be_used_before_the_cell_that_defines_it() -> None:
    assert words(converted(r"$\z$", r"$\def\z{a}$").mathml[0]) == "a"


def test_macros_without_end_are_refused() -> None:
    formulas = converted(
        r"$\newcommand{\a}{\b\b}\newcommand{\b}{\a\a}$", r"$\a$", r"$\def\l{\l x}\l$"
    )
    assert set(formulas.failed) == {0, 1}
    assert all("without end" in reason for reason in formulas.failed.values())


# --- numbers ---


def numbers(mathml: str) -> list[str]:
    """Numbers at the right of a formula's lines."""
    return ["".join(row[-1].itertext()) for row in fromstring(mathml).iter("mtr")]


def test_labels_number_lines_and_references_reach_over_cells() -> None:
    formulas = converted(
        r"see \eqref{b} and \ref{eq:a c}",
        r"\begin{align} x &= 1 \label{eq:a c} \\ y &= 2 \label{b} \\ z &= 3 \notag \end{align}",
        r"$$ E = mc^2 \label{é} $$ by $\eqref{é}$",
    )
    assert not formulas.failed
    assert [words(formulas.mathml[n]) for n in (0, 1, 4)] == ["(2)", "1", "(3)"]
    assert numbers(formulas.mathml[2]) == ["(1)", "(2)", ""]
    assert numbers(formulas.mathml[3]) == ["(3)"]
    target = re.search(r'href="#([^"]+)"', formulas.mathml[0])
    assert target
    assert f'id="{target[1]}"' in formulas.mathml[2]


def test_without_labels_only_tags_are_numbers() -> None:
    formulas = converted(
        r"\begin{align} a \\ b \tag{$\star$} \end{align}",
        r"$$x = 1 \tag{2.1'}$$",
        r"\begin{equation} y \end{equation}",
    )
    assert [numbers(mathml) for mathml in formulas.mathml] == [["", "(⋆)"], ["(2.1')"], [""]]


def test_a_tag_in_a_line_of_text_stays_readable() -> None:
    assert words(converted(r"$x \tag{3}$").mathml[0]) == "x (3)"


def test_references_to_nothing_are_shown_as_written() -> None:
    formulas = converted(r"\ref{fig:x} and \eqref{lost}", r"$$\notacommand \label{lost}$$")
    assert set(formulas.failed) == {0, 1, 2}


# --- MathML ---


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\text{if $x_1 > 0$ & a_b # 5\%}", "if x 1 > 0 & a_b # 5%"),
        (r"\color{red}{x} y", "x y"),
        (r"{\rm x} \Large y", "x y"),
        ("50%", "50 %"),
        ("x % comment\n+ y", "x + y"),
        (r"\verb|a_1\b|", r"a_1\b"),
        (r"\begin{eqnarray} a &=& b \end{eqnarray}", "a = b"),
        (r"\root3\of x + \mathop{\rm argmin}\limits_y z", "x 3 + argmin y z"),
        (r"\mathop{\mathrm{arg\,min}}_y z", "arg min y z"),
        (r"\sum_{\substack{i \\ j}} x", "∑ i j x"),
        (r"\begin{array}{*{2}{c}@{x}p{3cm}} a & b & c \\ \hline \end{array}", "a b c"),
    ],
)
def test_what_math_core_does_not_read_is_rewritten(tex: str, expected: str) -> None:
    formulas = converted(f"$${tex}$$")
    assert not formulas.failed
    assert words(formulas.mathml[0]) == expected


def test_a_colour_ends_with_its_argument() -> None:
    row = fromstring(converted(r"$\color{#ff0000}{x} y$").mathml[0])
    assert [(part.get("style"), "".join(part.itertext())) for part in row] == [
        ("color:#FF0000;", "x"),
        (None, "y"),
    ]


@pytest.mark.parametrize("tex", [r"a \\ b", r"a \\ b \\ ", r"\begin{gather} a \\ b \end{gather}"])
def test_line_breaks_make_lines(tex: str) -> None:
    root = fromstring(converted(f"$${tex}$$").mathml[0])
    assert len(root.findall(".//mtr")) == 2


def test_columns_of_align_meet_at_the_relation_in_chromium() -> None:
    mathml = converted(r"\begin{align} a &= b \\ cc &= d \end{align}").mathml[0]
    sides = [cell.get("style", "") for cell in fromstring(mathml).iter("mtd")]
    assert ["right" in sides[1], "left" in sides[2], "right" in sides[5], "left" in sides[6]] == [
        True
    ] * 4


@pytest.mark.parametrize("tex", ["x^{y^{z", r"x \left( y", r"\frac{a}{b"])
def test_unclosed_formulas_lose_no_letter(tex: str) -> None:
    formulas = converted(f"$${tex}$$")
    letters = re.findall("[a-z]", re.sub(r"\\[a-z]+", "", tex))
    assert formulas.failed or sorted(re.findall("[a-z]", words(formulas.mathml[0]))) == sorted(
        letters
    )


def test_the_unread_is_named() -> None:
    formulas = converted(r"$\ce{H2O}$ and $x$")
    assert formulas.failed == {0: r'Unknown command "\ce".'}
    assert formulas.mathml[0] == ""
    assert formulas.mathml[1].startswith("<math")


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\url{javascript:alert(1)}",
        r"\style{background:url(//a.b)}{x}",
        r'\class{a" onclick="b}{x}',
        r'\color{red" onload="b}{x}',
        r'\begin{equation} x \label{"><script>} \end{equation} \eqref{"><script>}',
        r'x \tag{"><img src=//a.b>}',
        r"\unicode{x3c}script\unicode{x3e}",
        r"\verb|<script>|",
        r"\require{html}\cssId{a}{x}",
        r"\operatorname{<b>} \mathrm{</math><script>}",
        "<script>&lt;/math&gt;&#60;script",
        r"x^{<iframe src=//a.b>",
        "\\html@a{x} \\includegraphics{//a.b}",
    ],
)
def test_nothing_in_tex_becomes_html(tex: str) -> None:
    for mathml in converted(f"$${tex}$$").mathml:
        if not mathml:
            continue
        for element in fromstring(mathml.replace("&nbsp;", " ")).iter():
            assert re.fullmatch("m[a-z]+|a|b|i|u|code|span", element.tag)
            assert not any(name.startswith("on") or name == "src" for name in element.attrib)
            assert element.get("href", "#eq-").startswith("#eq-")
            assert "url" not in element.get("style", "")


# --- hostile and large text ---


@pytest.mark.parametrize(
    "piece",
    [
        "$",
        "$x ",
        "${",
        "`",
        "` `` ",
        "<pre>",
        "```\n",
        "\\begin{a}{ \\end{a} \n\n",
        "$$\n\n",
        "$5 aa ",
        "\\eqref{",
        "\\newcommand\\a[",
        "\\def\\a#1#2",
        "\\\\",
        "> ",
        "$\\text{a $b$ ",
    ],
)
def test_a_cell_of_a_million_letters_is_read(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    formulas = Formulas()
    formulas.take(text)  # the suite's timeout would end what is not linear
    assert sum(len(formula.source) for formula in formulas.found) <= len(text)


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 9000 + "x" + "}" * 9000,
        "x^{" * 4000 + "x" + "}" * 4000,
        r"\sqrt" * 3000 + " x",
        r"\left(" * 3000,
        "(" * 15000,
        r"\sin(" * 3000,
        r"\{" * 5000,
        r"\verb|" * 3000,
        r"\label{" * 2500,
        r"\mathop{" * 2000,
        r"\begin{eqnarray}" + r"&\aaaaaaaaaaaaaaaaaaaaaaaaaa" * 400,
        r"\color{red}{" * 1500,
        "&" * 15000,
        r"\let\z( " + "( " * 5000,
        r"\begin{aligned}" * 1000,
        "x" * 30000,
    ],
)
def test_deep_and_long_formulas_neither_hang_nor_end_the_process(tex: str) -> None:
    formulas = converted(f"$${tex}$$", "$y$")
    assert words(formulas.mathml[-1]) == "y"
    assert len(formulas.mathml) == len(formulas.found)
