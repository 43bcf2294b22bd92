"""Front matter of any quality."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.export.notebook.front import front_matter, notebook_front


def read(header, rest="Text"):
    notes = []
    front, found = front_matter(f"---\n{header}\n---\n{rest}", notes)
    return front, found, notes


def test_every_key_is_read():
    front, rest, notes = read(
        """
title: "A title: with a colon"
subtitle: Below it
date: 2026-03-01
abstract: |
  Two *lines*
  of text.
lang: de
bibliography: refs.bib
csl: ieee
keywords: [one, two]
course: Machine learning
student_number: 0123
exercises: [1, 2]
format: html
execute:
  echo: false
"""
    )
    assert front == {
        "title": "A title: with a colon",
        "subtitle": "Below it",
        "date": "2026-03-01",
        "abstract": "Two *lines*\nof text.",
        "lang": "de",
        "bibliography": ["refs.bib"],
        "csl": "ieee",
        "keywords": ["one", "two"],
        "course": "Machine learning",
        "student_number": "0123",
        "exercises": ["1", "2"],
        "execute": {"echo": "false"},
    }
    assert rest == "Text"
    assert notes == []


@pytest.mark.parametrize(
    ("yaml", "author", "authors"),
    [
        ("author: Ann Lee", "Ann Lee", ["Ann Lee"]),
        ("authors: [Ann Lee, Bo Kim]", "Ann Lee, Bo Kim", ["Ann Lee", "Bo Kim"]),
        (
            "author:\n- name: Ann Lee\n"
            "  affiliation: Uni A\n  email: a@x.org\n  orcid: 0000-0001\n- Bo Kim",
            "Ann Lee (Uni A, a@x.org, ORCID 0000-0001), Bo Kim",
            ["Ann Lee", "Bo Kim"],
        ),
        (
            "author:\n"
            "  name: {given: Ann, family: Lee}\n  affiliations: [{name: Uni A, city: Ulm}, Lab B]",
            "Ann Lee (Uni A, Ulm, Lab B)",
            ["Ann Lee"],
        ),
        (
            "authors:\n- name: Ann Lee\n  affiliations: [{ref: u}]\n"
            "affiliations:\n- id: u\n  name: Uni A",
            "Ann Lee (Uni A)",
            ["Ann Lee"],
        ),
    ],
)  # fmt: skip
def test_authors_have_many_forms(yaml, author, authors):
    front, _, notes = read(yaml)
    assert front == {"author": author, "authors": authors}
    assert notes == []


def test_keywords_may_be_separated_by_commas():
    assert read("keywords: one, two")[0]["keywords"] == ["one", "two"]


def test_a_description_is_the_abstract():
    assert read("description: Some words\ntitle: A")[0]["abstract"] == "Some words"


@pytest.mark.parametrize(
    "source",
    [
        "---\nJust words\n---\nText",
        "---\n\nWords: with a colon\n---\nText",
        "---\n- a\n- b\n---",
        "---\nText without end",
        "Text\n---\ntitle: A\n---",
        "---",
        "",
    ],
)
def test_rules_around_markdown_are_no_front_matter(source):
    notes = []
    assert front_matter(source, notes) == ({}, source)
    assert notes == []


@pytest.mark.parametrize("value", ["{a: b}", "[a, [b]]"])
def test_a_value_of_the_wrong_type_is_left_out_and_told(value):
    front, _, notes = read(f"title: {value}\nsubtitle: Sub")
    assert front == {"subtitle": "Sub"}
    assert len(notes) == 1
    assert notes[0].startswith("cell 1: title in the front matter is left out: ")


def test_words_that_yaml_takes_for_values_stay_words():
    assert read("title: No\nsubtitle: 1.10")[0] == {"title": "No", "subtitle": "1.10"}
    assert read("title: A\nsubtitle: null")[0] == {"title": "A"}


def test_an_unknown_key_with_words_is_told():
    front, _, notes = read("title: A\nepigraph: Some words")
    assert front == {"title": "A"}
    assert notes == [
        "cell 1: the unknown key epigraph of the front matter is left out: Some words."
    ]


def test_a_title_with_an_unquoted_colon_is_read_by_lines():
    front, rest, notes = read("title: Chapter 1: The start\nauthor: 'Ann'\n  odd line")
    assert front["title"] == "Chapter 1: The start"
    assert front["author"] == "Ann"
    assert rest == "Text"
    assert notes == [
        "cell 1: the front matter is not valid YAML and was read by lines; left out: odd line."
    ]


def test_a_date_that_changes_is_left_out():
    front, _, notes = read("title: A\ndate: today")
    assert "date" not in front
    assert "would change" in notes[0]


def test_yaml_that_makes_objects_is_not_run():
    front, _, notes = read("title: !!python/object/apply:os.system ['true']\nauthor: Ann")
    assert front["author"] == "Ann"
    assert notes


def test_aliases_within_aliases_cost_no_time():
    layers = "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12))
    front, _, notes = read(f"title: A\na0: &a0 [x]\n{layers}\nkeywords: *a11")
    assert front == {"title": "A"}
    assert max(map(len, notes)) < 400


def test_brackets_nested_without_end_are_no_error():
    assert front_matter(f"---\ntitle: {'[' * 5000}\n---\n", [])[1] == ""


def test_metadata_of_a_notebook_holds_the_same_keys():
    notes = []
    metadata = {
        "title": "A",
        "authors": [{"name": "Ann"}, "Bo"],
        "kernelspec": {"name": "python3"},
        "toc": {"base_numbering": 1},
        "widgets": {},
    }
    assert notebook_front(metadata, notes) == {
        "title": "A",
        "author": "Ann, Bo",
        "authors": ["Ann", "Bo"],
    }
    assert notes == []


@settings(max_examples=300, deadline=None)
@given(st.text("titleauhor:-[]{}&*!|>'\"#\n ,0159@%?", max_size=60))
def test_any_header_gives_front_matter_or_text(header):
    notes = []
    front, rest = front_matter(f"---\n{header}\n---\nText", notes)
    assert rest.endswith("Text")
    assert all(isinstance(front.get(key, ""), str) for key in ("title", "author", "date"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["title", "author", "keywords", "date", "lang"]), VALUES))
def test_any_metadata_gives_front_matter(metadata):
    front = notebook_front(metadata, [])
    assert all(isinstance(front.get(key, ""), str) for key in ("title", "author", "date", "lang"))
    assert all(isinstance(word, str) for word in front.get("keywords", []))
