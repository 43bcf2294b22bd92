"""Cards of the scoreboard: each report with its picture, its main number and its verdict."""

import json
import os
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from hw.report.blocks import show_block
from hw.report.outputs import read_blocks, report_figures, report_names


def show_cards(folder: str | os.PathLike[str]) -> None:
    """Display a card for each report of a folder, with links to its page, PDF and notebook.

    The number and what it is compared with are those of :func:`hw.result`, the picture is that
    which :func:`hw.record` names.

    Parameters
    ----------
    folder
        Executed notebooks; the scoreboard itself gets no card.
    """
    pictures = report_figures(folder)
    cards = [
        _card(Path(folder, f"{name}.ipynb"), pictures.get(name, {}))
        for name in report_names(folder)
        if name != "scoreboard"
    ]
    items = "".join(
        f'<li><a href="{escape(card["name"])}.html">{escape(card["title"])}</a> '
        f"{escape(card['number'])} <em>{escape(card['what'])}</em> {escape(card['verdict'])}</li>"
        for card in cards
    )
    plain = "\n".join(f"{card['title']}: {card['number']} {card['what']}" for card in cards)
    show_block({"kind": "cards", "cards": cards}, f"<ul>{items}</ul>", plain)


def _card(path: Path, picture: Mapping[str, Any]) -> dict[str, str]:
    results = read_blocks(path, "result")
    result: Mapping[str, Any] = results[-1] if results else {"number": "", "what": "", "rows": []}
    rows = dict(result["rows"])
    against = next((f"{name} {rows[name]}" for name in rows if "published" in name), "")
    return {
        "name": path.stem,
        "title": _title(path),
        "number": result["number"],
        "what": result["what"],
        "against": against,
        "verdict": rows.get("verdict", ""),
        "picture": b64encode(picture["image"]).decode() if picture else "",
        "alt": picture.get("alt", ""),
    }


def _title(path: Path) -> str:
    """What the report is called: in its title block, or by its first heading, or by its file."""
    for block in read_blocks(path, "title"):
        if block.get("title"):
            return str(block["title"])
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("# "):
            return source.partition("\n")[0][2:]
    return path.stem
