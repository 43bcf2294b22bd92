"""Shared by several tests: small data sets, executed notebooks, a browser."""

import gzip
import hashlib
import os
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import papermill
import pytest

from hw.data import Dataset, Split
from hw.data.synthetic import make_garments
from hw.report import blocks
from hw.report.outputs import BLOCK_MIME, read_blocks

ROOT = Path(__file__).parent.parent
FILES = ("Makefile", "pyproject.toml", "constraints.txt", "requirements.txt")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def garments(n_train=300, n_val=100, n_test=100):
    """A small data set of synthetic garments, always the same."""
    generator = np.random.default_rng(0)
    splits = (Split(*make_garments(n, generator)) for n in (n_train, n_val, n_test))
    return Dataset("synthetic", tuple("abcdefghij"), *splits, "", "stand-in")


def without_validation(data):
    """The same data set with an empty validation split."""
    empty = replace(data.val, images=data.val.images[:0], labels=data.val.labels[:0])
    return replace(data, val=empty)


def execute(name, folder, *parameter_files, **parameters):
    """Run a notebook of the suite with papermill in `folder`; the path of the executed notebook."""
    import yaml

    given = {}
    for parameter_file in parameter_files:
        given |= yaml.safe_load(
            (ROOT / "notebooks/params" / parameter_file).read_text(encoding="utf-8")
        )
    executed = Path(folder) / f"{name}.ipynb"
    papermill.execute_notebook(
        ROOT / "notebooks" / f"{name}.ipynb",
        executed,
        parameters=given | parameters,
        cwd=folder,
        progress_bar=False,
    )
    return executed


def outputs_of(executed):
    """All outputs in an executed notebook."""
    return [
        output
        for cell in nbformat.read(executed, as_version=4).cells
        for output in cell.get("outputs", [])
    ]


def blocks_of(executed, kind):
    """The report's blocks of one kind, as "figure" or "table", in an executed notebook."""
    return read_blocks(executed, kind)


def copy_house(folder):
    """Copy what `make report` needs; the file `ready` stands for the environment of ``make``."""
    for name in (*FILES, "hw", "notebooks", "benchmarks"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    (folder / "ready").touch()


@pytest.fixture(scope="session")
def real_data():
    """Skips a test if Fashion-MNIST is neither in the cache nor in the mirror HW_MIRROR."""
    from hw import data

    if not os.environ.get("HW_MIRROR") and not (data.data_folder() / "FashionMNIST").exists():
        pytest.skip("needs Fashion-MNIST: set HW_MIRROR, or load it once")


@pytest.fixture
def shown(monkeypatch):
    """The outputs that a cell would get, as dicts by MIME type; those of prose are objects."""
    outputs = []
    monkeypatch.setattr(blocks, "display", lambda data, raw=False: outputs.append(data))
    monkeypatch.setattr(blocks, "_numbers", {})
    return outputs


@pytest.fixture
def displayed(monkeypatch):
    """What a cell would display: blocks, and the text of computed prose."""
    outputs = []

    def display(data, raw=False):
        outputs.append(data[BLOCK_MIME] if raw else data.data)

    monkeypatch.setattr(blocks, "display", display)
    monkeypatch.setattr(blocks, "_numbers", {})
    return outputs


@pytest.fixture
def real(small_garments):
    """A data set that is no stand-in."""
    return replace(small_garments, notice="")


@pytest.fixture(scope="session")
def small_garments():
    """300 synthetic garments for training, 100 each for validation and test."""
    return garments()


@pytest.fixture(scope="session")
def quick_classifier(tmp_path_factory):
    """The classifier notebook, executed for seconds on synthetic garments."""
    return execute(
        "classifier",
        tmp_path_factory.mktemp("classifier"),
        "quick.yaml",
        dataset="synthetic",
        seeds=[0, 1],
        author="Ada <script>alert(1)</script> & #read",
        course="Deep Learning",
    )


@pytest.fixture(scope="session")
def quick_autoencoder(tmp_path_factory):
    """The autoencoder notebook without validation, executed for seconds on synthetic garments."""
    folder = tmp_path_factory.mktemp("autoencoder")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HW_DATA", str(folder / "data"))
        return execute(
            "autoencoder",
            folder,
            "autoencoder-variational.yaml",
            "quick.yaml",
            dataset="synthetic",
            val_fraction=0.0,
            seeds=[0, 1],
        )


@pytest.fixture(scope="session")
def quick_latent(tmp_path_factory):
    """The optdigits notebook, executed for seconds on scikit-learn's half of the rows."""
    folder = tmp_path_factory.mktemp("latent")
    shorter = {"dataset": "load_digits", "train_size": 300, "published_epochs": 120}
    return execute(
        "optdigits_latent", folder, "optdigits_latent-improved.yaml", "quick.yaml", **shorter
    )


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    """A fresh cache folder, no mirror of our own, and public mirrors that nobody answers for."""
    from hw.data import fashion_mnist

    monkeypatch.setenv("HW_DATA", str(tmp_path / "cache"))
    monkeypatch.delenv("HW_MIRROR", raising=False)
    monkeypatch.setattr(fashion_mnist, "FASHION_MNIST_MIRRORS", ("http://127.0.0.1:9/",))
    return tmp_path / "cache"


def _idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def small_mirror(monkeypatch, tmp_path, empty_cache):
    """A mirror of four small files in Fashion-MNIST's format, declared to be the real ones."""
    from hw.data import Split, checksum, fashion_mnist
    from hw.data.torchvision import load_torchvision

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
    both = (
        Split(train_images, train_labels.astype(np.int64)),
        Split(test_images, test_labels.astype(np.int64)),
    )
    monkeypatch.setattr(fashion_mnist, "FASHION_MNIST_SHA256", checksum(*both))
    monkeypatch.setenv("HW_MIRROR", folder.parent.as_uri())
    return folder


def _without_browser(reason):
    """Skips; where HW_BROWSER says that a browser is required, fails."""
    (pytest.fail if os.environ.get("HW_BROWSER") == "required" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def chromium():
    """Headless Chromium, driven by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _without_browser("needs Playwright: pip install playwright")
    if CHROMIUM is None:
        _without_browser("needs Chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """An empty page, in a window of its own."""
    with chromium.new_context() as context:
        yield context.new_page()
