"""What a notebook shows: numbered figures and tables, computed prose, the title block, results.

Every function displays one output in three forms: ``text/html`` for JupyterLab, VS Code and plain
nbconvert; ``text/plain`` for a terminal; and :data:`BLOCK_MIME`, the same content as data, from
which the exporters typeset and the scoreboard reads.
"""

import base64
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Protocol

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from hw.config import ReportConfig, TrainingConfig
from hw.data import Dataset
from hw.plots.style import COLUMN, FULL, MIDDLE, MM
from hw.published import read_published
from hw.report.kernel import running_cell
from hw.report.model_cards import write_cards
from hw.report.outputs import BLOCK_MIME

Width = Literal["column", "middle", "full"]


class Recordable(Protocol):
    """Settings of a report that records results."""

    system: str

    def model_dump(self) -> dict[str, Any]:
        """All settings by name, as plain JSON types."""


_numbers: dict[tuple[str, str], tuple[int, str | None]] = {}  # number and cell of each label


def figure(
    label: str, fig: Figure | bytes, caption: str, alt: str, width: Width | None = None
) -> None:
    """Display a figure with a running number and a caption.

    Parameters
    ----------
    label
        Name of the figure, unique in the notebook. A cell that is run again keeps its number.
    fig
        A matplotlib figure is kept as vectors, its text in the report's typeface; only artists
        marked ``rasterized`` become pixels. If it is 80, 118 or 166 mm wide (``hw.plots.COLUMN``,
        ``MIDDLE``, ``FULL``) it is printed as it is, else without its margins.
        Bytes are an SVG image.
    caption
        What the reader should see in it. Exporters read it as Markdown.
    alt
        What the picture shows, for readers who cannot see it.
    width
        "column" (80 mm), "middle" (118 mm, its caption beside it) or "full" (166 mm, both columns);
        by default that which is nearest to the figure's own width.

    Raises
    ------
    ValueError
        If another cell has used the label.
    """
    number = running_number("figure", label)
    image = base64.b64encode(_svg(fig)).decode()
    html = (
        f'<figure id="fig-{escape(label)}" style="margin:1em 0;text-align:center">'
        f'<img src="data:image/svg+xml;base64,{image}" alt="{escape(alt)}" '
        'style="max-width:100%;background:#fff">'
        f"<figcaption><strong>Figure {number}.</strong> {escape(caption)}</figcaption></figure>"
    )
    block = {"kind": "figure", "number": number, "label": label, "caption": caption, "alt": alt}
    block |= {"width": width} if width else {}
    show_block(block, html, f"Figure {number}. {caption} [{alt}]")


def abstract(markdown: str) -> None:
    """Display the abstract: four to six lines with the main result, best computed after it.

    Exporters put it at the top of page 1, wherever the cell stands.

    Parameters
    ----------
    markdown
        May cite papers and refer to figures.
    """
    html = f"<p><strong>Abstract.</strong> {escape(markdown)}</p>"
    show_block({"kind": "abstract", "text": markdown}, html, f"Abstract. {markdown}")


def result(number: str, what: str, rows: Mapping[str, str] | None = None) -> None:
    """Display the one number that the reader came for, and what it is compared with.

    Exporters put it at the top of page 1, wherever the cell stands; the scoreboard shows it on the
    report's card.

    Parameters
    ----------
    number
        As it is to be printed, such as "0.9138".
    what
        What it measures, such as "test accuracy, mean of 3 seeds".
    rows
        What stands below it: values by their names, such as ``{"published": "0.9010"}``. The row
        "verdict" is the scoreboard's.
    """
    rows = dict(rows or {})
    said = "".join(f"<br>{escape(name)}: {escape(value)}" for name, value in rows.items())
    html = f"<p><strong>{escape(number)}</strong> <em>{escape(what)}</em>{said}</p>"
    plain = "; ".join([f"{number} {what}", *(f"{name}: {value}" for name, value in rows.items())])
    show_block(
        {"kind": "result", "number": number, "what": what, "rows": list(map(list, rows.items()))},
        html,
        plain,
    )


def provenance_block(provenance: Mapping[str, str], *, short: Sequence[str] = ()) -> None:
    """Display where a report comes from; exporters put it at its end.

    Parameters
    ----------
    provenance
        As :func:`hw.provenance` returns it.
    short
        What identifies it, for the foot of page 1.
    """
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in provenance.items()
    )
    plain = "\n".join(f"{name}: {value}" for name, value in provenance.items())
    rows = list(map(list, provenance.items()))  # a notebook file sorts the keys of a dict
    block = {"kind": "provenance", "rows": rows, "short": list(short)}
    show_block(block, f"<dl>{items}</dl>", plain)


def text(markdown: str) -> None:
    """Display Markdown: prose whose numbers are computed."""
    display(Markdown(markdown))


def title_block(config: ReportConfig) -> None:
    """Display title, author, course, number, date and grade table, if given.

    Exporters put them at the top.
    """
    names = ("title", "author", "course", "student_number", "date", "exercises")
    given = {name: getattr(config, name) for name in names if getattr(config, name)}
    line = " · ".join(value for value in given.values() if isinstance(value, str))
    show_block({"kind": "title", **given}, f"<p>{escape(line)}</p>", line)


def banner(message: str) -> None:
    """Display a warning that the exporters repeat at the top of the report."""
    style = "border:2px solid #b45309;background:#fef3c7;color:#451a03;padding:.6em 1em"
    html = f'<p role="note" style="{style}"><strong>{escape(message)}</strong></p>'
    show_block({"kind": "banner", "text": message}, html, message)


def bibliography(*paths: str | Path) -> None:
    """Display the BibTeX entries that ``[@key]`` can cite; exporters print those that are cited.

    They travel inside the executed notebook, so a report needs no file beside it.

    Parameters
    ----------
    *paths
        BibTeX files, in addition to the entries that come with this package; by default those
        beside the notebook.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    """
    own = files("hw.published").joinpath("references.bib").read_text(encoding="utf-8")
    paths = paths or tuple(sorted(Path().glob("*.bib")))
    bibtex = "\n".join([*(Path(path).read_text(encoding="utf-8-sig") for path in paths), own])
    html = f"<details><summary>Bibliography</summary><pre>{escape(bibtex)}</pre></details>"
    show_block({"kind": "bibliography", "bibtex": bibtex}, html, "Bibliography (BibTeX)")


def record(
    data: Dataset,
    config: Recordable,
    provenance: Mapping[str, str],
    models: Iterable[str | Path] = (),
    **results: Any,
) -> None:
    """Record the report's numbers as JSON inside the executed notebook, for the scoreboard.

    Parameters
    ----------
    data
        What the networks were trained on.
    config
        The notebook's settings.
    provenance
        As :func:`hw.provenance` returns it.
    models
        Files of saved networks; each gets a model card beside it, a Markdown file of its name.
    **results
        Numbers, texts, lists and dicts of them. Non-finite numbers are recorded as null.
        ``scores`` is a dict of lists with a value for each seed; ``picture`` is the label of the
        figure that stands for the report on the scoreboard.

    Raises
    ------
    TypeError
        For anything that JSON cannot hold.
    """
    recorded = {
        "system": config.system,
        "dataset": data.name,
        "stand_in": bool(data.notice),
        "n_train": len(data.train),
        "n_test": len(data.test),
        "shortened": config.shortening() if isinstance(config, TrainingConfig) else "",
        "parameters": config.model_dump(),
        "provenance": dict(provenance),
    }
    if isinstance(config, TrainingConfig) and config.published:
        recorded["published"] = read_published(config.published)
    plain = _plain(recorded | results)
    write_cards(plain, models)
    summary = f"Recorded: {', '.join(plain)}."
    html = f"<p><small>{escape(summary)}</small></p>"
    show_block({"kind": "results", "results": plain}, html, summary)


def running_number(kind: str, label: str) -> int:
    """Running number of a label, which stays if its cell is run again."""
    cell = running_cell()
    if (kind, label) not in _numbers:
        number = 1 + sum(other == kind for other, _ in _numbers)
        _numbers[kind, label] = (number, cell)
    number, owner = _numbers[kind, label]
    if cell != owner:
        raise ValueError(
            f"label must be unique in the notebook, got {label!r}, which is {kind} {number} of "
            "another cell; restart the kernel if that cell is gone"
        )
    return number


def show_block(block: Mapping[str, Any], html: str, plain: str) -> None:
    display({BLOCK_MIME: block, "text/html": html, "text/plain": plain}, raw=True)


def _svg(fig: Figure | bytes) -> bytes:
    """SVG of a figure, its text as text, and the same bytes again.

    What is as wide as the page or its columns keeps its size, all else is cropped.
    """
    if isinstance(fig, bytes):
        return fig
    buffer = io.BytesIO()
    final = any(math.isclose(fig.get_figwidth(), width * MM) for width in (COLUMN, MIDDLE, FULL))
    box = None if final else "tight"
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "hw"}):
        fig.savefig(buffer, format="svg", dpi=220, bbox_inches=box, metadata={"Date": None})
    return buffer.getvalue()


def _plain(value: Any) -> Any:
    """Plain JSON types; non-finite numbers become None."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray | pd.Series):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    json.dumps(value)  # raises TypeError for anything that is not plain
    return value
