"""What the stored state of a notebook's widgets shows."""

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_DEEPEST = 20
_IMAGES = {
    "png": "png",
    "jpeg": "jpeg",
    "jpg": "jpeg",
    "gif": "gif",
    "webp": "webp",
    "svg+xml": "svg+xml",
}


class Widgets:
    """The widgets whose state a notebook's metadata holds."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        stored = metadata.get("widgets") or {}
        self._models = (stored.get(_STATE) or {}).get("state") or {}

    def html(self, view: Any) -> str:
        """Return the HTML, unsanitised, of what a view shows; empty if nothing is stored."""
        return (
            self._model(str(view.get("model_id", "")), _DEEPEST) if isinstance(view, dict) else ""
        )

    def _model(self, name: str, depth: int) -> str:
        model = self._models.get(name)
        if not model or not depth:
            return ""
        state = model.get("state") or {}
        kind = str(model.get("model_name", "")).removesuffix("Model")
        children = [str(child).removeprefix("IPY_MODEL_") for child in state.get("children") or []]
        if children:
            inner = [self._model(child, depth - 1) for child in children]
            tag = "span" if kind == "HBox" else "div"
            return f"<div>{' '.join(f'<{tag}>{part}</{tag}>' for part in inner if part)}</div>"
        if kind == "Output":
            return "".join(_output(output) for output in state.get("outputs") or [])
        if kind == "Image":
            return _image(model, state)
        return _value(kind, state)


def _value(kind: str, state: Mapping[str, Any]) -> str:
    """Return the description and the value of a control; of a progress bar how far it is."""
    value = state.get("value")
    label = str(state.get("description") or "")
    if kind in ("HTML", "HTMLMath"):
        return f"{escape(label)} {value or ''}".strip()
    if "Progress" in kind:
        whole = state.get("max")
        shown = f"{value:g} of {whole:g}" if _is_number(value) and _is_number(whole) else ""
    elif options := state.get("_options_labels"):
        index = state.get("index")
        shown = str(options[index]) if isinstance(index, int) and index < len(options) else ""
    elif isinstance(value, bool):
        shown = "yes" if value else "no"
    else:
        shown = str(value) if isinstance(value, str | int | float) else ""
    return escape(f"{label} {shown}".strip())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _image(model: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    kind = _IMAGES.get(str(state.get("format", "png")), "png")
    for buffer in model.get("buffers") or []:
        if buffer.get("path") == ["value"]:
            data = str(buffer.get("data", ""))
            if buffer.get("encoding") == "hex":
                data = base64.b64encode(bytes.fromhex(data)).decode()
            return f'<img src="data:image/{kind};base64,{escape(data)}" alt="a widget\'s image">'
    return ""


def _output(output: Mapping[str, Any]) -> str:
    """Return the words and pictures that an output widget has caught."""
    data = output.get("data") or {}
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            content = "".join(data[mime]).replace("\n", "")
            return f'<img src="data:{mime};base64,{escape(content)}" alt="an output in a widget">'
    if "text/html" in data:
        return f"<div>{''.join(data['text/html'])}</div>"
    text = output.get("text") or data.get("text/plain") or output.get("evalue") or ""
    return f"<pre>{escape(''.join(text))}</pre>"
