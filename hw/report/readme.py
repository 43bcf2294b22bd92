"""The tables of README.md that code knows better: the parameters of the notebooks, and the published gallery's results.

``python -m hw.report.readme`` writes them anew between their marks, ``<!-- table: name -->`` and ``<!-- end -->``.
"""

import json
import re
import sys
from pathlib import Path

from hw.config import NOTEBOOKS, TITLE_WORDS
from hw.published import published
from hw.report.scoreboard import challengers, costs, scoreboard

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


def main(readme="README.md", results="reports/gallery/results.json"):
    """Write the tables of `readme` anew from the recorded `results`."""
    recorded = json.loads(Path(results).read_text(encoding="utf-8"))
    path = Path(readme)
    path.write_text(renew(path.read_text(encoding="utf-8"), recorded), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
