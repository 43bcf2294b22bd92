"""Downloads from mirrors: a file arrives complete and verified, or not at all."""

import errno
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from hw.data.dataset import Split
from hw.data.torchvision import load_torchvision

_LOCAL_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # of this machine's disk
TIMEOUT = 10  # seconds without a byte from a mirror

log = logging.getLogger(__name__)


class DataUnavailableError(RuntimeError):
    """The data set is not available from any source; lists what was tried and how to fix it."""


def load_cached(
    folder: Path,
    title: str,
    read: Callable[[Path], tuple[Split, Split]],
    download: Callable[[Path], None],
) -> tuple[Split, Split]:
    """Read a data set from the cache; if it is missing or damaged, download it.

    Parameters
    ----------
    folder
        Of this data set in the cache.
    title
        What messages call it.
    read
        Reads training and test split from a folder, and verifies them.
    download
        Downloads the files into a new folder.

    Raises
    ------
    DataUnavailableError
        If no mirror has it, or the folder cannot be written.
    """
    try:
        return read(folder)
    except PermissionError as error:
        raise _unusable(folder, title, error) from error
    except (OSError, ValueError, RuntimeError) as error:
        if os.path.exists(folder):
            log.warning("The cached %s is damaged (%s); downloading it again.", title, error)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as place:
            partial = Path(place, folder.name)
            download(partial)
            splits = read(partial)
            shutil.rmtree(folder, ignore_errors=True)
            install(partial, folder)
    except (OSError, ValueError) as error:
        raise _unusable(folder, title, error) from error
    return splits


def install(partial: Path, folder: Path) -> None:
    """Move a complete folder into place, unless another process was faster."""
    try:
        os.replace(partial, folder)
    except OSError:
        if not folder.exists():
            raise


def _unusable(folder: Path, title: str, error: Exception) -> DataUnavailableError:
    return DataUnavailableError(
        f"{title} could not be cached in {folder.parent}: {error}\n"
        "Set HW_DATA to a writable folder."
    )


def user_mirror(folder: str) -> list[str]:
    """URL of `folder` at the mirror that the environment variable HW_MIRROR names, if it does."""
    prefix = os.environ.get("HW_MIRROR")
    return [f"{prefix.rstrip('/')}/{folder}"] if prefix else []


def fetch(path: Path, mirrors: Sequence[str], intact: Callable[[Path], bool]) -> None:
    """Download a file from the first mirror that has an intact copy.

    Parameters
    ----------
    path
        File to write; it has the same name at the mirrors.
    mirrors
        URL prefixes: ``http://``, ``https://`` or ``file://``.
    intact
        Whether the file at a path is the right one, by its checksum.

    Raises
    ------
    DataUnavailableError
        If no mirror has an intact copy; lists what was tried.
    OSError
        If the disk is full or read-only.
    """
    tried = []
    for mirror in mirrors:
        url = f"{mirror}{path.name}"
        try:
            _download(url, path)
            if intact(path):
                return
            tried.append(f"  {url}: checksum mismatch")
        except (OSError, RuntimeError, ValueError, HTTPException) as error:
            if getattr(error, "errno", None) in _LOCAL_ERRORS:
                raise
            tried.append(f"  {url}: {error}")
        path.unlink(missing_ok=True)
    raise DataUnavailableError(
        "\n".join([f"{path.name} could not be downloaded. Tried:", *tried])
        + "\nSet HW_MIRROR to a prefix that has it (http://…, https://… or file:///…), "
        "or set dataset to auto to use a stand-in."
    )


def _download(url: str, path: Path) -> None:
    if url.startswith("file:"):  # torchvision needs a length, which urllib reports for HTTP only
        shutil.copyfile(url2pathname(urlsplit(url).path), path)
    else:
        with _socket_timeout():
            load_torchvision().datasets.utils.download_url(url, path.parent, path.name)


@contextmanager
def _socket_timeout() -> Iterator[None]:
    """Set what torchvision does not: an unresponsive mirror would block the notebook."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
