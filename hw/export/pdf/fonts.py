"""Fonts for the PDF: which there are, which characters none of them has, and the remedy."""

import re
import tempfile
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst

from hw.export.formulas.mathematics import string

_PACKAGES = ("manimgx_fonts_cjk", "manimgx_fonts")  # of the extra `fonts`; Noto, under the OFL
_REGIONS = {"zh": "SC", "ja": "JP", "ko": "KR"}
_SCRIPTS = {
    "Cjk": "Chinese",
    "Hiragana": "Japanese",
    "Katakana": "Japanese",
    "Katakana-hiragana": "Japanese",
    "Hangul": "Korean",
}
_covered: dict[str, bool] = {}


@cache
def fonts() -> typst.Fonts:
    """Return Typst's own fonts, the system's and those of installed font packages."""
    specs = [find_spec(name) for name in _PACKAGES]
    folders = [str(Path(spec.origin).parent) for spec in specs if spec and spec.origin]
    return typst.Fonts(font_paths=folders)


def fallback_families(lang: str) -> list[str]:
    """Return the families that are asked first for what the text's own font lacks."""
    known = set(fonts().families())
    region = _REGIONS.get(lang, "SC")
    return [name for kind in ("Serif", "Sans") if (name := f"Noto {kind} CJK {region}") in known]


def missing(text: str) -> set[str]:
    """Return the characters of a text that no font has.

    Typst tells them when it checks a page for PDF/UA.
    """
    new = [char for char in set(text) - _covered.keys() if _is_visible(char)]
    if new:
        lines = ['#set document(title: "x")', *(f"#text({string(_shown(char))})" for char in new)]
        lacking = set()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "probe.typ"
            path.write_text("\n".join(lines), encoding="utf-8")
            compiler = typst.Compiler(root=folder, font_paths=fonts())
            try:
                compiler.compile(path, pdf_standards=["ua-1"], timestamp=0)
            except typst.TypstError as error:
                found = re.findall(r"probe\.typ:(\d+)", error.diagnostic)
                lacking = {new[int(line) - 2] for line in found}
        _covered.update({char: char not in lacking for char in new})
    return {char for char in set(text) if not _covered.get(char, True)}


def _shown(char: str) -> str:
    return f"a{char}" if unicodedata.category(char)[0] == "M" else char


def _is_visible(char: str) -> bool:
    unseen = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")
    return not char.isascii() and unicodedata.category(char) not in unseen


def scripts(characters: set[str]) -> str:
    """Return the names of the scripts of some characters, separated by commas."""
    names = {unicodedata.name(char, "other").split()[0].capitalize() for char in characters}
    return ", ".join(sorted({_SCRIPTS.get(name, name) for name in names}))


def remedy(characters: set[str]) -> str:
    """Return the commands that install a font for some characters."""
    east_asian = set(scripts(characters).split(", ")) & set(_SCRIPTS.values())
    pip, apt = (
        ("manimgx-fonts-cjk", "fonts-noto-cjk")
        if east_asian
        else ("manimgx-fonts", "fonts-noto-core")
    )
    return f"pip install {pip}, or apt install {apt}"
