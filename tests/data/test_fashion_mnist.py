"""Fashion-MNIST: from a mirror, from the cache, from nowhere."""

import functools
import os
import shutil
import stat
import tempfile
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from hw.data import DataUnavailableError, load_fashion_mnist


def test_files_come_from_the_mirror_and_are_read_as_they_are(small_mirror):
    train, test = load_fashion_mnist()
    assert (train.images.shape, train.images.dtype, len(test)) == ((60, 28, 28), np.uint8, 20)
    assert (train.labels == np.arange(60) % 10).all()


def test_a_good_cache_is_never_fetched_again(small_mirror, monkeypatch):
    load_fashion_mnist()
    shutil.rmtree(small_mirror)
    monkeypatch.delenv("HW_MIRROR")
    assert len(load_fashion_mnist()[0]) == 60


def test_a_cache_that_cannot_be_written_names_the_folder_and_the_remedy(
    small_mirror, monkeypatch, tmp_path
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HW_DATA", str(tmp_path / "file"))
    with pytest.raises(DataUnavailableError, match="Set HW_DATA to a writable folder"):
        load_fashion_mnist()


def test_the_real_data_are_the_published_ones(real_data):
    train, test = load_fashion_mnist()
    assert (train.images.shape, test.images.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert set(np.bincount(train.labels)) == {6000}
    assert train.images.mean() / 255 == pytest.approx(0.2860, abs=1e-4)


def test_files_come_over_http_too(small_mirror, monkeypatch):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=small_mirror.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HW_MIRROR", f"http://127.0.0.1:{server.server_port}")
        assert len(load_fashion_mnist()[0]) == 60
        server.shutdown()


@contextmanager
def _second_user():
    """What a user without any rights of the owner may do: root gives up its own for the time."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def shared_folder(monkeypatch):
    """A cache folder that every user can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        monkeypatch.setenv("HW_DATA", f"{name}/cache")
        before = os.umask(0o022)
        yield Path(name, "cache")
        os.umask(before)
        Path(name, "cache").chmod(0o755)


def test_a_cache_that_can_be_read_but_not_written_is_used_without_a_warning(
    small_mirror, shared_folder, monkeypatch, caplog
):
    load_fashion_mnist()
    monkeypatch.delenv("HW_MIRROR")
    shared_folder.chmod(0o555)
    with _second_user():
        assert not os.access(shared_folder, os.W_OK, effective_ids=True)
        assert len(load_fashion_mnist()[0]) == 60
    assert not caplog.text


def test_a_second_user_can_read_every_cached_file(small_mirror, shared_folder):
    load_fashion_mnist()
    cached = [path for path in shared_folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in cached} == {0o644}


def test_a_cache_that_cannot_be_read_is_refused_with_the_remedy(small_mirror, shared_folder):
    load_fashion_mnist()
    shared_folder.chmod(0o000)
    with _second_user(), pytest.raises(DataUnavailableError, match="Set HW_DATA to a writable"):
        load_fashion_mnist()
