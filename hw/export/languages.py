"""The words that the exporters add to a report, by language."""

import datetime
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Words:
    """The words of one language.

    ``page`` has the fields ``{page}`` and ``{total}``, ``lines_left_out`` has ``{count}``,
    ``date`` has ``{day}``, ``{month}`` and ``{year}``. ``editor`` follows an editor's name,
    ``et_al`` an author's.
    """

    lang: str  # the primary tag of BCP 47: en, de, …
    figure: str
    table: str
    equation: str
    section: str
    contents: str
    abstract: str
    references: str
    keywords: str
    page: str
    code: str
    parameters: str
    parameters_given: str
    output: str
    total: str  # of points
    lines_left_out: str
    note: str
    tip: str
    warning: str
    important: str
    caution: str
    conjunction: str  # between two authors in a sentence
    et_al: str
    no_date: str
    editor: str
    contained_in: str  # before the book that holds a chapter
    date: str
    months: tuple[str, ...]

    def format_date(self, text: str) -> str:
        """Write an ISO date (2026-11-25) in full; any other text is returned as it is."""
        try:
            date = datetime.date.fromisoformat(text[:10] if text[10:11] in ("T", " ") else text)
        except ValueError:
            return text
        day = "1er" if self.lang == "fr" and date.day == 1 else str(date.day)
        return self.date.format(day=day, month=self.months[date.month - 1], year=date.year)

    def callout(self, kind: str) -> str:
        """Title of a callout without its own: the word for its kind, or the kind itself."""
        names = {"note", "tip", "warning", "important", "caution"}
        return getattr(self, kind) if kind in names else kind.replace("-", " ").capitalize()


@cache
def _table() -> dict[str, Words]:
    text = files("hw.export").joinpath("languages.toml").read_text(encoding="utf-8")
    return {
        lang: Words(lang=lang, **entry | {"months": tuple(entry["months"].split())})
        for lang, entry in tomllib.loads(text).items()
    }


def words(lang: str) -> Words:
    """Words of a language by its tag, such as ``de``, ``pt-BR`` or ``zh_Hans``.

    Raises
    ------
    ValueError
        If there are none for the language; the message lists the languages there are.
    """
    table = _table()
    primary = lang.strip().replace("_", "-").split("-")[0].lower()
    if primary not in table:
        raise ValueError(f"lang must be one of {', '.join(table)}, got {lang!r}")
    return table[primary]
