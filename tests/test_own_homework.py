"""docs/own_homework.md, block by block as written, as a new user would run it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import ROOT, blocks_of
from PIL import Image
from pypdf import PdfReader

import hw

DOCUMENT = (ROOT / "docs/own_homework.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT, re.M | re.S)


def _make_pictures(folder):
    generator = np.random.default_rng(0)
    for k, name in enumerate(("leaf", "stone", "water")):
        (folder / name).mkdir(parents=True)
        for i in range(12):
            pixels = generator.integers(80 * k, 80 * k + 60, (18 + i % 2, 20, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.jpg")


@pytest.fixture(scope="module")
def homework(tmp_path_factory):
    """The folder in which every block has run, and the variables of the Python blocks."""
    folder = tmp_path_factory.mktemp("homework")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    _make_pictures(folder / "pictures")
    variables = {"__name__": "homework"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HW_DATA", str(folder / "cache"))
        patch.setenv("PATH", path)
        for language, text in BLOCKS:
            if language == "python":
                exec(compile(text, str(ROOT / "docs/own_homework.md"), "exec"), variables)
            elif language == "sh":
                subprocess.run(text, shell=True, check=True, timeout=300)
            else:
                name = text.split("\n")[0].strip("#% ")
                (folder / name).write_text(text, encoding="utf-8")
    plt.close("all")
    return folder, variables


def _table(executed, label):
    (block,) = [block for block in blocks_of(executed, "table") if block["label"] == label]
    return block["rows"]


def test_own_data_train_through_the_notebooks_as_they_are(homework):
    folder, _ = homework
    results = hw.report.read_results(folder)
    assert results["digits"]["dataset"] == "digits.npz"
    assert results["digits"]["scores"]["test_accuracy"][0] > 0.5
    assert results["pictures"]["dataset"] == "pictures.npz"
    assert not results["pictures"]["comparison"]
    layers = [row[:2] for row in _table(folder / "pictures.ipynb", "layers")]
    assert ["ChannelsLast", "N × 16 × 16 × 3"] in layers


def test_own_published_numbers_are_compared_and_cited(homework):
    folder, _ = homework
    ((system, score, *_),) = _table(folder / "digits.ipynb", "published")
    assert system.startswith("digits-svm")
    assert score == "test accuracy"
    text = "".join(page.extract_text() for page in PdfReader(folder / "digits.pdf").pages)
    assert "Pedregosa" in text
    results = hw.report.read_results(folder)
    assert "digits-svm" in set(hw.report.challengers(results)["system"])


def test_an_own_network_is_trained_saved_and_read_back(homework):
    folder, variables = homework
    assert len(variables["paths"]) == 2
    accuracy = (
        variables["y_pred"].numpy()
        == hw.load(hw.ClassifierConfig(dataset=str(folder / "digits.npz"))).test.labels
    ).mean()
    assert accuracy > 0.3
    assert variables["best"] in (4, 16)


def test_regression_learns_and_is_compared_in_its_own_unit(homework):
    _, variables = homework
    (row,) = variables["comparison"].to_dict("records")
    assert row["system"] == "diabetes-linear"
    spread = variables["data"].test.labels.std()
    assert row["ours"] < 0.9 * spread
