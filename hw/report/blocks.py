"""What a notebook shows: numbered figures and tables, computed prose, the title block, the recorded results.

Every function displays one output with three faces: ``text/html`` for JupyterLab, VS Code and plain nbconvert;
``text/plain`` for a terminal; and :data:`BLOCK_MIME`, the same content as data, from which the exporters typeset.
"""

import base64
import io
import json
import math
from html import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from hw.report import BLOCK_MIME

_numbers: dict[tuple[str, str], int] = {}


def figure(label, fig, caption, alt):
    """Display a matplotlib figure with a running number and a caption.

    Parameters
    ----------
    label : str
        Name of the figure, unique in the notebook. A cell that is run again keeps its number.
    fig : matplotlib.figure.Figure or bytes
        Kept as vectors; only artists marked ``rasterized`` become pixels. Bytes are an SVG image.
    caption : str
        Plain text; what the reader should see in it.
    alt : str
        What the picture shows, for readers who cannot see it.
    """
    number = _number("figure", label)
    image = base64.b64encode(_svg(fig)).decode()
    html = (
        f'<figure id="fig-{escape(label)}" style="margin:1em 0;text-align:center">'
        f'<img src="data:image/svg+xml;base64,{image}" alt="{escape(alt)}" style="max-width:100%;background:#fff">'
        f"<figcaption><strong>Figure {number}.</strong> {escape(caption)}</figcaption></figure>"
    )
    block = {"kind": "figure", "number": number, "label": label, "caption": caption, "alt": alt}
    _show(block, html, f"Figure {number}. {caption} [{alt}]")


def table(label, frame, caption, formats=None):
    """Display a DataFrame with a running number and a caption.

    Parameters
    ----------
    label : str
        Name of the table, unique in the notebook. A cell that is run again keeps its number.
    frame : pandas.DataFrame or dict
        The index of a DataFrame is shown as the first column when it has a name. A dict holds columns.
    caption : str
        Plain text.
    formats : dict[str, str], optional
        Format specification per column, as in ``{"accuracy": ".4f"}``; floats default to four significant digits,
        and to whole numbers from 1,000 on.
    """
    number = _number("table", label)
    if isinstance(frame, dict):
        frame = pd.DataFrame(frame)
    if frame.index.name is not None:
        frame = frame.reset_index()
    formats = formats or {}
    columns = [str(name) for name in frame.columns]
    align = ["right" if pd.api.types.is_numeric_dtype(frame[name]) else "left" for name in frame.columns]
    cells = [[_format(value, formats.get(name)) for value in frame[name]] for name in frame.columns]
    rows = [list(row) for row in zip(*cells, strict=True)]

    def row(tag, texts):
        return "".join(
            f'<{tag} style="text-align:{side}"{scope}>{escape(text)}</{tag}>'
            for text, side in zip(texts, align, strict=True)
            for scope in [' scope="col"' if tag == "th" else ""]
        )

    body = "".join(f"<tr>{row('td', texts)}</tr>" for texts in rows)
    html = (
        f'<table id="tab-{escape(label)}"><caption style="text-align:left"><strong>Table {number}.</strong> '
        f"{escape(caption)}</caption><thead><tr>{row('th', columns)}</tr></thead><tbody>{body}</tbody></table>"
    )
    block = {"kind": "table", "number": number, "label": label, "caption": caption}
    block |= {"columns": columns, "align": align, "rows": rows}
    _show(block, html, f"Table {number}. {caption}\n{pd.DataFrame(rows, columns=columns).to_string(index=False)}")


def text(markdown):
    """Display Markdown: prose whose numbers are computed."""
    display(Markdown(markdown))


def title_block(config):
    """Display author, course, number, date and grade table, as far as they are given; exporters set them on top.

    Parameters
    ----------
    config : object
        With the attributes ``title author course student_number date``, each a str, and ``exercises``, a list of str;
        empty where not given.
    """
    names = ("title", "author", "course", "student_number", "date", "exercises")
    given = {name: getattr(config, name) for name in names if getattr(config, name)}
    line = " · ".join(text for text in given.values() if isinstance(text, str))
    _show({"kind": "title", **given}, f"<p>{escape(line)}</p>", line)


def banner(message):
    """Display a warning that the exporters repeat at the top of the report."""
    html = (
        '<p role="note" style="border:2px solid #b45309;background:#fef3c7;color:#451a03;padding:.6em 1em">'
        f"<strong>{escape(message)}</strong></p>"
    )
    _show({"kind": "banner", "text": message}, html, message)


def record(config, data, provenance, **results):
    """Record the report's numbers inside the executed notebook, as one JSON output; the scoreboard reads them there.

    Parameters
    ----------
    config : ClassifierConfig
        The settings.
    data : hw.Dataset
        What the networks were trained on.
    provenance : dict[str, str]
        As :func:`hw.provenance` returns it.
    **results
        Numbers, texts, lists and dicts of them. A number that is not finite is recorded as null: absent, not wrong.
        ``scores`` is a dict of lists with a value for each seed; ``picture`` is the label of the figure that stands
        for the report on the scoreboard.
    """
    facts = {
        "system": config.system,
        "dataset": data.name,
        "stand_in": bool(data.notice),
        "n_train": len(data.train),
        "n_test": len(data.test),
        "parameters": config.model_dump(),
        "provenance": provenance,
    }
    plain = _plain(facts | results)
    summary = f"Recorded: {', '.join(plain)}."
    _show({"kind": "results", "results": plain}, f"<p><small>{escape(summary)}</small></p>", summary)


def _number(kind, label):
    """Running number of a label: the same each time the label is shown in this kernel."""
    if (kind, label) not in _numbers:
        _numbers[kind, label] = 1 + sum(other == kind for other, _ in _numbers)
    return _numbers[kind, label]


def _show(block, html, plain):
    display({BLOCK_MIME: block, "text/html": html, "text/plain": plain}, raw=True)


def _svg(fig):
    """SVG of a figure: text as outlines, so that it looks the same everywhere, and the same bytes each time."""
    if isinstance(fig, bytes):
        return fig
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "hw"}):
        fig.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    return buffer.getvalue()


def _format(value, spec):
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float | np.floating):
        return format(float(value), spec or (",.0f" if abs(value) >= 1_000 else ".4g"))
    if isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_):
        return f"{int(value):,}"
    return str(value)


def _plain(value):
    """Plain JSON types; numbers that are not finite become None."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray | pd.Series):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    json.dumps(value)  # raises TypeError for anything that is not plain
    return value
