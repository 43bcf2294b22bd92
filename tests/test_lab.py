"""JupyterLab in headless Chromium: what only a live front end shows."""

import os
import socket
import subprocess
import sys
import time
from urllib.parse import quote
from urllib.request import Request, urlopen

import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hw.report import BLOCK_MIME

START = 60  # seconds that JupyterLab, a kernel or a cell may take

EXPLORE = """
import numpy as np
import hw
decode = lambda points: np.clip(np.asarray(points)[:, :1, None] * np.ones((1, 8, 8)), 0, 1)
points = np.random.default_rng(0).random((50, 2))
hw.report.explore_codes(decode, points, (points[:, 0] > 0.5).astype(int), ("left", "right"));
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on an empty folder: its address and the folder."""
    folder = tmp_path_factory.mktemp("lab")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
    ]
    settings = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
    }
    settings |= {"HW_DATA": str(folder / "data")}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START
    while True:
        try:
            urlopen(f"{address}/api", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.2)
    yield address, folder
    server.terminate()
    server.wait(30)


def _run_all(page, lab, notebook, name):
    """Open a notebook, in a kernel of its own, and choose Run All Cells; the notebook's path."""
    address, folder = lab
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    page.set_default_timeout(START * 1_000)
    page.goto(f"{address}/lab/tree/{path.name}?reset")
    page.get_by_text("| Idle").wait_for()  # the kernel is there
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    return path


def test_moving_a_slider_of_the_explorer_draws_another_image(page, lab):
    _run_all(page, lab, new_notebook(cells=[new_code_cell(EXPLORE)]), "explorer")
    image = page.locator(".jp-OutputArea img.widget-image")
    image.wait_for()
    before = image.get_attribute("src")
    handle = page.locator(".jp-OutputArea .noUi-handle").first
    handle.focus()
    for _ in range(40):
        handle.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('img.widget-image').src !== before", arg=before
    )
    page.get_by_text("nearest code: right").wait_for()


@pytest.mark.parametrize(("exporter", "start"), [("html", b"<!DOCTYPE html>"), ("pdf", b"%PDF")])
def test_the_route_of_save_and_export_as_gives_both_formats(lab, exporter, start):
    address, folder = lab
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Übung")]), folder / "Übung 1.ipynb")
    route = f"{address}/nbconvert/homework_{exporter}/{quote('Übung 1.ipynb')}?download=true"
    with urlopen(Request(route, headers={"Referer": address}), timeout=START) as response:
        assert response.read().startswith(start)


SHORT = {"train_size": 500, "epochs": 8}
QUICK = {
    "classifier": SHORT | {"dataset": "synthetic"},
    "autoencoder": SHORT | {"dataset": "synthetic"},
    "optdigits_latent": SHORT | {"dataset": "load_digits", "published_epochs": 60},
    "sweep": SHORT
    | {"dataset": "synthetic", "epochs": 2, "hidden_sizes": [8], "seeds": [0, 1], "fresh": True},
}


@pytest.mark.parametrize("name", QUICK)
def test_a_notebook_runs_from_top_to_bottom(page, lab, name):
    notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
    place = next(
        n for n, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])
    )
    given = "\n".join(f"{parameter} = {value!r}" for parameter, value in QUICK[name].items())
    notebook.cells.insert(place + 1, new_code_cell(given))
    outputs = _outputs_when_done(page, _run_all(page, lab, notebook, name))
    assert not [output for output in outputs if output.output_type == "error"]
    assert any(
        output.get("data", {}).get(BLOCK_MIME, {}).get("kind") == "results" for output in outputs
    )
    assert not any("image/png" in output.get("data", {}) for output in outputs), (
        "live curves are left over"
    )
    sliders = any(
        "application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs
    )
    assert sliders == (name != "sweep")


def _outputs_when_done(page, path):
    """All outputs of a running notebook, saved again and again until its last code cell has run."""
    deadline = time.monotonic() + 2 * START
    while True:
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1_000)
        cells = [
            cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
        ]
        outputs = [output for cell in cells for output in cell.outputs]
        if cells[-1].execution_count or any(output.output_type == "error" for output in outputs):
            return outputs
        assert time.monotonic() < deadline, (
            f"{sum(bool(cell.execution_count) for cell in cells)} cells have run"
        )
