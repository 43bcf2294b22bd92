"""What code knows better than README.md: the notebooks' parameters, the gallery's results, a picture of its pages.

``python -m tools.readme`` writes the tables anew between their marks, ``<!-- table: name -->`` and
``<!-- end -->``, and draws ``pages.png``.
"""

import json
import re
import sys
from pathlib import Path

import typst

from hw.config import NOTEBOOKS, TITLE_WORDS
from hw.published import published
from hw.report.scoreboard import challengers, costs, scoreboard

PAGES = (("classifier-improved.pdf", 4), ("autoencoder-improved.pdf", 7), ("scoreboard.pdf", 1))
_SHEET = """
#set page(width: auto, height: auto, margin: 10pt, fill: luma(80%))
#let sheet(file, number) = box(fill: white, image(file, page: number, height: 520pt))
#grid(columns: 3, gutter: 10pt, ..json(bytes(sys.inputs.pages)).map(page => sheet(..page)))
"""
FORMATS = {"published": ".4f", "ours": ".4f", "spread": ".4f", "s per epoch": ".2f"}
_MARK = re.compile(r"(<!-- table: ([a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renew(text, results):
    """A Markdown text with all its marked tables written anew.

    Parameters
    ----------
    text : str
        Marks name ``results``, ``costs``, or a notebook for the table of its parameters.
    results : dict[str, dict]
        As :func:`hw.read_results` returns it.

    Returns
    -------
    str
        The same text but for what stands between the marks.

    Raises
    ------
    ValueError
        For a mark that names no table.
    """
    tables = {name: parameter_table(config) for name, config in NOTEBOOKS.items()}
    tables |= {"results": results_table(results), "costs": _markdown(costs(results))}

    def table(mark):
        start, name, end = mark.groups()
        if name not in tables:
            raise ValueError(f"a marked table must be one of {', '.join(tables)}, got {name!r}")
        return f"{start}\n{tables[name]}\n\n{end}"

    return _MARK.sub(table, text)


def parameter_table(config):
    """A Markdown table of the parameters of a notebook, without the words of the title block."""
    rows = [
        f"| `{name}` | `{json.dumps(field.default)}` | {field.description} |"
        for name, field in config.model_fields.items()
        if name not in TITLE_WORDS
    ]
    return "\n".join(["| parameter | default | meaning |", "|---|---|---|", *rows])


def results_table(results):
    """A Markdown table of every published system beside ours, and of our own systems beside the published ones."""
    ours = challengers(results)
    ours = ours[[not published()[system].get("reference") for system in ours["system"]]]
    ours = ours.assign(system=[f"{row.report} against {row.system}" for row in ours.itertuples()])
    board = scoreboard(results).drop(columns="report")
    return _markdown(board) + "".join(f"\n{line}" for line in _markdown(ours[board.columns]).splitlines()[2:])


def _markdown(frame):
    columns = [[_cell(value, FORMATS.get(name, "g")) for value in frame[name]] for name in frame]
    rows = [list(frame.columns), ["---"] * len(columns), *map(list, zip(*columns, strict=True))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(value, spec):
    if value is None or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else format(value, spec if abs(value) >= 0.05 else ".5f")
    return str(value)


def picture(folder, pages=PAGES):
    """Pages of PDFs in a folder side by side, as a PNG (bytes); `pages` are pairs of a file's name and a page."""
    return typst.compile(
        _SHEET.encode(), root=folder, format="png", ppi=144, sys_inputs={"pages": json.dumps(pages)}
    )  # fmt: skip


def main(readme="README.md", gallery="reports/gallery"):
    """Write the tables of `readme` anew from ``results.json`` in the folder `gallery`, and draw its pages there."""
    recorded = json.loads(Path(gallery, "results.json").read_text(encoding="utf-8"))
    path = Path(readme)
    path.write_text(renew(path.read_text(encoding="utf-8"), recorded), encoding="utf-8")
    Path(gallery, "pages.png").write_bytes(picture(gallery))


if __name__ == "__main__":
    main(*sys.argv[1:])
