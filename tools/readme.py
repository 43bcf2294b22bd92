"""Updates what the code knows better than the documents.

``python -m tools.readme`` writes the marked tables of README.md and docs/ from the code and the
gallery's results, between ``<!-- table: name -->`` and ``<!-- end -->``, and draws the gallery's
picture, ``pages.png``.
"""

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import typst
from pydantic import BaseModel

from hw.config import NOTEBOOKS, TITLE_FIELDS
from hw.report import challengers, costs, scoreboard

DOCUMENTS = ("README.md", "docs/parameters.md", "docs/experiments.md")
PAGES = (("classifier-improved.pdf", 1), ("autoencoder-improved.pdf", 2), ("scoreboard.pdf", 1))
FORMATS = {"published": ".4f", "ours": ".4f", "spread": ".4f", "s per epoch": ".2f"}
_SHEET = """
#set page(width: auto, height: auto, margin: 10pt, fill: luma(80%))
#let sheet(file, number) = box(fill: white, image(file, page: number, height: 520pt))
#grid(columns: 3, gutter: 10pt, ..json(bytes(sys.inputs.pages)).map(page => sheet(..page)))
"""
_MARK = re.compile(r"(<!-- table: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def update(text: str, results: Mapping[str, Mapping[str, Any]]) -> str:
    """Write all marked tables of a Markdown text.

    Parameters
    ----------
    text
        Marks name ``results``, ``costs``, or a notebook for the table of its parameters.
    results
        As :func:`hw.report.read_results` returns them.

    Returns
    -------
    The text; only what stands between the marks has changed.

    Raises
    ------
    ValueError
        For a mark that names no table.
    """
    tables = {name: parameter_table(config) for name, config in NOTEBOOKS.items()}
    tables |= {"results": results_table(results), "costs": _markdown(costs(results))}

    def table(mark: re.Match[str]) -> str:
        start, name, end = mark.groups()
        if name not in tables:
            raise ValueError(f"a marked table must be one of {', '.join(tables)}, got {name!r}")
        return f"{start}\n{tables[name]}\n\n{end}"

    return _MARK.sub(table, text)


def parameter_table(config: type[BaseModel]) -> str:
    """A Markdown table of a notebook's parameters, without those of the title block."""
    rows = [
        f"| `{name}` | `{json.dumps(field.default)}` | {field.description} |"
        for name, field in config.model_fields.items()
        if name not in TITLE_FIELDS
    ]
    return "\n".join(["| parameter | default | meaning |", "|---|---|---|", *rows])


def results_table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table with a row per published score: the same system here, and our best."""
    board = scoreboard(results).drop(columns="report")
    ours = challengers(results)
    best = [_best(ours, row.system, row.score) for row in board.itertuples()]
    return _markdown(board.assign(**{"our best": best}))


def _best(ours: pd.DataFrame, system: Any, score: Any) -> str:
    """The largest improvement on a published score among our own systems, and its report."""
    same = ours["score"].str.partition(",")[0] == score  # "error, deep" is an error too
    rows = ours[(ours["system"] == system) & same & (ours["verdict"] == "beaten")]
    if rows.empty:
        return "–"
    row = rows.loc[rows["difference"].abs().idxmax()]
    return f"{_cell(float(row['ours']), FORMATS['ours'])} (`{row['report']}`)"


def draw_pages(folder: str | Path, pages: Sequence[tuple[str, int]] = PAGES) -> bytes:
    """Draw pages of PDFs side by side.

    Parameters
    ----------
    folder
        Where the PDFs are.
    pages
        Pairs of a file's name and the number of a page.

    Returns
    -------
    PNG.
    """
    inputs = {"pages": json.dumps(pages)}
    return typst.compile(
        _SHEET.encode(), root=str(folder), format="png", ppi=144.0, sys_inputs=inputs
    )


def _markdown(frame: pd.DataFrame) -> str:
    columns = [
        [_cell(value, FORMATS.get(str(name), "g")) for value in frame[name]] for name in frame
    ]
    rows = [list(frame.columns), ["---"] * len(columns), *map(list, zip(*columns, strict=True))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(value: Any, specification: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return format(value, specification if abs(value) >= 0.05 else ".5f")


def main(gallery: str = "reports/gallery") -> None:
    """Update the documents from ``results.json`` in the folder `gallery`, and draw its pages."""
    results = json.loads(Path(gallery, "results.json").read_text(encoding="utf-8"))
    for document in map(Path, DOCUMENTS):
        text = update(document.read_text(encoding="utf-8"), results)
        document.write_text(text, encoding="utf-8")
    Path(gallery, "pages.png").write_bytes(draw_pages(gallery))


if __name__ == "__main__":
    main(*sys.argv[1:])
