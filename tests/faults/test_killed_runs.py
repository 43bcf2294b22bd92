"""Sweeps and builds that are killed, collide or diverge: the next run ends with equal results."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count

import nbformat
import numpy as np
import pypdf
import pytest
import torch
from conftest import ROOT, copy_house, garments
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import hw
from hw.data import Dataset, Split
from hw.report import read_results
from hw.report.environment import provenance

SWEEP = """
import hw, json
config = hw.SweepConfig(
    dataset="synthetic",
    learning_rates=[0.01, 0.001],
    hidden_sizes=[8, 16],
    epochs=3,
    seeds=[0, 1, 2],
    train_size=600,
)
results = hw.sweep.run(hw.load(config), hw.sweep.grid(config), progress=False)
print(json.dumps([
    [result.seed, result.settings, result.history.drop(columns="seconds").to_json()]
    for result in results
]))
"""
SWEEP_KILLS = 12
BUILD_KILLS = 8
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
# A build that is killed when a file is complete, but not yet renamed.
DIES_BEFORE = """
import os, pathlib, signal, sys
from hw.cli import main

rename = pathlib.Path.replace

def replace(partial, target):
    if target.name == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(partial, target)

pathlib.Path.replace = replace
main(["report", "small", "--quick", "--out", "killed", *sys.argv[2:]])
"""
PARAMETERS = "-p dataset synthetic -p train_size 300"
FILES = ("small.ipynb", ".small.ipynb.made", "small.html", ".small.html.made", "small.pdf")
BROKEN = {
    "no_json": "{",
    "empty": "",
    "no_notebook": '{"cells": 7}',
    "fails": ["1 / 0"],
}


def _kill_after(command, seconds, sent, **options):
    """Start a command in its own process group and send the group a signal, unless it is done."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet, **options)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, sent)
        process.wait(60)


def test_a_sweep_that_is_killed_at_any_moment_ends_with_the_same_results(tmp_path):
    command = [sys.executable, "-c", SWEEP]
    chance = random.Random(0)

    def whole_run(folder):
        environment = os.environ | {"HW_DATA": str(tmp_path / folder)}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=True
        )
        return json.loads(done.stdout)

    start = time.monotonic()
    undisturbed = whole_run("undisturbed")
    length = time.monotonic() - start
    disturbed = os.environ | {"HW_DATA": str(tmp_path / "disturbed")}
    for kill in range(SWEEP_KILLS):
        _kill_after(command, chance.uniform(0.4, 1) * length, SIGNALS[kill % 3], env=disturbed)
    assert whole_run("disturbed") == undisturbed


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the project with one small report, in a folder with a blank and an umlaut."""
    folder = tmp_path_factory.mktemp("ein Häuschen")
    copy_house(folder)
    shutil.rmtree(folder / "notebooks")
    (folder / "notebooks/params").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks/params/quick.yaml", folder / "notebooks/params")
    shutil.copy(ROOT / "notebooks/template/report.ipynb", folder / "notebooks/small.ipynb")
    for name in ("scoreboard", "benchmarks"):
        shutil.copy(ROOT / f"notebooks/{name}.ipynb", folder / "notebooks")
    return folder


def make(*targets, reports="reports"):
    """The command that makes targets with the environment of the tests."""
    tools = [f"BIN={os.path.dirname(sys.executable)}", "READY=ready", f"REPORTS={reports}"]
    settings = ["PROFILE=quick", f"PARAMS={PARAMETERS}"]
    return ["make", *targets, *tools, *settings]


def _run(folder, *targets, check=True, **options):
    return subprocess.run(
        make(*targets, **options),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=check,
    )


def _write(path, *sources):
    """Write a notebook of code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(source) for source in sources]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def _finished(folder):
    """Recorded scores of the small report, whose files are checked to be whole."""
    assert (folder / "small.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert len(pypdf.PdfReader(folder / "small.pdf").pages) > 0
    return read_results(folder)["small"]["scores"]


def test_a_report_that_is_killed_at_any_moment_is_whole_or_absent_and_ends_the_same(house):
    chance = random.Random(1)
    start = time.monotonic()
    _run(house, "small", reports="undisturbed")
    length = time.monotonic() - start
    for kill in range(BUILD_KILLS):
        seconds = chance.uniform(0.2, 1) * length
        _kill_after(make("small"), seconds, SIGNALS[kill % 3], cwd=house)
        found = {path.suffix for path in (house / "reports").glob("small.*")}
        if {".html", ".pdf"} <= found:
            assert _finished(house / "reports") == _finished(house / "undisturbed")
            for path in (house / "reports").glob("small.*"):
                path.unlink()
    _run(house, "small")
    assert _finished(house / "reports") == _finished(house / "undisturbed")


def test_a_build_that_is_killed_before_a_file_is_renamed_goes_on_from_there(house):
    reports = house / "killed"
    for name in FILES:
        command = [sys.executable, "-c", DIES_BEFORE, name, *PARAMETERS.split()]
        killed = subprocess.run(command, cwd=house, timeout=300)
        assert killed.returncode == -signal.SIGKILL
        assert not (reports / name).exists()
    _run(house, "small", reports="killed")
    assert all((reports / name).exists() for name in FILES)
    assert len(_finished(reports)) > 0


def test_broken_notebooks_are_named_and_all_others_are_built(house):
    for name, content in BROKEN.items():
        path = house / f"notebooks/{name}.ipynb"
        if isinstance(content, str):
            path.write_text(content)
        else:
            _write(path, *content)
    done = _run(house, "report", reports="some", check=False)
    for name in BROKEN:
        (house / f"notebooks/{name}.ipynb").unlink()
    assert done.returncode == 2
    told = "Error: not built: "
    failed = next(line for line in done.stderr.splitlines() if line.startswith(told))
    assert sorted(failed.removeprefix(told).split(", ")) == sorted(BROKEN)
    assert {path.stem for path in (house / "some").glob("*.pdf")} >= {"small", "benchmarks"}


def test_a_build_that_is_terminated_alone_stops_its_notebook_too(house):
    _write(house / "notebooks/sleeps.ipynb", "import time; time.sleep(600)")
    command = [sys.executable, "-u", "-m", "hw", "report", "sleeps"]
    build = subprocess.Popen(
        command, cwd=house, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert build.stdout.readline() == "running sleeps\n"
    time.sleep(2)  # papermill starts
    build.terminate()
    assert "interrupted" in build.communicate(timeout=60)[1]  # the pipe is closed by all
    (house / "notebooks/sleeps.ipynb").unlink()
    assert build.returncode == 130
    assert not (house / "reports/sleeps.ipynb").exists()


def test_two_builds_at_once_in_one_tree_do_not_spoil_each_other(house):
    command = make("report", reports="both")
    builds = [
        subprocess.Popen(
            command, cwd=house, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for build in builds:
        complaints = build.communicate(timeout=300)[1]
        assert build.returncode == 0, complaints
    _run(house, "small", reports="alone")
    assert _finished(house / "both") == _finished(house / "alone")
    index = (house / "both/index.html").read_text(encoding="utf-8")
    assert index.rstrip().endswith("</html>")


def test_an_unchanged_report_is_not_made_again_even_if_its_sources_look_newer(house):
    _run(house, "small")
    (house / "notebooks/small.ipynb").touch()
    assert "running small" not in _run(house, "small").stdout


def test_a_report_from_before_the_clock_was_put_back_is_made_again(house):
    _run(house, "small")
    tomorrow = time.time() + 86_400
    for path in (house / "reports").glob("small.*"):
        os.utime(path, (tomorrow, tomorrow))
    source = house / "notebooks/small.ipynb"
    notebook = nbformat.read(source, as_version=4)
    notebook.cells.append(new_markdown_cell("One more sentence."))
    nbformat.write(notebook, source)
    assert "running small" in _run(house, "small").stdout
    assert "One more sentence." in (house / "reports/small.html").read_text(encoding="utf-8")


def test_a_clock_that_runs_back_changes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_DATA", str(tmp_path))
    clock = count(10**9, -60)
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    data = garments(200, 60, 60)
    config = hw.SweepConfig(epochs=2, hidden_sizes=[8], learning_rates=[0.01], seeds=[0])
    trials = hw.sweep.grid(config)
    runs = [hw.sweep.run(data, trials, progress=False)[0] for _ in range(2)]
    seconds, again = (run.history["seconds"].tolist() for run in runs)
    assert min(seconds) >= 0
    assert again == pytest.approx(seconds, rel=1e-6)  # found in the cache
    facts = provenance(data, config, torch.device("cpu"))
    assert not facts["wall time"].startswith("-")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import os; os._exit(1)", "died"),
        (
            "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\nbytes(2**32)",
            "MemoryError",
        ),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_notebook_that_dies_fails_the_build_and_keeps_what_it_showed(source, complaint, house):
    _write(house / "notebooks/dies.ipynb", "print('shown before')", source)
    done = _run(house, "dies", check=False)
    (house / "notebooks/dies.ipynb").unlink()
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "report dies failed" in done.stderr
    assert not (house / "reports/dies.html").exists()
    kept = (house / "reports/dies.failed.ipynb").read_text(encoding="utf-8")
    assert "shown before" in kept


class _Secret(Split):
    """A test split that nobody may look at, though it may be sent to another process."""

    def __init__(self):
        pass

    def __reduce_ex__(self, protocol):
        return _Secret, ()

    def __getattribute__(self, name):
        if name in ("__reduce_ex__", "__class__"):
            return object.__getattribute__(self, name)
        raise AssertionError("the test split was read")


def test_training_and_choosing_never_look_at_the_test_split(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_DATA", str(tmp_path))
    data = replace(garments(200, 60, 60), test=_Secret())
    for config, build in (
        (hw.ClassifierConfig(epochs=2, hidden_sizes=[8]), hw.Classifier.from_config),
        (hw.AutoencoderConfig(epochs=2, hidden_sizes=[8]), hw.Autoencoder.from_config),
    ):
        hw.fit_seeds(build, data, config, progress=False)
    for engine in ("torch", "scratch"):
        sweep = hw.SweepConfig(
            epochs=2, hidden_sizes=[8], learning_rates=[0.01], seeds=[0, 1], engine=engine
        )
        results = hw.sweep.run(data, hw.sweep.grid(sweep), progress=False)
        hw.sweep.best(results)
        hw.sweep.ensemble(results, data.val)


def _spoilt(split, size):
    """The images of a split in [0, 1], cropped to `size` pixels; one of them is not a number."""
    images = split.scaled()[:, :size, :size].copy()
    images[77] = np.nan
    return replace(split, images=images, max_value=1)


@pytest.mark.parametrize(
    ("config", "build", "size"),
    [
        (hw.ClassifierConfig(epochs=2), hw.Classifier.from_config, 28),
        (hw.AutoencoderConfig(epochs=2), hw.Autoencoder.from_config, 28),
        (hw.OptdigitsConfig(epochs=2, hidden_sizes=[8]), hw.Autoencoder.two_dimensional, 8),
    ],
    ids=["classifier", "autoencoder", "optdigits"],
)
def test_an_exploding_loss_stops_with_epoch_batch_and_advice(config, build, size):
    data: Dataset = garments(200, 60, 60)
    val = replace(data.val, images=data.val.images[:, :size, :size])
    spoilt = replace(data, train=_spoilt(data.train, size), val=val)
    advice = r"became nan in epoch 1, batch \d+: lower learning_rate"
    with pytest.raises(FloatingPointError, match=advice):
        hw.fit_seeds(build, spoilt, config, progress=False)
