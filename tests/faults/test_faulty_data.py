"""Mirrors, caches and disks that fail: nothing of it is kept, and nothing false is used."""

import gzip
import os
import resource
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from hw.data import DataUnavailableError, fetching, load_fashion_mnist

PAGE = b"<html><body>404, but with a status of 200</body></html>"


def _serve(handler, content, fault):
    """Answer a request for a file as a faulty server does."""
    if fault == "refuses":
        handler.send_error(404)
        return
    if fault == "speaks no HTTP":
        handler.wfile.write(b"SSH-2.0-what\r\n\r\n")
        return
    if fault == "hangs up":
        handler.connection.shutdown(socket.SHUT_RDWR)
        return
    if fault == "sends it elsewhere" and "/other/" not in handler.path:
        handler.send_response(302)
        handler.send_header("Location", f"/other{handler.path}")
        handler.end_headers()
        return
    body = {"a page": PAGE, "nothing": b"", "sends it elsewhere": content + b"more"}.get(
        fault, content
    )
    if fault == "yesterday's file":  # sound, but of another version
        body = gzip.compress(gzip.decompress(content)[:-1] + b"\x01")
    if fault == "one bit flipped":
        body = content[:30] + bytes([content[30] ^ 1]) + content[31:]
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    half = fault in ("drops in the middle", "hangs in the middle")
    handler.wfile.write(body[: len(body) // 2] if half else body)
    if fault == "hangs in the middle":
        time.sleep(2)


@contextmanager
def _mirror(folder, fault):
    """A server on loopback that holds a folder's files and has a fault; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            _serve(self, (folder / self.path.rsplit("/", 1)[1]).read_bytes(), fault)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


FAULTS = [
    *("refuses", "speaks no HTTP", "hangs up", "sends it elsewhere"),
    *("a page", "nothing", "one bit flipped", "drops in the middle", "hangs in the middle"),
    "yesterday's file",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_mirror_is_named_and_nothing_of_it_is_kept(
    fault, small_mirror, empty_cache, monkeypatch
):
    good = os.environ["HW_MIRROR"]
    monkeypatch.setattr(fetching, "TIMEOUT", 0.4)
    with _mirror(small_mirror, fault) as address:
        monkeypatch.setenv("HW_MIRROR", address)
        with pytest.raises(DataUnavailableError) as error:
            load_fashion_mnist()
    assert f"{address}/fashion-mnist/train-images-idx3-ubyte.gz: " in str(error.value)
    assert "Set HW_MIRROR" in str(error.value)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]
    monkeypatch.setenv("HW_MIRROR", good)
    assert len(load_fashion_mnist()[0]) == 60


def test_a_mirror_without_fault_is_used(small_mirror, monkeypatch):
    with _mirror(small_mirror, "none") as address:
        monkeypatch.setenv("HW_MIRROR", address)
        assert len(load_fashion_mnist()[0]) == 60


def _bit_flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


SPOILT = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "a bit flipped": _bit_flipped,
    "empty": lambda path: path.write_bytes(b""),
    "wrong magic": lambda path: path.write_bytes(b"\x89PNG" + path.read_bytes()[4:]),
    "wrong count": lambda path: path.write_bytes(
        path.read_bytes()[:7] + b"\x01" + path.read_bytes()[8:]
    ),
    "a page": lambda path: path.write_bytes(PAGE),
    "one file gone": lambda path: path.unlink(),
    "all gone": lambda path: shutil.rmtree(path.parent),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}
FILES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_cache_is_never_used_and_fetched_again(
    spoil, name, small_mirror, empty_cache, monkeypatch
):
    before = load_fashion_mnist()
    spoil(empty_cache / "FashionMNIST/raw" / name)
    good = os.environ["HW_MIRROR"]
    monkeypatch.setenv("HW_MIRROR", (small_mirror / "nothing here").as_uri())
    with pytest.raises(DataUnavailableError):
        load_fashion_mnist()
    monkeypatch.setenv("HW_MIRROR", good)
    for one, two in zip(before, load_fashion_mnist(), strict=True):
        assert np.array_equal(one.images, two.images)
        assert np.array_equal(one.labels, two.labels)


def test_a_full_disk_is_told_with_the_folder_and_the_remedy(small_mirror, empty_cache):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # no file may grow beyond it
    try:
        with pytest.raises(DataUnavailableError, match="could not be cached") as error:
            load_fashion_mnist()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(empty_cache) in str(error.value)
    assert "Set HW_DATA" in str(error.value)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]
    assert len(load_fashion_mnist()[0]) == 60


def test_two_that_fetch_at_once_do_not_spoil_each_other(small_mirror, empty_cache, monkeypatch):
    meeting = threading.Barrier(2)
    found = []
    install = fetching.install

    def install_together(partial, folder):
        meeting.wait(30)
        install(partial, folder)

    monkeypatch.setattr(fetching, "install", install_together)
    threads = [
        threading.Thread(target=lambda: found.append(load_fashion_mnist())) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(train) for train, _ in found] == [60, 60]
    assert [path.name for path in empty_cache.iterdir()] == ["FashionMNIST"]
