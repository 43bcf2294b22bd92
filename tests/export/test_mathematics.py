"""Equations of Typst: all commands of TeX compile, nothing in a formula becomes code."""

import re
from pathlib import Path

import pytest
import typst

from hw.export.formulas.extraction import Formulas
from hw.export.formulas.mathematics import equation, string

COMMANDS = [
    line.split("\t")
    for line in (Path(__file__).parent / "tex_commands.txt")
    .read_text(encoding="utf-8")
    .splitlines()
]
UNREAD = {r"\ce"}  # shown as written, with a note: mhchem is a language of its own
HEAD = '#set document(title: "Formulas")\n#set text(lang: "en")\n'
STANDARDS = ["ua-1", "a-2a"]


def read(*formulas: str) -> Formulas:
    """Formulas on lines of their own, converted together."""
    found = Formulas()
    for tex in formulas:
        found.add(tex, True, tex)
    found.convert()
    return found


def call(tex: str, display: bool = True) -> str:
    """Typst's code for one formula."""
    found = read(tex)
    assert not found.failed
    return equation(found.mathml[0], display, tex)


def compiled(calls: list[str], folder: Path) -> bytes:
    """A PDF by both standards; Typst raises at what they do not allow."""
    source = folder / "main.typ"
    source.write_text(
        HEAD + "".join(f"#{{ {code}; parbreak() }}\n" for code in calls), encoding="utf-8"
    )
    pdf = typst.compile(source, pdf_standards=STANDARDS, timestamp=0)
    assert isinstance(pdf, bytes)
    return pdf


def test_over_500_commands_are_read() -> None:
    found = read(*(example for _, example in COMMANDS))
    unread = {found.found[number].source: reason for number, reason in found.failed.items()}
    assert len(COMMANDS) > 500
    assert [name for name, example in COMMANDS if example in unread] == sorted(UNREAD)
    for formula, mathml in zip(found.found, found.mathml, strict=True):
        text = re.sub(r"<[^>]*>", "", mathml)
        assert not re.search(r"\\[A-Za-z]", text), formula.source


def test_all_commands_compile_by_both_standards(tmp_path: Path) -> None:
    found = read(*(example for _, example in COMMANDS))
    formulas = zip(found.found, found.mathml, strict=True)
    calls = [equation(mathml, True, formula.tex) for formula, mathml in formulas if mathml]
    calls += [
        re.sub("block: true", "block: false", code) for code in calls if "numbering" not in code
    ]
    assert compiled(calls, tmp_path).startswith(b"%PDF")


@pytest.mark.parametrize(
    "text",
    [
        '#panic("x")', r'"; panic("x"); "', r'")] #panic() [', r"$ #panic() $", "`x` @y <z>",
        "// a /* b", r"\u{41} \" \\",
        "#import \"a.typ\"", "a; b, c: d", "]]", "}}", "a\nb", "\\", '"', "​‮﻿",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "form", ["%s", r"\text{%s}", r"\mathrm{%s}", r"x_{%s}", r"\tag{%s} x", r"\operatorname{%s}"]
)
def test_nothing_in_a_formula_becomes_code(text: str, form: str, tmp_path: Path) -> None:
    found = read(form % text, "y")
    calls = [
        equation(mathml, True, formula.tex)
        for formula, mathml in zip(found.found, found.mathml, strict=True)
        if mathml
    ]
    for code in calls:
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', code)
        words = set(re.findall(r"(?<!\\)#\s*([A-Za-z]+)", outside))
        assert words <= {"h", "hide", "box", "none", "center", "true", "false", "text"}
    assert compiled(calls, tmp_path).startswith(b"%PDF")


@pytest.mark.parametrize(
    "text", ['a "b" \\c', "a\nb\tc\r", "\x00\x07\x9f\ufffe", "\ud800", "#x $y$"]
)
def test_string_literals_hold_any_text(text: str, tmp_path: Path) -> None:
    source = f"#{{ let text = {string(text)}; [#text] }}"
    (tmp_path / "main.typ").write_text(source, encoding="utf-8")
    assert typst.compile(tmp_path / "main.typ")


def test_the_alternative_text_is_the_tex() -> None:
    code = call('\\frac{a}{b}\n  = \\text{"c"}')
    assert code.endswith(r'alt: "\\frac{a}{b} = \\text{\"c\"}")')


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("x", "x"),
        ("f''", "attach(f, t: ′ ′)"),
        ("a_1^2", "attach(a, b: 1, t: 2)"),
        (r"\frac{a}{b}", "frac(a, b)"),
        (r"\binom{n}{k}", "binom(n, k)"),
        (r"\sqrt[3]{x}", "root(3, x)"),
        (r"\hat{x}", "hat(x)"),
        (r"\mathbb{R}", "ℝ"),
        (r"\sum_{i}^n", r"attach(limits(\∑, inline: #false), b: i, t: n)"),
        (r"\sum\nolimits_i", r"attach(scripts(\∑), b: i)"),
        (r"\int_0^1", r"attach(scripts(\∫), b: 0, t: 1)"),
        (r"\lim_x", 'attach(limits("lim", inline: #true), b: x)'),
        (r"\underbrace{a}_n", "attach(limits(underbrace(a), inline: #true), b: n)"),
        (r"\left(\frac{a}{b}\right)", r"lr(\( frac(a, b) \))"),
        (r"\left(a \middle| b\right)", r"lr(\( a mid(\|) b \))"),
        (r"\cancel{x}", "cancel(x)"),
        (r"\text{a b}", '"a\xa0b"'),
        (r"\mathrm{kg}", '"kg"'),
        (r"x\text{ if }y", 'x"\xa0if\xa0"y'),
        (r"a \ne b", r"a \≠ b"),
        (r"1{,}000", r"1 \, 000"),
        (
            r"\begin{matrix}a&b\\c&d\end{matrix}",
            "mat(delim: #none, row-gap: #0.45em, column-gap: #0.9em,"
            " inline(a), inline(b); inline(c), inline(d))",
        ),
        (r"\begin{align*}a&=b\\c&=d\end{align*}", r"a & \= b \ c & \= d"),
    ],
)  # fmt: skip
def test_elements_are_written_in_typst(tex: str, expected: str) -> None:
    assert call(tex).startswith(f"math.equation($ {expected} $.body, block: true,")


def test_rows_of_an_array_are_parted_by_lines(tmp_path: Path) -> None:
    code = call(r"\begin{array}{|l|r} \hline a & b \\ \hline c & d \\ \hline \end{array}")
    assert "augment: #(hline: (1,), vline: (1,), stroke: 0.5pt)" in code
    assert "stroke: (top: 0.5pt, left: 0.5pt, bottom: 0.5pt)" in code
    assert code.count("; &") == 1  # two rows: the third was there for its line only
    compiled([code], tmp_path)


def test_one_number_is_the_equations() -> None:
    assert 'numbering: _ => "(A)"' in call(r"x \tag{A}")


def test_each_line_has_its_number(tmp_path: Path) -> None:
    found = read(
        r"\begin{align} a &= \frac{b}{c} \label{a} \\ d &= e \notag \\ f &= g \label{g} \end{align}"
    )
    code = equation(found.mathml[0], True, "tex")
    column = code.partition("numbering:")[2]
    assert re.findall(r'"(\([^"]*|)"', column) == ["(1)", "", "(2)"]
    compiled([code], tmp_path)


def test_the_second_reader_is_written_by_the_same_walker(tmp_path: Path) -> None:
    code = call("x^{y^{z")  # math-core refuses braces that are not closed
    assert code.startswith("math.equation($ attach(x, t: attach(y, t: z)) $.body")
    compiled([code], tmp_path)


def test_deep_formulas_compile_or_are_refused(tmp_path: Path) -> None:
    forms = [
        (r"\sqrt{", "}"),
        ("x^{", "}"),
        (r"\frac{1}{1+", "}"),
        (r"\left(", r"\right)"),
        (r"\begin{pmatrix}", r"\end{pmatrix}"),
    ]
    found = read(
        *(
            start * depth + "x" + stop * depth
            for start, stop in forms
            for depth in (5, 15, 30, 75, 200)
        )
    )
    calls = [equation(mathml, True, "deep") for mathml in found.mathml if mathml]
    assert len(calls) >= 15
    compiled(calls, tmp_path)


def test_boxes_hold_mathematics(tmp_path: Path) -> None:
    code = call(r"\boxed{E}")
    assert "math.equation($ display(E) $.body)" in code
    compiled([code], tmp_path)
