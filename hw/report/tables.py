"""Numbered tables: words for heads, equal decimals within a column, repeated cells once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from hw.report.blocks import Width, running_number, show_block
from hw.report.numbers import format_column
from hw.words import in_words

# What the cells of a column may hold to be aligned as numbers
_NUMBER = re.compile(r"[−+]?\d[\d,.]*(?:\u202f?%| × 10\S+|\u202f±\u202f[\d.]+)?|[−+]?(?:inf|nan)|–")


def table(
    label: str,
    frame: pd.DataFrame | Mapping[str, Iterable[Any]],
    caption: str,
    formats: Mapping[str, str] | None = None,
    *,
    heads: Mapping[str, str] | None = None,
    merge: Sequence[str] = (),
    foot: int = 0,
    markdown: bool = False,
    width: Width | None = None,
) -> None:
    """Display a table with a running number and a caption.

    Parameters
    ----------
    label
        Name of the table, unique in the notebook. A cell that is run again keeps its number.
    frame
        The index of a DataFrame is shown as the first column if it has a name. A mapping holds
        columns by their names. Columns of two levels get heads of two levels: what neighbours share
        is written above them once.
    caption
        What the reader should see in it. Exporters read it as Markdown.
    formats
        Format specification by column, such as ``{"accuracy": ".4f"}``. By default the floats of a
        column have the same number of decimals: see :func:`hw.report.numbers.format_column`.
    heads
        Heads by column, where :func:`hw.words.in_words` would not find the right ones.
    merge
        Columns whose repeated cells are written once, over all rows that share them. Lines separate
        the groups of the first of these columns.
    foot
        Number of rows at the end that are set apart, such as a sum or a mean.
    markdown
        Whether exporters read cells as Markdown.
    width
        "column" (80 mm) or "full" (166 mm); by default whichever the table needs.

    Raises
    ------
    ValueError
        If another cell has used the label.
    """
    number = running_number("table", label)
    if not isinstance(frame, pd.DataFrame):
        frame = pd.DataFrame({name: list(column) for name, column in frame.items()})
    if frame.index.name is not None:
        frame = frame.reset_index()
    names = [name if isinstance(name, tuple) else (name,) for name in frame.columns]
    leaves = [str(name[-1] or name[0]) for name in names]
    given = {"formats": formats or {}, "heads": heads or {}}
    cells = [
        format_column(frame.iloc[:, n], given["formats"].get(name)) for n, name in enumerate(leaves)
    ]
    rows = [list(row) for row in zip(*cells, strict=True)]
    block: dict[str, Any] = {"kind": "table", "number": number, "label": label, "caption": caption}
    block["columns"] = [given["heads"].get(name, in_words(name)) for name in leaves]
    if frame.columns.nlevels > 1:
        block["over"] = [in_words(str(name[0])) if name[-1] else "" for name in names]
    block["align"] = [
        "right" if all(map(_NUMBER.fullmatch, column)) else "left" for column in cells
    ]
    block["rows"] = rows
    if merge:
        block["spans"] = _spans(rows, [leaves.index(name) for name in merge])
    options = {"foot": foot, "markdown": markdown, "width": width}
    block |= {name: value for name, value in options.items() if value}
    plain = pd.DataFrame(rows, columns=block["columns"]).to_string(index=False)
    show_block(block, _table_html(block), f"Table {number}. {caption}\n{plain}")


def _spans(rows: Sequence[Sequence[str]], merged: Sequence[int]) -> list[list[int]]:
    """How many rows each cell spans, 0 where the one above it does; groups do not cross those of
    the columns that are merged before.
    """
    spans = [[1] * len(row) for row in rows]
    for place, x in enumerate(merged):
        keys = [[row[k] for k in merged[: place + 1]] for row in rows]
        first = 0
        for y in range(1, len(rows)):
            if keys[y] == keys[first]:
                spans[first][x] += 1
                spans[y][x] = 0
            else:
                first = y
    return spans


def _table_html(block: Mapping[str, Any]) -> str:
    """A table block as HTML."""

    def row(tag: str, scope: str, texts: Iterable[str], spans: Iterable[int] | None = None) -> str:
        spans = spans or [1] * len(block["align"])
        return "".join(
            f'<{tag} style="text-align:{side}"{scope}'
            + (f' rowspan="{n}"' if n > 1 else "")
            + f">{read(cell) if tag == 'td' else escape(cell)}</{tag}>"
            for cell, side, n in zip(texts, block["align"], spans, strict=True)
            if n
        )

    read = _marked_up if block.get("markdown") else escape
    over = f"<tr>{row('th', '', block['over'])}</tr>" if "over" in block else ""
    head = row("th", ' scope="col"', block["columns"])
    spans = block.get("spans") or [None] * len(block["rows"])
    body = "".join(
        f"<tr>{row('td', '', texts, n)}</tr>" for texts, n in zip(block["rows"], spans, strict=True)
    )
    return (
        f'<table id="tab-{escape(block["label"])}"><caption style="text-align:left">'
        f"<strong>Table {block['number']}.</strong> {escape(block['caption'])}</caption>"
        f"<thead>{over}<tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _marked_up(text: str) -> str:
    """A cell of Markdown as HTML: emphasis, and what Markdown leaves to tags."""
    html = re.sub(r"&lt;(br|/?small|/?su[bp])&gt;", r"<\1>", escape(text))
    html = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html)
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", html)
