"""BibTeX files read into plain text, entry by entry, so that one broken entry costs no other."""

import re
import unicodedata
from dataclasses import dataclass, field

_ENTRY = re.compile(r"^[ \t]*@[ \t]*(\w+)\s*([{(])", re.MULTILINE)
_FIELD = re.compile(r"\s*([\w:.+/-]+)\s*=\s*")
_BARE = re.compile(r"[\w:.+/-]+")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306",
    ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ",
    "oe": "œ", "OE": "Œ", "i": "i", "j": "j", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ",
    "dj": "đ", "DJ": "Đ", "ng": "ŋ", "textendash": "–", "textemdash": "—", "textquoteright": "’",
    "textquoteleft": "‘", "copyright": "©", "textregistered": "®", "texttrademark": "™",
    "ldots": "…", "dots": "…", "textasciitilde": "~", "S": "§", "textbackslash": "\\",
    "textunderscore": "_", "euro": "€", "pounds": "£", "LaTeX": "LaTeX", "TeX": "TeX",
}  # fmt: skip
_ACCENT = re.compile(
    r"""\\(?:([`'^~=."])\s*|([uvHcdbkr])(?:\s+|(?=\{)))(?:\{\s*(\\?[A-Za-z])?\s*\}|(\\?[A-Za-z]))"""
)
_LETTER = re.compile(
    rf"\\({'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?![A-Za-z])\s*(?:\{{\}})?"
)
_MATH = re.compile(r"(?<!\\)\$([^$]+)\$")


@dataclass
class Entry:
    """One entry: fields in lower case, values as they are written in the file."""

    key: str
    kind: str
    fields: dict[str, str] = field(default_factory=dict)

    def raw(self, *names: str) -> str:
        """The first of these fields that is given, with its TeX."""
        return next((self.fields[name] for name in names if self.fields.get(name, "").strip()), "")

    def text(self, *names: str) -> str:
        """The same as plain text."""
        return plain_text(self.raw(*names))


def read_bibtex(text: str) -> tuple[dict[str, Entry], list[str]]:
    """Read the entries of a file.

    Returns
    -------
    tuple
        The entries by key, the first of each; and a sentence for each that cannot be read.
    """
    entries: dict[str, Entry] = {}
    faults: list[str] = []
    strings = {name: str(number) for number, name in enumerate(_MONTHS, 1)}
    starts = [*_ENTRY.finditer(text)]
    for i, match in enumerate(starts):
        kind = match[1].lower()
        body = text[match.end() : starts[i + 1].start() if i + 1 < len(starts) else len(text)]
        if kind in ("comment", "preamble"):
            continue
        try:
            if kind == "string":
                strings |= _fields(body, match[2], strings)
            else:
                key, comma, rest = body.partition(",")
                if not comma or not key.strip() or re.search(r"[\s{}=]", key.strip()):
                    raise ValueError("it has no key")
                entry = Entry(key.strip(), kind, _fields(rest, match[2], strings))
                entries.setdefault(entry.key, entry)
        except ValueError as error:
            name = re.split(r"[,\s]", body.strip(), maxsplit=1)[0][:60]
            faults.append(f"The entry {name or kind} of the bibliography cannot be read: {error}.")
    _inherit(entries)
    return entries, faults


def _fields(body: str, opening: str, strings: dict[str, str]) -> dict[str, str]:
    closing = "}" if opening == "{" else ")"
    fields: dict[str, str] = {}
    at = 0
    while True:
        while at < len(body) and (body[at].isspace() or body[at] == ","):
            at += 1
        if body[at : at + 1] == closing:
            return fields
        match = _FIELD.match(body, at)
        if match is None:
            reason = (
                "it is not closed"
                if at >= len(body)
                else f"there is no field at {body[at : at + 20]!r}"
            )
            raise ValueError(reason)
        value, at = _value(body, match.end(), strings)
        fields.setdefault(match[1].lower(), " ".join(value.split()))


def _value(body: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    """Parts joined by ``#``: in braces, in quotation marks, numbers and names of strings."""
    parts = []
    while True:
        if body[at : at + 1] in ("{", '"'):
            stop = _end(body, at)
            parts.append(body[at + 1 : stop])
            at = stop + 1
        elif match := _BARE.match(body, at):
            parts.append(strings.get(match[0].lower(), match[0]))
            at = match.end()
        else:
            raise ValueError(f"there is no value at {body[at : at + 20]!r}")
        more = re.compile(r"\s*#\s*").match(body, at)
        if more is None:
            return "".join(parts), at
        at = more.end()


def _end(body: str, start: int) -> int:
    """Index of the brace or quotation mark that closes a value."""
    closing = "}" if body[start] == "{" else '"'
    depth = 0
    for at in range(start + 1, len(body)):
        letter = body[at]
        if letter == closing and depth == 0:
            return at
        if letter in "{}" and body[at - 1] != "\\":
            depth += 1 if letter == "{" else -1
    raise ValueError("a brace or a quotation mark is not closed")


def _inherit(entries: dict[str, Entry]) -> None:
    """Fields of the entry that ``crossref`` names."""
    lower = {key.lower(): entry for key, entry in entries.items()}
    for entry in entries.values():
        parent = lower.get(entry.fields.get("crossref", "").lower())
        if parent is not None and parent is not entry:
            inherited = {k: v for k, v in parent.fields.items() if k not in ("title", "crossref")}
            if title := parent.fields.get("title"):
                inherited.setdefault("booktitle", title)
            entry.fields = inherited | entry.fields


def plain_text(tex: str) -> str:
    """TeX of a bibliography as text; formulas keep their dollars."""
    parts = _MATH.split(tex)
    return "".join(f"${part}$" if i % 2 else _plain(part) for i, part in enumerate(parts)).strip()


def _plain(tex: str) -> str:
    if "\\" in tex:
        tex = tex.rstrip("\\")
        tex = _ACCENT.sub(_accented, tex)
        tex = _LETTER.sub(lambda match: _LETTERS[match[1]], tex)
        tex = re.sub(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\2 \1", tex)
        tex = re.sub(r"\\([&%$#_{}])", lambda match: f"\ue010{ord(match[1])}\ue011", tex)
        tex = re.sub(
            r"\\(?:[A-Za-z]+\*?\s*|[^A-Za-z])",
            lambda m: " " if m[0] in ("\\ ", "\\\\") else "",
            tex,
        )
    tex = tex.replace("{", "").replace("}", "").replace("~", "\u00a0")
    tex = tex.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    return re.sub("\ue010(\\d+)\ue011", lambda match: chr(int(match[1])), tex)


def _accented(match: re.Match[str]) -> str:
    letter = (match[3] or match[4] or "").removeprefix("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[match[1] or match[2]])


@dataclass(frozen=True)
class Name:
    """An author or editor; an institution has a family name only."""

    family: str
    given: str = ""

    @property
    def initials(self) -> str:
        """Initials of the given names: "J.-P. A."."""
        words = [word for word in re.split(r"[\s\u00a0]+|(?<=\.)(?=\w)", self.given) if word]
        return " ".join(
            "-".join(f"{part[0]}." for part in word.split("-") if part) for word in words
        )


def read_names(tex: str) -> tuple[list[Name], bool]:
    """Names of a field, and whether others follow."""
    parts = [part.strip() for part in _split(tex, r"\s+and\s+") if part.strip()]
    has_others = bool(parts) and parts[-1].lower() == "others"
    return [_name(part) for part in (parts[:-1] if has_others else parts)], has_others


def _name(tex: str) -> Name:
    if tex.startswith("{") and tex.endswith("}") and _end(tex, 0) == len(tex) - 1:
        return Name(plain_text(tex))
    parts = [part.strip() for part in _split(tex, r"\s*,\s*")]
    if len(parts) > 1:  # von Last, Jr, First
        family = ", ".join([parts[0], *parts[1:-1]])
        return Name(plain_text(family), plain_text(parts[-1]))
    words = _split(tex, r"[\s~]+")
    first = next(
        (i for i, word in enumerate(words[:-1]) if word[:1].islower() and i), len(words) - 1
    )
    return Name(plain_text(" ".join(words[first:])), plain_text(" ".join(words[:first])))


def _split(tex: str, separator: str) -> list[str]:
    """Split outside braces."""
    hidden: list[str] = []
    depth = 0
    kept = []
    for letter in tex:
        depth += letter == "{"
        if depth > 0:
            kept.append("\ue012")
            hidden.append(letter)
        else:
            kept.append(letter)
        depth = max(0, depth - (letter == "}"))
    pieces = re.split(separator, "".join(kept))
    letters = iter(hidden)
    return [re.sub("\ue012", lambda _: next(letters), piece) for piece in pieces]
