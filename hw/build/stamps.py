"""Which built files are up to date, decided by content rather than by time.

Beside a built file lies its stamp: a hash of everything it was made from, and one of the file
itself. Clocks, copies and checkouts cannot make a stale file look new, and a file that was
changed or cut short afterwards does not count.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from hw.files import atomic_write


def digest(words: Iterable[str], *contents: bytes) -> str:
    """Hash of some texts and of the contents of some files, in their order."""
    total = hashlib.sha256(json.dumps(list(words)).encode())
    for content in contents:
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


_NOISE = (  # metadata that front ends write in passing
    *("kernelspec", "language_info", "widgets", "signature", "papermill", "toc", "varInspector"),
    *("execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "editable", "deletable"),
    *("vscode", "colab", "outputId", "id", "jp-MarkdownHeadingCollapsed", "is_executing"),
)


def notebook_inputs(content: bytes) -> bytes:
    """What of a notebook its author wrote, as bytes to be compared.

    Outputs, execution counts, identifiers and what front ends note in passing do not count, so
    opening, running or saving a notebook changes nothing. Content that is no notebook counts as it
    is.
    """
    try:
        notebook = json.loads(content)
        metadata = {k: v for k, v in notebook["metadata"].items() if k not in _NOISE}
        kernel = notebook["metadata"].get("kernelspec", {}).get("name")
        cells = [
            [
                cell["cell_type"],
                "".join(cell["source"]),
                cell.get("attachments"),
                {k: v for k, v in cell["metadata"].items() if k not in _NOISE},
            ]
            for cell in notebook["cells"]
        ]
    except (ValueError, LookupError, TypeError, AttributeError):
        return content
    return json.dumps([metadata, kernel, cells], sort_keys=True).encode()


def is_current(product: Path, key: str) -> bool:
    """Whether `product` exists and is what was made from the sources that `key` stands for."""
    try:
        stamp = _stamp_of(product).read_text(encoding="utf-8")
        return stamp == _text(key, product.read_bytes())
    except (OSError, UnicodeDecodeError):
        return False


def write_stamp(product: Path, key: str, content: bytes) -> None:
    """Note that `product`, whose bytes are `content`, was made from the sources of `key`."""
    with atomic_write(_stamp_of(product)) as partial:
        partial.write_text(_text(key, content), encoding="utf-8")


def _stamp_of(product: Path) -> Path:
    return product.with_name(f".{product.name}.made")


def _text(key: str, content: bytes) -> str:
    return f"{key} {digest([], content)}\n"
