"""Bibliographies, citations and the list of references."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.export.citations.bibtex import plain_text, read_bibtex, read_names
from hw.export.citations.resolving import read_library, resolve
from hw.export.formulas.extraction import Formulas
from hw.export.markdown.rendering import Known, Markdown

BIBLIOGRAPHY = r"""
@string{jml = "Journal of Machine Learning"}
@comment{Nothing}

@article{lecun98,
  author = {LeCun, Yann and Bottou, L{\'e}on and Bengio, Yoshua and Haffner, Patrick},
  title = {Gradient-based {Learning} \& <b>more</b>}, journal = jml # { Research},
  volume = 86, number = 11, pages = {2278--2324}, year = 1998, month = nov,
  doi = {10.1109/5.726791},
}
@book{knuth, author = {Donald E. Knuth and M{\"u}ller, Hans-J{\"o}rg}, title = "The {\TeX}book",
  publisher = {Addison-Wesley}, year = {1984}, url = {https://example.org/a\_b}}
@inproceedings{he16, author = {He, Kaiming and Zhang, X. and others}, title = {Deep $L_1$ nets},
  booktitle = {CVPR}, date = {2016-06/2017-01}, pages = {770-778}}
@misc{xiao, author = {{Research and Sons}}, title = {Fashion}, year = 2017,
  eprint = {1708.07747}, archiveprefix = {arXiv}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    return tmp_path


def resolved(source, folder, **front):
    library = read_library(front, folder)
    formulas = Formulas()
    html = Markdown(formulas, [source], Known(library.keys)).html(source)
    main = ET.fromstring(f'<main><div class="markdown" data-cell="4">{html}</div></main>')
    notes = []
    resolve(main, front, folder, notes, library, formulas)
    return main, notes, formulas


def cited(source, folder, **front):
    main, _, formulas = resolved(source, folder, **front)
    return formulas.source("".join(main.find("div/p").itertext()))


def listed(source, folder, **front):
    main, _, formulas = resolved(source, folder, **front)
    return [
        formulas.source("".join(p.itertext())) for p in main.findall(".//p[@class='reference']")
    ]


# In the text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[@knuth]", "(Knuth & Müller, 1984)"),
        ("[see @knuth, p. 3; @lecun98]", "(see Knuth & Müller, 1984, p. 3; LeCun et al., 1998)"),
        ("@knuth", "Knuth and Müller (1984)"),
        ("@knuth [p. 3]", "Knuth and Müller (1984, p. 3)"),
        ("Knuth [-@knuth]", "Knuth (1984)"),
        ("-@knuth", "(1984)"),
        ("{cite}`xiao`", "(Research and Sons, 2017)"),
        ("{cite:t}`knuth,he16`", "Knuth and Müller (1984); He et al. (2016–2017)"),
    ],
)
def test_author_and_year(source, expected, folder):
    assert cited(source, folder) == expected


def test_a_citation_speaks_the_language(folder):
    assert cited("@knuth", folder, lang="de") == "Knuth und Müller (1984)"
    assert cited("@he16", folder, lang="tr") == "He vd. (2016–2017)"


def test_works_of_one_author_and_year_have_letters(tmp_path):
    entry = "@misc{{{}, author = {{Lee, Ann}}, title = {{{}}}, year = 2020}}\n"
    (tmp_path / "a.bib").write_text(entry.format("a", "One") + entry.format("b", "Two"))
    assert cited("@a and @b", tmp_path) == "Lee (2020a) and Lee (2020b)"
    assert listed("@a and @b", tmp_path) == ["Lee, A. (2020a). One.", "Lee, A. (2020b). Two."]


def test_an_unknown_key_is_visible_and_told(folder):
    main, notes, _ = resolved("[@nobody; @knuth]", folder)
    assert "".join(main.find("div/p").itertext()) == "(nobody?; Knuth & Müller, 1984)"
    assert notes == ["cell 4: The citation nobody is not in the bibliography."]


def test_a_citation_links_to_its_entry(folder):
    main, _, _ = resolved("[@knuth]", folder)
    target = main.find("div/p//a").get("href").removeprefix("#")
    assert main.find(f".//p[@id='{target}']") is not None


def test_an_entry_never_takes_an_identifier_that_is_there(folder):
    main, _, _ = resolved("<span id='ref-knuth'></span> [@knuth]", folder)
    identifiers = [node.get("id") for node in main.iter() if node.get("id")]
    assert len(identifiers) == len(set(identifiers))


# The list


def test_entries_are_sorted_and_only_those_cited(folder):
    assert listed("[@lecun98; @knuth; @he16; @xiao]", folder) == [
        "He, K., Zhang, X., et al. (2016–2017). Deep $L_1$ nets. In CVPR (770–778).",
        "Knuth, D. E., & Müller, H.-J. (1984). The TeXbook. Addison-Wesley. https://example.org/a_b",
        "LeCun, Y., Bottou, L., Bengio, Y., & Haffner, P. (1998). "
        "Gradient-based Learning & <b>more</b>. Journal of Machine Learning Research, 86(11), "
        "2278–2324. https://doi.org/10.1109/5.726791",
        "Research and Sons. (2017). Fashion. https://arxiv.org/abs/1708.07747",
    ]
    assert len(listed("[@knuth]", folder)) == 1


def test_the_list_has_a_heading_in_the_language(folder):
    main, _, _ = resolved("[@knuth]", folder, lang="fr")
    assert main.find("section[@id='references']/h2").text == "Références"


def test_a_heading_at_the_end_of_the_notebook_is_the_lists(folder):
    main, _, _ = resolved("[@knuth]\n\n## Bibliography", folder)
    assert main.find("section/h2") is None
    assert main.find("section/div[@class='references']") is not None


def test_the_list_stands_where_the_notebook_wants_it(folder):
    main, _, _ = resolved("[@knuth]\n\n::: {#refs}\n:::\n\nAfter", folder)
    assert main.find(".//div[@id='refs']/div[@class='references']/p") is not None
    assert main.find("section") is None


def test_a_formula_in_a_title_is_a_formula(folder):
    _, _, formulas = resolved("[@he16]", folder)
    assert [formula.tex for formula in formulas.found] == ["L_1"]


def test_an_abstract_is_cited_in_as_well(folder):
    abstract = ET.fromstring("<div><span data-keys='knuth' data-form='text'>@knuth</span></div>")
    main = ET.fromstring("<main/>")
    resolve(main, {}, folder, [], abstract=abstract)
    assert "".join(abstract.itertext()) == "Knuth and Müller (1984)"
    assert len(main.findall(".//p[@class='reference']")) == 1


def test_without_citations_there_is_no_list(folder):
    main, notes, _ = resolved("Words", folder)
    assert main.find("section") is None
    assert notes == []


# Files


def test_what_a_notebook_embeds_can_be_cited_and_files_go_before_it(folder):
    library = read_library({}, folder, ["@misc{knuth, title = {Other}}\n@misc{own, title = {Own}}"])
    assert library.keys >= {"own", "knuth"}
    assert library.entries["knuth"].text("title") != "Other"


def test_the_only_bibliography_of_a_folder_needs_no_name(folder):
    assert "knuth" in read_library({}, folder).keys
    (folder / "other.bib").write_text("@misc{x, title = {X}}")
    assert read_library({}, folder).keys == frozenset()
    assert read_library({"bibliography": ["other.bib"]}, folder).keys == {"x"}
    assert read_library({"bibliography": ["other.bib", "references.bib"]}, folder).keys >= {
        "x",
        "knuth",
    }


@pytest.mark.parametrize(
    "name", ["../secret.bib", "/etc/passwd", "missing.bib", "link.bib", "\x00", "."]
)
def test_no_file_outside_the_folder_is_read(name, tmp_path):
    (tmp_path / "secret.bib").write_text("@misc{secret, title = {S}}")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.bib").symlink_to(tmp_path / "secret.bib")
    library = read_library({"bibliography": [name]}, inner)
    assert library.keys == frozenset()
    assert library.faults == [f"The bibliography {name} is not a file in the notebook's folder."]


def test_a_broken_entry_is_told_and_costs_no_other(folder):
    path = folder / "references.bib"
    path.write_text(
        "@misc{broken, title = {Never closed\n@misc(odd\n" + path.read_text() + "\n@misc{}\n@"
    )
    main, notes, _ = resolved("[@knuth]", folder)
    assert len(main.findall(".//p[@class='reference']")) == 1
    assert [note.split()[3] for note in notes] == ["broken", "odd", "}"]


def test_a_file_that_is_no_text_is_no_error(tmp_path):
    (tmp_path / "a.bib").write_bytes(bytes(range(256)) * 10)
    assert read_library({}, tmp_path).keys == frozenset()


# BibTeX


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"G{\"o}del", "Gödel"),
        (r"\'{E}cole {\c c}a \v{S}i\v{z}ka", "École ça Šižka"),
        (r"{\O}rsted \aa{}rhus Stra{\ss}e na{\"\i}ve", "Ørsted århus Straße naïve"),
        (r"A \& B \% \_ \#", "A & B % _ #"),
        (r"1--2 --- ``x''", "1–2 — “x”"),
        (r"\emph{very} \textbf{bold} {\it old}", "very bold old"),
        (r"a~b {{C}}", "a\u00a0b C"),
        (r"\url{https://x.org}", "https://x.org"),
        (r"\LaTeX{} and $\alpha_{1}$", r"LaTeX and $\alpha_{1}$"),
        ("\\", ""),
    ],
)
def test_tex_becomes_text(tex, expected):
    assert plain_text(tex) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("Ann Lee", [("Lee", "Ann")]),
        ("Lee, Ann B.", [("Lee", "Ann B.")]),
        ("van der Berg, Jan", [("van der Berg", "Jan")]),
        ("Jan van der Berg", [("van der Berg", "Jan")]),
        ("King, Jr., Martin", [("King, Jr.", "Martin")]),
        ("{Barnes and Noble} and Plato", [("Barnes and Noble", ""), ("Plato", "")]),
        ("", []),
    ],
)
def test_names_are_read_as_bibtex_does(tex, expected):
    names, has_others = read_names(tex)
    assert [(name.family, name.given) for name in names] == expected
    assert not has_others


def test_an_entry_inherits_from_the_one_it_refers_to():
    entries, _ = read_bibtex(
        "@inbook{a, title={T}, crossref={B}}\n@book{b, title={Whole}, year=2000}"
    )
    assert entries["a"].fields["booktitle"] == "Whole"
    assert entries["a"].fields["year"] == "2000"
    assert entries["a"].fields["title"] == "T"


@settings(max_examples=400, deadline=None)
@given(st.text("@misc{}(),=\"#\\'ab1 \n~$-and", max_size=80))
def test_any_text_is_a_bibliography(tmp_path_factory, text):
    entries, faults = read_bibtex(f"@misc{{a,{text}\n@book{{k, author={{{text}}}, title={{T}}}}")
    assert "k" in entries or faults or "k" not in text
    for entry in entries.values():
        plain_text(entry.raw("title"))
        read_names(entry.raw("author"))


# CSL

STYLE = """<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>t</title><id>t</id><category citation-format="numeric"/>
<updated>2020-01-01T00:00:00+00:00</updated></info>
<citation><layout prefix="&lt;" suffix="&gt;" delimiter=",">
<text variable="citation-number"/></layout></citation>
<bibliography><layout><text variable="citation-number"/>
<text variable="title" prefix=" " font-style="italic"/></layout></bibliography></style>"""


def test_a_style_file_beside_the_notebook_is_used(folder):
    pytest.importorskip("citeproc")
    (folder / "own.csl").write_text(STYLE)
    source = "[@knuth; @he16] @lecun98"
    assert cited(source, folder, csl="own.csl") == "<1,2> LeCun et al. <3>"
    assert listed(source, folder, csl="own.csl") == [
        "1 The TeXbook", "2 Deep $L_1$ nets", "3 Gradient-based Learning & <b>more</b>",
    ]  # fmt: skip


def test_a_style_is_known_by_name(folder):
    pytest.importorskip("citeproc")
    assert cited("[@knuth]", folder, csl="harvard-cite-them-right") == "(Knuth and Müller, 1984)"


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + STYLE.replace(">t<", ">&x;<"),
        "no XML",
        "<style/>",
        STYLE.replace('variable="title"', 'macro="missing"'),
    ],
)
def test_a_style_that_is_unsafe_or_broken_is_replaced_and_told(content, folder):
    pytest.importorskip("citeproc")
    (folder / "own.csl").write_text(content)
    main, notes, _ = resolved("[@knuth]", folder, csl="own.csl")
    assert "".join(main.find("div/p").itertext()) == "(Knuth & Müller, 1984)"
    assert len(notes) == 1
    assert notes[0].startswith("bibliography: The style own.csl is replaced by author and year: ")


@pytest.mark.parametrize("name", ["../own.csl", "/own.csl", "no-such-style", "", ".."])
def test_a_style_outside_the_folder_is_not_read(name, folder, tmp_path_factory):
    pytest.importorskip("citeproc")
    (folder.parent / "own.csl").write_text(STYLE)
    _, notes, _ = resolved("[@knuth]", folder, csl=name)
    assert cited("[@knuth]", folder, csl=name) == "(Knuth & Müller, 1984)"
    assert len(notes) == bool(name)


def test_html_in_a_bibliography_stays_text_in_every_style(tmp_path):
    evil = "<script>alert(1)</script> <i>x</i> &amp; ]]>"
    (tmp_path / "a.bib").write_text(
        f"@book{{a, author = {{{evil}, {evil}}}, title = {{{evil}}}, year = {{{evil}}},"
        f" url = {{javascript:x}}}}"
    )
    (tmp_path / "own.csl").write_text(STYLE)
    for csl in ("", "own.csl"):
        main, _, _ = resolved("[@a]", tmp_path, csl=csl)
        assert {node.tag for node in main.iter()} <= set(
            "main div p span a section h2 em i".split()
        )
        assert "<script>alert(1)</script>" in "".join(main.itertext())
        assert all(node.get("href", "#").startswith(("#", "http")) for node in main.iter("a"))


@pytest.mark.parametrize("notes", ["{", "[1]", '[["a"]]', "null", '[["", 3]]'])
def test_attributes_of_foreign_html_are_no_error(notes, folder):
    main = ET.fromstring("<main><p><span data-keys='knuth' data-form='odd'>x</span></p></main>")
    main.find("p/span").set("data-notes", notes)
    resolve(main, {}, folder, [])
    assert "Knuth" in "".join(main.itertext())
