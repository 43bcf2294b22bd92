"""Loading: from a mirror, from the cache, from nowhere; splitting."""

import functools
import gzip
import hashlib
import shutil
import socket
import struct
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import hw
from hw import data
from hw.data import Split
from hw.vision import load_torchvision


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    """A fresh cache folder, no mirror of our own, and public mirrors that nobody answers for."""
    monkeypatch.setenv("HW_DATA", str(tmp_path / "cache"))
    monkeypatch.delenv("HW_MIRROR", raising=False)
    monkeypatch.setattr(data, "FASHION_MNIST_MIRRORS", ("http://127.0.0.1:9/",))
    return tmp_path / "cache"


def _idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def small_mirror(monkeypatch, tmp_path, empty_cache):
    """A mirror of four small files in Fashion-MNIST's format, declared to be the real ones."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "mirror with space" / "fashion-mnist"
    folder.mkdir(parents=True)
    files = {
        "train-images-idx3-ubyte": rng.integers(0, 256, (60, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte": np.arange(60, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(20, dtype=np.uint8) % 10,
    }
    resources = []
    for name, array in files.items():
        packed = gzip.compress(_idx(array), mtime=0)
        (folder / f"{name}.gz").write_bytes(packed)
        resources.append((f"{name}.gz", hashlib.md5(packed).hexdigest()))
    monkeypatch.setattr(load_torchvision().datasets.FashionMNIST, "resources", resources)
    train_images, train_labels, test_images, test_labels = files.values()
    splits = (Split(train_images, train_labels.astype(np.int64)), Split(test_images, test_labels.astype(np.int64)))
    monkeypatch.setattr(data, "FASHION_MNIST_SHA256", data._checksum(*splits))
    monkeypatch.setenv("HW_MIRROR", folder.parent.as_uri())
    return folder


def test_files_come_from_the_mirror_and_are_read_as_they_are(small_mirror):
    train, test = hw.load_fashion_mnist()
    assert (train.images.shape, train.images.dtype, len(test)) == ((60, 28, 28), np.uint8, 20)
    assert (train.labels == np.arange(60) % 10).all()


def test_a_good_cache_is_never_fetched_again(small_mirror, monkeypatch):
    hw.load_fashion_mnist()
    shutil.rmtree(small_mirror)
    monkeypatch.delenv("HW_MIRROR")
    assert len(hw.load_fashion_mnist()[0]) == 60


def test_a_damaged_cache_is_fetched_again(small_mirror, empty_cache):
    hw.load_fashion_mnist()
    images = empty_cache / "FashionMNIST/raw/train-images-idx3-ubyte"
    content = bytearray(images.read_bytes())
    content[100] ^= 1
    images.write_bytes(content)
    hw.load_fashion_mnist()
    assert images.read_bytes() != content


def test_a_file_with_another_checksum_is_never_used(small_mirror, empty_cache):
    (small_mirror / "t10k-labels-idx1-ubyte.gz").write_bytes(b"<html>not found</html>")
    with pytest.raises(hw.DataUnavailableError, match=r"t10k-labels-idx1-ubyte\.gz could not be had"):
        hw.load_fashion_mnist()
    assert not list(empty_cache.rglob("*.*"))


def test_where_the_real_data_cannot_be_had_the_error_says_what_was_tried(empty_cache, monkeypatch):
    monkeypatch.setenv("HW_MIRROR", "http://127.0.0.1:9/own/")
    with pytest.raises(hw.DataUnavailableError) as error:
        hw.load(hw.ClassifierConfig(dataset="fashion_mnist"))
    message = str(error.value)
    assert "http://127.0.0.1:9/own/fashion-mnist/train-images-idx3-ubyte.gz: " in message
    assert "http://127.0.0.1:9/train-images-idx3-ubyte.gz: " in message
    assert "HW_MIRROR" in message


def test_auto_takes_the_stand_in_only_when_it_must_and_says_so(empty_cache, caplog):
    loaded = hw.load(hw.ClassifierConfig(dataset="auto"))
    assert loaded.name == "synthetic"
    assert "stand-in" in loaded.notice
    assert "stand-in" in caplog.text


def test_auto_takes_the_real_data_without_a_notice(small_mirror):
    loaded = hw.load(hw.ClassifierConfig(dataset="auto", val_fraction=0.5))
    assert (loaded.name, loaded.notice) == ("fashion_mnist", "")


def test_synthetic_data_are_announced_too():
    assert "synthetic" in hw.load(hw.ClassifierConfig(dataset="synthetic")).notice


def test_a_cache_that_cannot_be_written_names_the_folder_and_the_remedy(small_mirror, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HW_DATA", str(tmp_path / "file"))
    with pytest.raises(hw.DataUnavailableError, match="Set HW_DATA to a folder that can be written to"):
        hw.load_fashion_mnist()


def test_splits_are_stratified_disjoint_and_drawn_by_the_seed():
    split = Split(np.arange(1000, dtype=np.uint16).reshape(1000, 1, 1), np.arange(1000) % 10)
    train, val = hw.train_val_split(split, 0.2, train_size=400, seed=3)
    assert (len(train), len(val)) == (400, 200)
    assert not set(train.images.ravel()) & set(val.images.ravel())
    assert set(np.bincount(train.labels)) == {40}
    assert set(np.bincount(val.labels)) == {20}
    again, other = (hw.train_val_split(split, 0.2, train_size=400, seed=seed)[0] for seed in (3, 4))
    assert (again.images == train.images).all()
    assert (other.images != train.images).any()


def test_more_training_images_than_there_are_is_refused():
    split = Split(np.zeros((100, 2, 2), np.uint8), np.arange(100) % 10)
    with pytest.raises(ValueError, match=r"train_size must be at most 80 .* got 90"):
        hw.train_val_split(split, 0.2, train_size=90)


def test_pixels_become_fractions():
    split = Split(np.array([[[0, 51, 255]]], np.uint8), np.array([3]))
    images, labels = split.tensors()
    assert images.tolist() == [[[0.0, np.float32(0.2), 1.0]]]
    assert labels.tolist() == [3]


def test_the_real_data_are_the_published_ones(real_data):
    train, test = hw.load_fashion_mnist()
    assert (train.images.shape, test.images.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert set(np.bincount(train.labels)) == {6000}
    assert train.images.mean() / 255 == pytest.approx(0.2860, abs=1e-4)


def test_own_mirror_is_tried_first(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_MIRROR", "https://class.example/data/")
    tried = []
    monkeypatch.setattr(data, "_download", lambda url, path: tried.append(url))
    with pytest.raises(hw.DataUnavailableError):
        data.fetch(
            tmp_path / "x.gz", [*data.own_mirror("fashion-mnist/"), "https://public.example/"], lambda path: False
        )
    assert tried == ["https://class.example/data/fashion-mnist/x.gz", "https://public.example/x.gz"]


def test_files_come_over_http_too(small_mirror, monkeypatch):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=small_mirror.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HW_MIRROR", f"http://127.0.0.1:{server.server_port}")
        assert len(hw.load_fashion_mnist()[0]) == 60
        server.shutdown()


def test_a_silent_mirror_is_given_up(small_mirror, monkeypatch):
    monkeypatch.setattr(data, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HW_MIRROR", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(hw.DataUnavailableError, match="timed out"):
            hw.load_fashion_mnist()
