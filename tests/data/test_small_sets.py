"""Small sets of torchvision: from a mirror, from the cache, and verified in both."""

import gzip
import hashlib
import io
import pickle
import shutil
import tarfile
import zipfile

import numpy as np
import pytest
from conftest import _idx

import hw
from hw.data import DataUnavailableError, load_small_set
from hw.data.small_sets import CLASS_NAMES
from hw.data.torchvision import load_torchvision

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (60, 28, 28), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)


def _md5(content):
    return hashlib.md5(content).hexdigest()


def _mnist(kind):
    files = {}
    for prefix in ("train", "t10k"):
        for name, array in (
            ("images-idx3", IMAGES),
            ("labels-idx1", np.arange(60, dtype=np.uint8) % 10),
        ):
            files[f"{prefix}-{name}-ubyte.gz"] = gzip.compress(_idx(array), mtime=0)
    return files, {"resources": [(name, _md5(content)) for name, content in files.items()]}


def _emnist(kind):
    archive = io.BytesIO()
    labels = np.arange(60, dtype=np.uint8) % 26 + 1
    with zipfile.ZipFile(archive, "w") as file:
        for part in ("train", "test"):
            for name, array in (("images-idx3", IMAGES), ("labels-idx1", labels)):
                file.writestr(
                    f"gzip/emnist-letters-{part}-{name}-ubyte.gz", gzip.compress(_idx(array))
                )
    return {"gzip.zip": archive.getvalue()}, {"md5": _md5(archive.getvalue())}


def _cifar10(kind):
    rows = np.moveaxis(COLOUR, -1, 1).reshape(60, -1)
    batch = pickle.dumps({"data": rows, "labels": (np.arange(60) % 10).tolist()})
    meta = pickle.dumps({"label_names": list(CLASS_NAMES["cifar10"])})
    files = dict.fromkeys([*(name for name, _ in kind.train_list + kind.test_list)], batch)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        for name, content in (files | {kind.meta["filename"]: meta}).items():
            entry = tarfile.TarInfo(f"{kind.base_folder}/{name}")
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    content = archive.getvalue()
    lists = {
        name: [[file, _md5(batch)] for file, _ in getattr(kind, name)]
        for name in ("train_list", "test_list")
    }
    declared = {"tgz_md5": _md5(content), "meta": kind.meta | {"md5": _md5(meta)}}
    return {kind.filename: content}, lists | declared


@pytest.fixture(params=[*CLASS_NAMES])
def mirrored(request, monkeypatch, tmp_path, empty_cache):
    """A mirror of a small set of the same format, which is declared to be the real one."""
    name = request.param
    make, kind = {
        "mnist": (_mnist, "MNIST"),
        "kmnist": (_mnist, "KMNIST"),
        "emnist_letters": (_emnist, "EMNIST"),
        "cifar10": (_cifar10, "CIFAR10"),
    }[name]
    kind = getattr(load_torchvision().datasets, kind)
    files, declared = make(kind)
    nobody = "http://127.0.0.1:9/"
    place = {"url": f"{nobody}{next(iter(files))}"} if hasattr(kind, "url") else {}
    for attribute, value in (declared | place | {"mirrors": [nobody]}).items():
        monkeypatch.setattr(kind, attribute, value, raising=False)
    folder = tmp_path / "mirror" / name
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    monkeypatch.setenv("HW_MIRROR", folder.parent.as_uri())
    return folder


def test_files_come_from_the_mirror_and_are_read_as_they_are(mirrored):
    train, test = load_small_set(mirrored.name)
    images = {"cifar10": COLOUR, "emnist_letters": IMAGES.swapaxes(1, 2)}.get(mirrored.name, IMAGES)
    names = CLASS_NAMES[mirrored.name]
    assert (test.images == images).all()
    assert (test.labels == np.arange(60) % len(names)).all()
    assert len(train) == (300 if mirrored.name == "cifar10" else 60)
    data = hw.load(hw.ClassifierConfig(dataset=mirrored.name, val_fraction=0.5))
    assert (data.name, data.class_names, data.notice) == (mirrored.name, names, "")


def test_a_good_cache_is_never_fetched_again_and_a_damaged_one_is(mirrored, empty_cache, caplog):
    before = load_small_set(mirrored.name)
    hidden = mirrored.rename(mirrored.with_name("hidden"))
    again = load_small_set(mirrored.name)
    assert (again[0].images == before[0].images).all()
    for file in empty_cache.rglob("*"):
        if "train" in file.name or "data_batch" in file.name:
            content = bytearray(file.read_bytes())
            content[-1] ^= 1
            file.write_bytes(content)
    with pytest.raises(DataUnavailableError, match="could not be downloaded"):
        load_small_set(mirrored.name)
    assert "is damaged" in caplog.text
    hidden.rename(mirrored)
    assert (load_small_set(mirrored.name)[0].images == before[0].images).all()
    assert [path.name for path in empty_cache.iterdir()] == [mirrored.name]


def test_a_file_that_is_not_the_published_one_is_refused(mirrored):
    for file in mirrored.iterdir():
        file.write_bytes(b"other")
    with pytest.raises(DataUnavailableError, match="checksum mismatch"):
        load_small_set(mirrored.name)
    shutil.rmtree(mirrored)
