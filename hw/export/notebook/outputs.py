"""The outputs of code cells: the best of what an output offers that needs no running notebook."""

import json
import re
from collections.abc import Mapping
from typing import Any

from hw.export.notebook import blocks, charts
from hw.export.notebook.pictures import ENDINGS, content_of
from hw.export.notebook.pieces import Pieces, text_of
from hw.export.notebook.widgets import VIEW, Widgets
from hw.report import BLOCK_MIME

_PICTURES = [mime for mime in ENDINGS if mime != "application/pdf"]
_LIBRARIES = (
    "plotly", "bokeh", "vega", "altair", "mpld3", "folium", "leaflet", "holoviews", "pyecharts",
    "echarts", "highcharts", "d3", "three",
)  # fmt: skip
_LIVE = re.compile(r"<(script|iframe|video|audio|canvas|object|embed)\b", re.IGNORECASE)
_ONLY_WITH_STYLES = ("sk-top-container", "xr-wrap")  # HTML that needs its style sheet: has text too
_NO_WORDS = re.compile(r"\s*(Loading.*|Make this Notebook Trusted.*)?", re.DOTALL)
_PATH = re.compile(r"(?<![\w.:/<])(?:/|[A-Za-z]:\\)[^\s:'\"<>|\x1b]*[/\\]([\w.-]+)")


class Outputs:
    """Adds outputs to the pieces of a report."""

    def __init__(
        self,
        pieces: Pieces,
        widgets: Widgets,
        front: dict[str, Any],
        banners: list[str],
        trusted: bool,
    ) -> None:
        self.pieces = pieces
        self.widgets = widgets
        self.front = front
        self.banners = banners
        self.trusted = trusted

    def add(self, output: Mapping[str, Any], *, as_markdown: bool = False) -> None:
        """Add one output; with ``as_markdown``, printed text is read as Markdown."""
        kind = output["output_type"]
        if kind == "stream" and as_markdown:
            self.pieces.add_markdown(text_of(output["text"]))
        elif kind == "stream":
            self.pieces.add_text(text_of(output["text"]), _stream(output))
        elif kind == "error":
            traceback = _PATH.sub(
                r"…/\1", text_of("\n".join(map(str, output.get("traceback") or [])))
            )
            said = text_of(f"{output.get('ename')}: {output.get('evalue')}")
            self.pieces.add_text(traceback if traceback.strip() else said, "error")
        elif kind in ("display_data", "execute_result"):
            self._bundle(output["data"], output.get("metadata") or {})
        else:
            self.pieces.note(f"An output of the unknown type {kind!r} is not shown.")

    def _bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        picture = next((mime for mime in _PICTURES if mime in data), None)
        html = text_of(data.get("text/html", ""))
        if isinstance(data.get(BLOCK_MIME), Mapping):
            blocks.add_block(self.pieces, data, self.front, self.banners)
        elif VIEW in data:
            self._widget(data)
        elif html and self.trusted:
            self.pieces.add_raw(html)
        elif html and not (picture and _LIVE.search(html)) and self._html(html, data):
            pass
        elif picture:
            self._picture(data, picture, metadata)
        elif drawing := charts.draw(data, html):
            self._picture({**data, "image/svg+xml": drawing}, "image/svg+xml", metadata)
        elif what := _unshown(data, html):
            self.pieces.note(f"{what} is not shown: it needs a running notebook or its scripts.")
            self._words(data, metadata)
        elif not self._words(data, metadata) and set(data) - {"text/html"}:
            self.pieces.note(f"An output of type {', '.join(data)} is not shown.")

    def _html(self, html: str, data: Mapping[str, Any]) -> bool:
        """Add HTML; return whether it shows anything."""
        if any(name in html for name in _ONLY_WITH_STYLES) and "text/plain" in data:
            self._plain(data)
            return True
        before = len(self.pieces.notes)
        node = self.pieces.read(html)
        words = "".join(part for part in node.itertext() if part)
        if _NO_WORDS.fullmatch(words) and node.find(".//img") is None:
            del self.pieces.notes[before:]
            return False
        self.pieces.add_html(node)
        if "<script" in html.lower() and len(html) > 20 * len(words):
            self.pieces.tell("The scripts of an output are left out.")
        return True

    def _words(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
        """Add what a bundle says without HTML and pictures; return whether that is anything."""
        if "text/latex" in data:
            self._latex(text_of(data["text/latex"]), data)
        elif "text/markdown" in data:
            self.pieces.add_markdown(text_of(data["text/markdown"]))
        elif "application/pdf" in data:
            self._picture(data, "application/pdf", metadata)
        elif "text/plain" in data:
            self._plain(data)
        elif "application/json" in data:
            text = text_of(json.dumps(data["application/json"], indent=1, ensure_ascii=False))
            self.pieces.add_text(text, "stdout")
        else:
            return False
        return True

    def _plain(self, data: Mapping[str, Any]) -> None:
        self.pieces.add_text(text_of(data.get("text/plain", "")), "stdout")

    def _latex(self, text: str, data: Mapping[str, Any]) -> None:
        if "\\begin{tabular}" in text and ("text/markdown" in data or "text/plain" in data):
            self._words({mime: data[mime] for mime in data if mime != "text/latex"}, {})
            return
        text = re.sub(r"\A\s*\\\[(.*)\\\]\s*\Z", r"$$\1$$", text, flags=re.DOTALL)
        is_marked = text.lstrip().startswith(("$", "\\(", "\\begin"))
        self.pieces.add_markdown(text if is_marked else f"$${text}$$")

    def _widget(self, data: Mapping[str, Any]) -> None:
        """Add what a widget's stored state shows, or its text and a note."""
        stored = text_of(self.widgets.html(data[VIEW]))
        node = self.pieces.read(stored)
        if "".join(node.itertext()).strip() or node.find(".//img") is not None:
            self.pieces.add_html(node)
            self.pieces.tell("An interactive widget is shown as it was stored.")
            return
        self._plain(data)
        self.pieces.note("An interactive widget is shown as text: it needs a running notebook.")

    def _picture(self, data: Mapping[str, Any], mime: str, metadata: Mapping[str, Any]) -> None:
        name = self.pieces.files.keep(content_of(data, mime), mime)
        if name is None:
            self.pieces.note(f"A picture ({mime}) is damaged or too large and not shown.")
            self._plain(data)
            return
        own = metadata.get(mime)
        stated = {**metadata, **(own if isinstance(own, Mapping) else {})}
        sizes = {
            side: f"{stated[side]:g}" for side in ("width", "height") if _is_size(stated.get(side))
        }
        alt = text_of(stated.get("alt") or "an output without a description")
        self.pieces.add_figure(name, alt, **sizes)


def _stream(output: Mapping[str, Any]) -> str:
    return "stderr" if output.get("name") == "stderr" else "stdout"


def _is_size(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < 100_000


def _unshown(data: Mapping[str, Any], html: str) -> str | None:
    """Say what a bundle holds that cannot be shown; None for style sheets and empty HTML."""
    if html and (_LIVE.search(html) or "<div" in html.lower()):
        low = html[:200_000].lower()
        name = next((name for name in _LIBRARIES if name in low), None)
        return f"An interactive chart ({name})" if name else "An interactive output"
    kinds = [mime for mime in data if re.search("plotly|vega|bokeh|holoviews|javascript", mime)]
    if not kinds:
        return None
    name = next((name for name in _LIBRARIES if name in kinds[0]), None)
    return f"An interactive chart ({name})" if name else "A script"
