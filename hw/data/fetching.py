"""Files from mirrors: where they are kept, and how they get there whole or not at all."""

import errno
import os
import shutil
import socket
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import platformdirs

from hw.data.torchvision import load_torchvision

_OWN_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}  # of the disk here, not of the mirror
TIMEOUT = 10  # seconds that a mirror may stay silent


class DataUnavailableError(RuntimeError):
    """A data set can be had from nowhere; the message says what was tried, where, and what helps."""


def data_folder():
    """Folder of the cached data sets: the environment variable HW_DATA, else the user's cache folder."""
    return Path(os.environ.get("HW_DATA") or platformdirs.user_cache_dir("hw"))


def own_mirror(place):
    """The mirror in the environment variable HW_MIRROR with `place` behind it, as a list of one or none."""
    prefix = os.environ.get("HW_MIRROR")
    return [f"{prefix.rstrip('/')}/{place}"] if prefix else []


def fetch(path, mirrors, intact):
    """Bring one file from the first mirror that has it whole.

    Parameters
    ----------
    path : Path
        Where it goes; its name is its name at the mirrors.
    mirrors : list[str]
        URL prefixes, ``http://``, ``https://`` or ``file://``.
    intact : callable
        Takes the path and tells by a checksum whether the file is the right one.

    Raises
    ------
    DataUnavailableError
        When no mirror has it; says what was tried.
    OSError
        When the disk is full or read-only.
    """
    tried = []
    for mirror in mirrors:
        url = f"{mirror}{path.name}"
        try:
            _download(url, path)
            if intact(path):
                return
            tried.append(f"  {url}: its checksum is another one")
        except (OSError, RuntimeError, ValueError, HTTPException) as error:
            if getattr(error, "errno", None) in _OWN_FAULTS:
                raise
            tried.append(f"  {url}: {error}")
        path.unlink(missing_ok=True)
    raise DataUnavailableError(
        "\n".join([f"{path.name} could not be had. Tried:", *tried])
        + "\nSet HW_MIRROR to a prefix that holds it (http://…, https://… or file:///…), or let dataset be auto: "
        "it takes a stand-in."
    )


def _download(url, path):
    if url.startswith("file:"):  # urllib reports no length for these, and torchvision asks for it
        shutil.copyfile(url2pathname(urlsplit(url).path), path)
    else:
        with _silence_limited():
            load_torchvision().datasets.utils.download_url(url, path.parent, path.name)


@contextmanager
def _silence_limited():
    """torchvision sets no time-out of its own; without one a mirror that hangs would hang the notebook."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
