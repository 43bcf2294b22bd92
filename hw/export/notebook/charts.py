"""Vega-Lite charts drawn without a browser, where ``vl-convert-python`` is installed."""

import json
import re
from collections.abc import Mapping
from typing import Any

_MIME = re.compile(r"application/vnd\.(vega|vegalite)\.v(\d+)(?:\.\d+)*\+json")
_EMBEDDED = re.compile(r"""\}\)\s*\(\s*(?=\{)|\bspec\s*=\s*(?=\{)""")


def draw(data: Mapping[str, Any], html: str) -> str | None:
    """Return an output's Vega or Vega-Lite chart as SVG.

    None if there is no chart, the converter is not installed, or the chart would load data.
    """
    found = _specification(data, html)
    if found is None:
        return None
    kind, specification = found
    if _loads(specification):
        return None
    try:
        import vl_convert
    except ImportError:
        return None
    convert = vl_convert.vega_to_svg if kind == "vega" else vl_convert.vegalite_to_svg
    try:
        return str(convert(specification, allowed_base_urls=[]))
    except ValueError:  # what Vega does not understand
        return None


def _specification(data: Mapping[str, Any], html: str) -> tuple[str, dict[str, Any]] | None:
    for mime, content in data.items():
        if (match := _MIME.fullmatch(mime)) and isinstance(content, dict):
            return match[1], content
    if not re.search("vega|altair", html[:10_000]):
        return None
    for match in _EMBEDDED.finditer(html):
        try:
            content = json.JSONDecoder().raw_decode(html, match.end())[0]
        except ValueError:
            continue
        if isinstance(content, dict):
            return ("vega" if "/vega/" in str(content.get("$schema")) else "vegalite"), content
    return None


def _loads(value: Any) -> bool:
    """Whether a specification names anything to load, from the net or from a file."""
    if isinstance(value, dict):
        return "url" in value or any(map(_loads, value.values()))
    return isinstance(value, list) and any(map(_loads, value))
