"""Loading: from a mirror, from the cache, from nowhere; splitting."""

import functools
import hashlib
import os
import shutil
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import hw
from hw.data import Split, fetching, optdigits


def test_files_come_from_the_mirror_and_are_read_as_they_are(small_mirror):
    train, test = hw.load_fashion_mnist()
    assert (train.images.shape, train.images.dtype, len(test)) == ((60, 28, 28), np.uint8, 20)
    assert (train.labels == np.arange(60) % 10).all()


def test_a_good_cache_is_never_fetched_again(small_mirror, monkeypatch):
    hw.load_fashion_mnist()
    shutil.rmtree(small_mirror)
    monkeypatch.delenv("HW_MIRROR")
    assert len(hw.load_fashion_mnist()[0]) == 60


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
    monkeypatch.setattr(fetching, "_download", lambda url, path: tried.append(url))
    with pytest.raises(hw.DataUnavailableError):
        fetching.fetch(
            tmp_path / "x.gz", [*fetching.own_mirror("fashion-mnist/"), "https://public.example/"], lambda path: False
        )
    assert tried == ["https://class.example/data/fashion-mnist/x.gz", "https://public.example/x.gz"]


def test_files_come_over_http_too(small_mirror, monkeypatch):
    handler = functools.partial(SimpleHTTPRequestHandler, directory=small_mirror.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("HW_MIRROR", f"http://127.0.0.1:{server.server_port}")
        assert len(hw.load_fashion_mnist()[0]) == 60
        server.shutdown()


ROW = ",".join(["0", "16"] * 32)


@pytest.fixture
def digits_mirror(monkeypatch, tmp_path, empty_cache):
    """A mirror of two small files in the format of optdigits, declared to be the real ones; UCI answers nothing."""
    folder = tmp_path / "mirror" / "optdigits"
    folder.mkdir(parents=True)
    sums = {}
    for name, n in (("optdigits.tra", 40), ("optdigits.tes", 20)):
        (folder / name).write_text("".join(f"{ROW},{row % 10}\n" for row in range(n)), encoding="ascii")
        sums[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    monkeypatch.setattr(optdigits, "OPTDIGITS_SHA256", sums)
    monkeypatch.setattr(optdigits, "OPTDIGITS_MIRRORS", ("http://127.0.0.1:9/",))
    monkeypatch.setattr(optdigits, "OPTDIGITS_ZIP", ("http://127.0.0.1:9/", "digits.zip"))
    monkeypatch.setenv("HW_MIRROR", folder.parent.as_uri())
    return folder


def test_digits_come_from_the_mirror_and_then_from_the_cache(digits_mirror, monkeypatch):
    for _ in range(2):
        train, test = hw.load_optdigits()
        assert (train.images.shape, train.images.dtype, len(test)) == ((40, 8, 8), np.uint8, 20)
        assert train.tensors()[0].max() == 1
        assert (train.labels == np.arange(40) % 10).all()
        monkeypatch.delenv("HW_MIRROR", raising=False)


def test_tampered_digits_are_not_used_and_a_spoilt_cache_is_fetched_again(digits_mirror, empty_cache):
    hw.load_optdigits()
    cached = empty_cache / "optdigits" / "optdigits.tes"
    whole = cached.read_bytes()
    for spoilt in (whole.replace(b"16", b"15", 1), whole[:-40], b""):
        cached.write_bytes(spoilt)
        hw.load_optdigits()
        assert cached.read_bytes() == whole
    (digits_mirror / "optdigits.tra").write_text(f"{ROW},3\n", encoding="ascii")
    cached.write_bytes(b"")
    with pytest.raises(hw.DataUnavailableError, match=r"optdigits\.tra: its checksum is another one"):
        hw.load_optdigits()


def test_digits_come_out_of_the_archive_where_no_mirror_has_the_files(digits_mirror, monkeypatch, tmp_path):
    with zipfile.ZipFile(tmp_path / "digits.zip", "w") as archive:
        for name in optdigits.OPTDIGITS_SHA256:
            archive.write(digits_mirror / name, name)
    shutil.rmtree(digits_mirror)
    monkeypatch.setattr(optdigits, "OPTDIGITS_ZIP", (f"{tmp_path.as_uri()}/", "digits.zip"))
    assert [len(split) for split in hw.load_optdigits()] == [40, 20]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (ROW, r"optdigits\.tra, line 2: must have 64 pixels and a label, got 64 values"),
        (f"{ROW},10", "line 2: the label must be a digit, got 10"),
        (f"17{ROW[1:]},1", r"line 2: pixels must lie in 0\.\.16, got 17"),
        (f"-1{ROW[1:]},1", "line 2: must be whole numbers between commas, got '-1,"),
        ("<html>", "line 2: must have 64 pixels and a label, got 1 values"),
    ],
)
def test_malformed_digits_are_refused_with_file_and_line(line, message, tmp_path):
    path = tmp_path / "optdigits.tra"
    path.write_text(f"{ROW},1\n{line}\n", encoding="ascii")
    with pytest.raises(ValueError, match=message):
        optdigits.read_optdigits(path)


def test_without_optdigits_scikit_learn_lends_its_half_and_says_so(digits_mirror, monkeypatch):
    monkeypatch.setenv("HW_MIRROR", "http://127.0.0.1:9")
    loaded = hw.load(hw.LatentConfig())
    assert loaded.name == "load_digits"
    assert "scikit-learn" in loaded.notice
    assert sum(map(len, (loaded.train, loaded.val, loaded.test))) == 1797
    with pytest.raises(hw.DataUnavailableError, match=r"digits\.zip"):
        hw.load(hw.LatentConfig(dataset="optdigits"))


def test_features_are_scaled_by_the_training_rows_alone():
    images = np.zeros((3, 1, 2), np.uint8)
    images[:, 0, 0] = 2, 4, 8
    train, other = Split(images[:2], np.arange(2)), Split(images[2:], np.arange(1))
    scaled = hw.scale_features(hw.Dataset("d", ("0", "1"), train, other, other, ""))
    assert scaled.train.images[:, 0].tolist() == [[0, 0], [1, 0]]
    assert scaled.test.images[0, 0].tolist() == [3, 0]
    assert scaled.test.tensors()[0].max() == 3


def test_the_real_digits_are_whole(monkeypatch):
    if not os.environ.get("HW_MIRROR"):
        pytest.skip("needs optdigits: set HW_MIRROR")
    train, test = hw.load_optdigits()
    assert (len(train), len(test)) == (3823, 1797)
    bundled = [split.images for split in optdigits.load_bundled_digits()]
    assert np.concatenate(bundled).sum() == test.images.sum()
