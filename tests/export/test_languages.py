"""The table of words."""

import string

import pytest

from hw.export.languages import _table, words

LANGUAGES = ["en", "de", "fr", "es", "tr", "zh", "it", "pt", "nl", "pl", "ja", "ko", "ru"]


def test_every_language_has_every_word():
    assert list(_table()) == LANGUAGES
    for lang in LANGUAGES:
        entry = vars(words(lang))
        assert all(entry.values()), lang
        assert len(entry["months"]) == 12, lang


def test_templates_have_the_same_fields_in_every_language():
    fields = {
        "page": {"page", "total"},
        "lines_left_out": {"count"},
        "date": {"day", "month", "year"},
    }
    for lang in LANGUAGES:
        for name, expected in fields.items():
            template = getattr(words(lang), name)
            assert {
                field for _, field, _, _ in string.Formatter().parse(template) if field
            } == expected


def test_a_regional_tag_has_the_words_of_its_language():
    assert words("pt-BR") is words("pt")
    assert words("zh_Hans") is words("zh")
    assert words(" DE-at ") is words("de")


@pytest.mark.parametrize("lang", ["xx", "", "english"])
def test_an_unknown_language_is_an_error_that_lists_those_there_are(lang):
    with pytest.raises(
        ValueError, match=f"lang must be one of {', '.join(LANGUAGES)}, got {lang!r}"
    ):
        words(lang)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "1 March 2026"),
        ("de", "1. März 2026"),
        ("fr", "1er mars 2026"),
        ("es", "1 de marzo de 2026"),
        ("tr", "1 Mart 2026"),
        ("zh", "2026年3月1日"),
        ("ko", "2026년 3월 1일"),
    ],
)
def test_an_iso_date_is_written_in_the_language(lang, expected):
    assert words(lang).format_date("2026-03-01") == expected


def test_a_time_of_day_is_left_out_of_a_date():
    assert words("en").format_date("2026-03-02T10:00:00") == "2 March 2026"


@pytest.mark.parametrize("text", ["Spring 2026", "", "3/12/23", "2026-13-01", "2026"])
def test_what_is_no_iso_date_stays_as_it_is(text):
    assert words("de").format_date(text) == text


def test_a_callout_of_an_unnamed_kind_is_titled_by_its_kind():
    assert words("de").callout("warning") == "Warnung"
    assert words("de").callout("see-also") == "See also"
