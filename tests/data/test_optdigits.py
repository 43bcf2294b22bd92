"""Optdigits: from a mirror, from the cache, from the archive, from scikit-learn."""

import hashlib
import os
import shutil
import zipfile

import numpy as np
import pytest

from hw.config import OptdigitsConfig
from hw.data import (
    DataUnavailableError,
    load,
    load_bundled_digits,
    load_optdigits,
    optdigits,
    read_optdigits,
)

ROW = ",".join(["0", "16"] * 32)


@pytest.fixture
def digits_mirror(monkeypatch, tmp_path, empty_cache):
    """A mirror of two small files, declared to be optdigits; UCI does not answer."""
    folder = tmp_path / "mirror" / "optdigits"
    folder.mkdir(parents=True)
    sums = {}
    for name, n in (("optdigits.tra", 40), ("optdigits.tes", 20)):
        (folder / name).write_text(
            "".join(f"{ROW},{row % 10}\n" for row in range(n)), encoding="ascii"
        )
        sums[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    monkeypatch.setattr(optdigits, "OPTDIGITS_SHA256", sums)
    monkeypatch.setattr(optdigits, "OPTDIGITS_MIRRORS", ("http://127.0.0.1:9/",))
    monkeypatch.setattr(optdigits, "OPTDIGITS_ZIP", ("http://127.0.0.1:9/", "digits.zip"))
    monkeypatch.setenv("HW_MIRROR", folder.parent.as_uri())
    return folder


def test_digits_come_from_the_mirror_and_then_from_the_cache(digits_mirror, monkeypatch):
    for _ in range(2):
        train, test = load_optdigits()
        assert (train.images.shape, train.images.dtype, len(test)) == ((40, 8, 8), np.uint8, 20)
        assert train.tensors()[0].max() == 1
        assert (train.labels == np.arange(40) % 10).all()
        monkeypatch.delenv("HW_MIRROR", raising=False)


def test_tampered_digits_are_not_used_and_a_spoilt_cache_is_fetched_again(
    digits_mirror, empty_cache
):
    load_optdigits()
    cached = empty_cache / "optdigits" / "optdigits.tes"
    whole = cached.read_bytes()
    for spoilt in (whole.replace(b"16", b"15", 1), whole[:-40], b""):
        cached.write_bytes(spoilt)
        load_optdigits()
        assert cached.read_bytes() == whole
    (digits_mirror / "optdigits.tra").write_text(f"{ROW},3\n", encoding="ascii")
    cached.write_bytes(b"")
    with pytest.raises(DataUnavailableError, match=r"optdigits\.tra: checksum mismatch"):
        load_optdigits()


def test_digits_come_out_of_the_archive_where_no_mirror_has_the_files(
    digits_mirror, monkeypatch, tmp_path
):
    with zipfile.ZipFile(tmp_path / "digits.zip", "w") as archive:
        for name in optdigits.OPTDIGITS_SHA256:
            archive.write(digits_mirror / name, name)
    shutil.rmtree(digits_mirror)
    monkeypatch.setattr(optdigits, "OPTDIGITS_ZIP", (f"{tmp_path.as_uri()}/", "digits.zip"))
    assert [len(split) for split in load_optdigits()] == [40, 20]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (ROW, r"optdigits\.tra, line 2: must have 64 pixels and a label, got 64 values"),
        (f"{ROW},10", "line 2: the label must be a digit, got 10"),
        (f"17{ROW[1:]},1", r"line 2: pixels must be in 0\.\.16, got 17"),
        (f"-1{ROW[1:]},1", "line 2: must be whole numbers separated by commas, got '-1,"),
        ("<html>", "line 2: must have 64 pixels and a label, got 1 values"),
    ],
)
def test_malformed_digits_are_refused_with_file_and_line(line, message, tmp_path):
    path = tmp_path / "optdigits.tra"
    path.write_text(f"{ROW},1\n{line}\n", encoding="ascii")
    with pytest.raises(ValueError, match=message):
        read_optdigits(path)


def test_without_optdigits_scikit_learn_lends_its_half_and_says_so(digits_mirror, monkeypatch):
    monkeypatch.setenv("HW_MIRROR", "http://127.0.0.1:9")
    loaded = load(OptdigitsConfig())
    assert loaded.name == "load_digits"
    assert "scikit-learn" in loaded.notice
    assert sum(map(len, (loaded.train, loaded.val, loaded.test))) == 1797
    with pytest.raises(DataUnavailableError, match=r"digits\.zip"):
        load(OptdigitsConfig(dataset="optdigits"))


def test_the_real_digits_are_whole(monkeypatch):
    if not os.environ.get("HW_MIRROR"):
        pytest.skip("needs optdigits: set HW_MIRROR")
    train, test = load_optdigits()
    assert (len(train), len(test)) == (3823, 1797)
    bundled = [split.images for split in load_bundled_digits()]
    assert np.concatenate(bundled).sum() == test.images.sum()
