"""Atomic file writes, and the folder of cached files."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Folder of downloaded data and cached results: HW_DATA, else the user's cache folder.

    In the environment variable HW_DATA, a leading ``~`` stands for the home folder.
    """
    folder = os.environ.get("HW_DATA")
    return Path(folder).expanduser() if folder else Path(platformdirs.user_cache_dir("hw"))


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file so that it appears under its name only once it is complete.

    Parameters
    ----------
    path
        File to write; missing folders are created.

    Yields
    ------
    A new empty file beside `path`, with the permissions of any new file (unlike those of
    :mod:`tempfile`, which nobody else may read). It replaces `path` if the block ends without an
    error, and is deleted otherwise.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> target = Path(mkdtemp(), "notes.txt")
    >>> with atomic_write(target) as partial:
    ...     _ = partial.write_text("complete")
    >>> target.read_text()
    'complete'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    partial.touch(exist_ok=False)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
