"""Faults put in on purpose: nothing is lost, nothing is silently wrong. A table in tests/README.md counts the cases."""

import datetime
import json
import math
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import nbformat
import numpy as np
import pypdf
import pytest
from conftest import ROOT, copy_house
from exporter_corpus import everything
from nbformat.v4 import new_code_cell, new_notebook

import hw
from hw.config import NOTEBOOKS, TITLE_WORDS
from hw.data import Dataset, Split, fetching

# Parameters

PARAMETERS = [(name, field) for name, config in NOTEBOOKS.items() for field in config.model_fields]
NEVER_RIGHT = [
    math.nan, math.inf, -math.inf, -1, "", "YES", "NaN", " 3", {}, {"a": 1}, [[]], [None], [math.nan], [-1], ["x"],
    10**30, datetime.date(2026, 1, 1), b"3", object(), 1 + 2j,
]  # fmt: skip
TEXTS = {*TITLE_WORDS, "feature_extractor", "scheduler"}  # may be any text, and lists of it


def _never_right(parameter):
    return [value for value in NEVER_RIGHT if not (parameter in TEXTS and isinstance(value, str | list))]


@pytest.mark.parametrize(("notebook", "parameter"), PARAMETERS)
def test_a_parameter_is_refused_by_its_name_whatever_is_wrong_with_it(notebook, parameter):
    config = NOTEBOOKS[notebook]
    for value in _never_right(parameter):
        with pytest.raises(hw.ParameterError) as error:
            config(**{parameter: value})
        assert str(error.value).startswith(parameter), value
        assert "\n" not in str(error.value)


def _misspelt(name):
    return (name.upper(), name + "_", name[1:] + name[0])


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_an_unknown_name_is_refused_with_the_one_that_was_meant(notebook):
    config = NOTEBOOKS[notebook]
    for name in config.model_fields:
        for misspelt in _misspelt(name):
            with pytest.raises(hw.ParameterError, match=rf"unknown parameter {misspelt}: (did you mean|known are)"):
                config(**{misspelt: 1})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("epochs: 3\n  batch_size: [", "mapping values are not allowed"),
        ("epochs: !!python/object/apply:os.system ['touch spoilt']", "could not determine a constructor"),
        (None, "No such file"),
    ],
)
def test_a_parameter_file_that_cannot_be_read_stops_the_run_before_any_work(text, complaint, tmp_path):
    if text is not None:
        (tmp_path / "given.yaml").write_text(text, encoding="utf-8")
    done = _papermill(ROOT / "notebooks/classifier.ipynb", "out.ipynb", "-f", "given.yaml", cwd=tmp_path)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert not (tmp_path / "out.ipynb").exists()
    assert not (tmp_path / "spoilt").exists()


# Data

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
    body = {"a page": PAGE, "nothing": b"", "sends it elsewhere": content + b"more"}.get(fault, content)
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
    "refuses", "speaks no HTTP", "hangs up", "sends it elsewhere", "a page", "nothing", "one bit flipped",
    "drops in the middle", "hangs in the middle",
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_mirror_is_named_and_nothing_of_it_is_kept(fault, small_mirror, empty_cache, monkeypatch):
    good = os.environ["HW_MIRROR"]
    monkeypatch.setattr(fetching, "TIMEOUT", 0.4)
    with _mirror(small_mirror, fault) as address:
        monkeypatch.setenv("HW_MIRROR", address)
        with pytest.raises(hw.DataUnavailableError) as error:
            hw.load_fashion_mnist()
    assert f"{address}/fashion-mnist/train-images-idx3-ubyte.gz: " in str(error.value)
    assert "Set HW_MIRROR" in str(error.value)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]
    monkeypatch.setenv("HW_MIRROR", good)
    assert len(hw.load_fashion_mnist()[0]) == 60


def test_a_mirror_without_fault_is_used(small_mirror, monkeypatch):
    with _mirror(small_mirror, "none") as address:
        monkeypatch.setenv("HW_MIRROR", address)
        assert len(hw.load_fashion_mnist()[0]) == 60


def _bit_flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


SPOILT = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "a bit flipped": _bit_flipped,
    "empty": lambda path: path.write_bytes(b""),
    "wrong magic": lambda path: path.write_bytes(b"\x89PNG" + path.read_bytes()[4:]),
    "wrong count": lambda path: path.write_bytes(path.read_bytes()[:7] + b"\x01" + path.read_bytes()[8:]),
    "a page": lambda path: path.write_bytes(PAGE),
    "one file gone": lambda path: path.unlink(),
    "all gone": lambda path: shutil.rmtree(path.parent),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}
FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_cache_is_never_used_and_fetched_again(spoil, name, small_mirror, empty_cache, monkeypatch):
    before = hw.load_fashion_mnist()
    spoil(empty_cache / "FashionMNIST/raw" / name)
    good = os.environ["HW_MIRROR"]
    monkeypatch.setenv("HW_MIRROR", (small_mirror / "nothing here").as_uri())
    with pytest.raises(hw.DataUnavailableError):
        hw.load_fashion_mnist()
    monkeypatch.setenv("HW_MIRROR", good)
    for one, two in zip(before, hw.load_fashion_mnist(), strict=True):
        assert np.array_equal(one.images, two.images)
        assert np.array_equal(one.labels, two.labels)


def test_a_full_disk_is_told_with_the_folder_and_the_remedy(small_mirror, empty_cache):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # no file may grow beyond it
    try:
        with pytest.raises(hw.DataUnavailableError, match="could not be stored") as error:
            hw.load_fashion_mnist()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(empty_cache) in str(error.value)
    assert "Set HW_DATA" in str(error.value)
    assert not [path for path in empty_cache.rglob("*") if path.is_file()]
    assert len(hw.load_fashion_mnist()[0]) == 60


def test_two_that_fetch_at_once_do_not_spoil_each_other(small_mirror, empty_cache, monkeypatch):
    meeting, found = threading.Barrier(2), []
    install = hw.data.fashion_mnist._install

    def install_together(partial, folder):
        meeting.wait(30)
        install(partial, folder)

    monkeypatch.setattr(hw.data.fashion_mnist, "_install", install_together)
    threads = [threading.Thread(target=lambda: found.append(hw.load_fashion_mnist())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(train) for train, _ in found] == [60, 60]
    assert [path.name for path in empty_cache.iterdir()] == ["FashionMNIST"]


# Runs

SWEEP = """
import hw, json
config = hw.SweepConfig(
    dataset="synthetic", learning_rates=[0.01, 0.001], hidden_sizes=[8, 16], epochs=3, seeds=[0, 1, 2], train_size=600
)
results = hw.sweep.run(config, hw.load(config), progress=False)
print(json.dumps([[vars(result.trial), result.history.drop(columns="seconds").to_json()] for result in results]))
"""
SWEEP_KILLS, BUILD_KILLS = 12, 8
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def _kill_after(command, seconds, sent, **options):
    """Start a command in a process group of its own, and send the group a signal after some time, unless it is done."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet, **options)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, sent)
        process.wait(60)


def test_a_sweep_that_is_killed_at_any_moment_ends_with_the_same_results(tmp_path):
    command, chance = [sys.executable, "-c", SWEEP], random.Random(0)

    def whole_run(folder):
        environment = os.environ | {"HW_DATA": str(tmp_path / folder)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
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
    """A copy of the project with one small report, and a function that gives the command to make targets in it."""
    folder = tmp_path_factory.mktemp("house")
    copy_house(folder)
    shutil.rmtree(folder / "notebooks")
    (folder / "notebooks/params").mkdir(parents=True)
    shutil.copy(ROOT / "notebooks/params/quick.yaml", folder / "notebooks/params")
    shutil.copy(ROOT / "notebooks/template/report.ipynb", folder / "notebooks/small.ipynb")
    for name in ("scoreboard", "benchmarks"):
        shutil.copy(ROOT / f"notebooks/{name}.ipynb", folder / "notebooks")

    def make(*words, reports="reports"):
        tools = [f"BIN={os.path.dirname(sys.executable)}", "READY=ready", f"REPORTS={reports}"]
        return ["make", *words, *tools, "PROFILE=quick", "PARAMS=-p dataset synthetic -p train_size 300"]

    return folder, make


def _finished(folder):
    """Recorded scores of the small report, after a look at whether its files are whole."""
    assert (folder / "small.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert len(pypdf.PdfReader(folder / "small.pdf").pages) > 0
    return hw.read_results(folder)["small"]["scores"]


def test_a_report_that_is_killed_at_any_moment_is_whole_or_absent_and_ends_the_same(house):
    folder, make = house
    chance, start = random.Random(1), time.monotonic()
    subprocess.run(make("small", reports="undisturbed"), cwd=folder, capture_output=True, timeout=300, check=True)
    length = time.monotonic() - start
    for kill in range(BUILD_KILLS):
        _kill_after(make("small"), chance.uniform(0.2, 1) * length, SIGNALS[kill % 3], cwd=folder)
        found = {path.suffix for path in (folder / "reports").glob("small.*")}
        if {".html", ".pdf"} <= found:
            assert _finished(folder / "reports") == _finished(folder / "undisturbed")
            for path in (folder / "reports").glob("small.*"):
                path.unlink()
    subprocess.run(make("small"), cwd=folder, capture_output=True, timeout=300, check=True)
    assert _finished(folder / "reports") == _finished(folder / "undisturbed")


def test_two_builds_at_once_in_one_tree_do_not_spoil_each_other(house):
    folder, make = house
    command = [*make("report", reports="both"), "-j2"]
    builds = [subprocess.Popen(command, cwd=folder, stdout=-3, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for build in builds:
        complaints = build.communicate(timeout=300)[1]
        assert build.returncode == 0, complaints
    subprocess.run(make("small", reports="alone"), cwd=folder, capture_output=True, timeout=300, check=True)
    assert _finished(folder / "both") == _finished(folder / "alone")
    assert (folder / "both/index.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_an_unchanged_report_is_not_made_again(house):
    folder, make = house
    first, second = (subprocess.run(make("small"), cwd=folder, capture_output=True, timeout=300) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert b"running small" not in second.stdout


def test_a_report_from_before_the_clock_was_put_back_is_made_again(house):
    folder, make = house
    subprocess.run(make("small"), cwd=folder, capture_output=True, timeout=300, check=True)
    tomorrow = time.time() + 86_400
    for path in (folder / "reports").glob("small.*"):
        os.utime(path, (tomorrow, tomorrow))
    (folder / "notebooks/small.ipynb").touch()
    done = subprocess.run(make("small"), cwd=folder, capture_output=True, timeout=300, check=True)
    assert b"running small" in done.stdout


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import os; os._exit(1)", "died"),
        ("import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\nbytes(2**32)", "MemoryError"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_notebook_that_dies_fails_the_build_and_keeps_what_it_showed(source, complaint, house):
    folder, make = house
    cells = [new_code_cell("print('shown before')"), new_code_cell(source)]
    notebook = new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    nbformat.write(notebook, folder / "notebooks/dies.ipynb")
    done = subprocess.run(make("dies"), cwd=folder, capture_output=True, text=True, timeout=300)
    (folder / "notebooks/dies.ipynb").unlink()
    assert done.returncode != 0
    assert complaint in done.stderr
    assert "report dies failed" in done.stderr
    assert not (folder / "reports/dies.html").exists()
    assert "shown before" in (folder / "reports/dies.failed.ipynb").read_text(encoding="utf-8")


def _papermill(*words, cwd):
    command = [sys.executable, "-m", "papermill", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


# Numbers


class _Secret:
    """A test split that nobody may look at."""

    def __getattribute__(self, name):
        raise AssertionError("the test split was read")


def _data(**parts):
    generator = np.random.default_rng(0)
    train, val, test = (Split(*hw.make_garments(n, generator)) for n in (200, 60, 60))
    return replace(Dataset("synthetic", tuple("abcdefghij"), train, val, test, "", "stand-in"), **parts)


def test_training_and_choosing_never_look_at_the_test_split(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_DATA", str(tmp_path))
    data = _data(test=_Secret())
    for config, build in (
        (hw.ClassifierConfig(epochs=2, hidden_sizes=[8]), hw.Classifier.from_config),
        (hw.AutoencoderConfig(epochs=2, hidden_sizes=[8]), hw.Autoencoder.from_config),
    ):
        hw.fit_seeds(build, data, config, progress=False)
    for engine in ("torch", "scratch"):
        sweep = hw.SweepConfig(epochs=2, hidden_sizes=[8], learning_rates=[0.01], seeds=[0, 1], engine=engine)
        hw.sweep.best(hw.sweep.run(sweep, data, progress=False))


@pytest.mark.parametrize("config", [hw.ClassifierConfig, hw.AutoencoderConfig, hw.LatentConfig])
def test_an_exploding_loss_stops_with_epoch_batch_and_advice(config):
    build = hw.Classifier.from_config if config is hw.ClassifierConfig else hw.Autoencoder.from_config
    data = _data()
    spoilt = replace(data.train, images=np.where(np.arange(200)[:, None, None] == 77, np.nan, data.train.images / 255))
    spoilt = replace(spoilt, images=spoilt.images.astype(np.float32))
    settings = config(epochs=2) if config is not hw.LatentConfig else config(epochs=2, hidden_sizes=[8])
    if config is hw.LatentConfig:
        build = hw.Autoencoder.two_dimensional
        spoilt = replace(spoilt, images=spoilt.images[:, :8, :8])
        data = replace(data, val=replace(data.val, images=data.val.images[:, :8, :8]))
    with pytest.raises(FloatingPointError, match=r"became nan in epoch 1, batch \d+: lower learning_rate"):
        hw.fit_seeds(build, replace(data, train=spoilt), settings, progress=False)


# Security


@pytest.mark.parametrize("exporter", ["HomeworkHTMLExporter", "HomeworkPDFExporter"])
def test_a_strangers_notebook_is_rendered_without_running_it_and_without_a_network(exporter, monkeypatch, tmp_path):
    from hw.report import exporters

    def refuse(*_, **__):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    notebook = everything()
    notebook.cells.append(new_code_cell(f"open({str(tmp_path / 'run')!r}, 'w')"))
    assert getattr(exporters, exporter)().from_notebook_node(notebook)[0]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "name", ["../../spoilt", "/tmp/spoilt", "a/b", "..", "a\x00b", "C:\\spoilt", "A", "a b", "x" * 61]
)
def test_a_system_that_is_no_plain_name_is_refused(name):
    with pytest.raises(hw.ParameterError, match=r"^system must match"):
        hw.ClassifierConfig(system=name)


@pytest.mark.parametrize(
    "words", ["../../etc/passwd", '"; rm -rf /', "$(touch spoilt)", "`touch spoilt`", "{{ 7 * 7 }}", "%s%n"]
)
def test_the_words_of_the_title_block_are_never_more_than_words(words, tmp_path):
    from hw.export.exporters import HomeworkHTMLExporter

    block = {"kind": "title", "title": words, "author": words}
    output = nbformat.v4.new_output("display_data", data={hw.report.BLOCK_MIME: block})
    html = HomeworkHTMLExporter().from_notebook_node(new_notebook(cells=[new_code_cell("", outputs=[output])]))[0]
    title = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)[1]
    assert "".join(title.split()) == "".join(words.replace("&", "&amp;").replace('"', "&#34;").split())


def test_the_table_of_faults_counts_the_cases():
    lines = (ROOT / "tests/README.md").read_text(encoding="utf-8").splitlines()
    table = [line.split("|")[1:3] for line in lines if re.match(r"\| [^|]+\| +\d+ \|", line)]
    cases = {
        "a parameter is": sum(len(_never_right(parameter)) for _, parameter in PARAMETERS),
        "a parameter's name": sum(len(_misspelt(parameter)) for _, parameter in PARAMETERS),
        "a mirror": len(FAULTS),
        "a cached file": len(SPOILT) * len(FILES),
        "a sweep is": SWEEP_KILLS,
        "a build is": BUILD_KILLS,
    }
    for start, count in cases.items():
        assert [int(cell) for name, cell in table if name.strip().startswith(start)] == [count], start
