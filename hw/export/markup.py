"""Markdown and HTML pieces translated by pandoc, all pieces of a notebook in one process, and HTML made harmless."""

import base64
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

import nh3
import pypandoc

_MARKDOWN = "gfm+tex_math_dollars+footnotes-yaml_metadata_block"
_TO = {
    "html": ["--to=html5", "--mathml", "--syntax-highlighting=none"],
    "typst": ["--to=typst"],
}
_MIMES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}
_MATHML = {
    "math", "semantics", "annotation", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "msub", "msup", "msubsup",
    "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd", "mover", "munder", "munderover", "mpadded", "menclose", "mstyle",
    "mphantom", "mmultiscripts", "mprescripts",
}  # fmt: skip
_TAGS = nh3.ALLOWED_TAGS | _MATHML | {"section", "input", "label"}
_ATTRIBUTES = {
    "*": {"id", "class", "role", "title", "lang"},
    "a": {"href", "aria-label"},
    "img": {"src", "alt", "width", "height"},
    "th": {"colspan", "rowspan", "scope", "align"},
    "td": {"colspan", "rowspan", "align"},
    "ol": {"start", "type"},
    "math": {"display", "xmlns"},
    "mtd": {"columnalign", "columnspan"},
    "mo": {
        "stretchy",
        "fence",
        "form",
        "separator",
        "accent",
        "lspace",
        "rspace",
        "minsize",
        "maxsize",
    },
    "mi": {"mathvariant"},
    "mstyle": {"displaystyle", "scriptlevel", "mathvariant"},
    "mspace": {"width"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mfrac": {"linethickness"},
    "menclose": {"notation"},
    "annotation": {"encoding"},
    "input": {"type", "checked", "disabled"},
}


def translate(texts, target, source=_MARKDOWN):
    """Translate pieces of Markdown or HTML, each on its own: what one leaves open does not swallow the next.

    Parameters
    ----------
    texts : list[str]
        The pieces.
    target : str
        "html" or "typst".
    source : str
        pandoc's name of the format of the pieces.

    Returns
    -------
    list[str]
        As many as came in.

    Raises
    ------
    RuntimeError
        When pandoc fails; holds its message.
    """
    if not texts:
        return []
    numbers = {
        name: place for place, name in enumerate(dict.fromkeys(_LABEL.findall("\n".join(texts))), 1)
    }
    end = "hw" + hashlib.sha256("".join(texts).encode()).hexdigest()  # occurs in none of them
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(texts):
            for kind, content in (("piece", _as_display_math(text, numbers)), ("end", end)):
                names.append(f"{kind}{number:05d}.md")
                Path(folder, names[-1]).write_text(content, encoding="utf-8")
        command = [
            pypandoc.get_pandoc_path(),
            f"--from={source}",
            *_TO[target],
            "--wrap=none",
            "--file-scope",
            "--sandbox",
        ]
        done = subprocess.run(
            [*command, *names], cwd=folder, capture_output=True, text=True, encoding="utf-8"
        )
    if done.returncode:
        raise RuntimeError(f"pandoc could not translate the notebook's text: {done.stderr.strip()}")
    # pandoc puts the file's name before identifiers; links into other pieces are to find their target all the same
    output = re.sub(r"piece\d{5}md__(?=fig-|tab-)", "", done.stdout)
    *pieces, rest = re.split(rf"(?:<p>)?{end}(?:</p>)?\n?", output)
    pieces[-1] += rest  # the footnotes of all pieces
    return pieces


def sanitise(html):
    """HTML without scripts, styles, handlers, or anything that a browser would fetch; remote images become links."""

    def image(match):
        tag, source = match[0], match[1]
        if source.startswith("data:image/"):
            return tag
        alt = re.search(r'alt="([^"]*)"', tag)
        return (
            f'<a href="{source}">{alt[1] if alt and alt[1] else "image"} (image, not included)</a>'
        )

    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda tag, name, value: (
            None if name == "href" and value.startswith("data:") else value
        ),
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noreferrer",
    )
    return re.sub(r'<img\b[^>]*?src="([^"]*)"[^>]*>', image, clean)


def inline_images(html, files):
    """HTML in which images of these names (``dict[str, bytes]``) are set in."""

    def image(match):
        name = match[2]
        return match[1] + data_uri(name, files[name]) + '"' if name in files else match[0]

    return re.sub(r'(<img\b[^>]*?src=")([^"]*)"', image, html)


def data_uri(name, content):
    """An image as a ``data:`` URI."""
    return f"data:{_MIMES[Path(name).suffix]};base64,{base64.b64encode(content).decode()}"


def _as_display_math(text, numbers):
    """Markdown in which a bare LaTeX environment, which Jupyter sets as a formula, is one for pandoc too.

    Labelled equations get their number at the end of their line, and references name it.
    """

    def numbered(match):
        return _LABEL.sub(lambda label: rf"\qquad\text{{({numbers[label[1]]})}}", match[0])

    text = _ENVIRONMENT.sub(lambda match: f"$${match[1]}$$", text)
    text = _DISPLAY_MATH.sub(numbered, text)
    return _REFERENCE.sub(
        lambda match: f"({numbers[match[1]]})" if match[1] in numbers else match[0], text
    )


_LABEL = re.compile(r"\\label\{([^}]*)\}")
_REFERENCE = re.compile(r"\\(?:eq)?ref\{([^}]*)\}")
_DISPLAY_MATH = re.compile(r"\$\$.+?\$\$", re.DOTALL)
_ENVIRONMENT = re.compile(
    r"^[ \t]*(\\begin\{(equation|align|gather|multline|eqnarray)(\*?)\}.*?\\end\{\2\3\})[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
