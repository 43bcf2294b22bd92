"""Sweeps: a stack equals single networks, nothing is trained twice, a cluster gives the same."""

import logging
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import garments

import hw
from hw import sweep
from hw.plots import sweep_curves
from hw.sweep import Store, engines
from hw.training import Result, store

PACKAGE = Path(hw.__file__).parent


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_DATA", str(tmp_path))
    return tmp_path / "trials"


@pytest.fixture(scope="module")
def data():
    return garments(600, 200)


def _config(**settings):
    small = {
        "learning_rates": [0.01, 0.001],
        "hidden_sizes": [16, 8],
        "seeds": [3, 1],
        "epochs": 3,
        "batch_size": 50,
    }
    return hw.SweepConfig(**small | settings)


def _run(data, **settings):
    how = {name: settings.pop(name) for name in ("scheduler", "fresh") if name in settings}
    trials = sweep.grid(_config(**settings))
    return sweep.run(data, trials, processes=1, progress=False, **how)


def _settings(results):
    return [(result.settings, result.seed) for result in results]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"learning_rates": []}, "learning_rates must have at least 1 item, got []"),
        ({"learning_rates": [0.1, -0.1]}, "learning_rates[1] must be greater than 0, got -0.1"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates must be distinct, got [0.1, 0.1]"),
        ({"hidden_sizes": [64, 64]}, "hidden_sizes must be distinct, got [64, 64]"),
        ({"hidden_sizes": [0]}, "hidden_sizes[0] must be at least 1, got 0"),
        ({"engine": "jax"}, "engine must be 'torch' or 'scratch', got 'jax'"),
    ],
)
def test_bad_grids_are_refused(given, message):
    with pytest.raises(hw.ParameterError) as error:
        hw.SweepConfig(**given)
    assert str(error.value) == message


def test_the_default_grid_is_the_published_one():
    grid = sweep.grid(hw.SweepConfig())
    assert len(grid) == 36
    assert {trial.settings["hidden_size"] for trial in grid} == {64, 128, 256}
    assert all(trial.config.hidden_sizes == [trial.settings["hidden_size"]] for trial in grid)
    assert not any(trial.config.batch_norm or trial.config.dropout for trial in grid)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_member_of_a_stack_equals_the_same_network_trained_alone(data, schedule):
    for result in _run(data, schedule=schedule):
        alone = hw.ClassifierConfig(
            hidden_sizes=[result.settings["hidden_size"]],
            learning_rate=result.settings["learning_rate"],
            schedule=schedule,
            seeds=[result.seed],
            batch_norm=False,
            dropout=0.0,
            epochs=3,
            batch_size=50,
        )
        (run,) = hw.fit_seeds(hw.Classifier.from_config, data, alone, progress=False)
        assert list(result.history.columns) == list(run.history.columns)
        for column in run.history.columns.drop("seconds"):
            assert np.allclose(result.history[column], run.history[column], atol=1e-5), column
        for ours, theirs in zip(result.model.parameters(), run.model.parameters(), strict=True):
            assert torch.allclose(ours, theirs, atol=1e-4)


def test_from_scratch_and_torch_learn_alike(data):
    one, other = (
        sweep.summary(
            _run(
                data,
                engine=engine,
                schedule="constant",
                epochs=6,
                seeds=[0],
                learning_rates=[0.001],
            )
        )
        for engine in ("torch", "scratch")
    )
    assert np.allclose(one["val_accuracy"], other["val_accuracy"], atol=0.12)
    assert np.allclose(one["train_loss"], other["train_loss"], rtol=0.25)


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
def test_from_scratch_and_torch_have_the_same_learning_rates(data, schedule):
    small = {
        "schedule": schedule,
        "seeds": [0],
        "learning_rates": [0.001],
        "hidden_sizes": [8],
        "epochs": 3,
    }
    one, other = (
        _run(data, engine=engine, **small)[0].history["learning_rate"]
        for engine in ("torch", "scratch")
    )
    assert np.allclose(one, other, rtol=1e-6)


def test_the_model_is_that_of_the_best_epoch(data):
    for engine in ("torch", "scratch"):
        for result in _run(data, engine=engine):
            assert hw.evaluate(result.model, data.val)["accuracy"] == pytest.approx(
                result.best_epoch["val_accuracy"]
            )


def _never(*args, **kwargs):
    raise AssertionError("trained although it was stored")


def test_nothing_is_trained_twice(data, monkeypatch):
    first = _run(data)
    monkeypatch.setattr(sweep, "train_job", _never)
    again = _run(data)
    for one, two in zip(first, again, strict=True):
        assert (one.settings, one.seed) == (two.settings, two.seed)
        pd.testing.assert_frame_equal(one.history, two.history, check_exact=False, rtol=1e-12)
        for ours, theirs in zip(one.model.parameters(), two.model.parameters(), strict=True):
            assert torch.equal(ours, theirs)


def test_fresh_trains_again(data, monkeypatch):
    _run(data)
    monkeypatch.setattr(sweep, "train_job", _never)
    with pytest.raises(AssertionError):
        _run(data, fresh=True)


@pytest.mark.parametrize(
    "change", [{"epochs": 2}, {"batch_size": 40}, {"schedule": "step"}, {"engine": "scratch"}]
)
def test_other_settings_are_other_trials(data, change, monkeypatch):
    _run(data)
    monkeypatch.setattr(sweep, "train_job", _never)
    with pytest.raises(AssertionError):
        _run(data, **change)


def test_a_sweep_that_was_broken_off_goes_on_where_it_stopped(data, monkeypatch):
    train = sweep.train_job
    seeds = []

    def break_off(group, *args, **kwargs):
        seeds.append(group[0].seed)
        if len(seeds) == 2:
            raise KeyboardInterrupt
        return train(group, *args, **kwargs)

    monkeypatch.setattr(sweep, "train_job", break_off)
    with pytest.raises(KeyboardInterrupt):
        _run(data)
    assert len(_run(data)) == 8
    assert seeds == [3, 1, 1]


@pytest.mark.parametrize("folder", ["data", "models", "training", "sweep", "scratch"])
def test_other_code_makes_other_trials(folder, tmp_path):
    copied = tmp_path / "hw"
    for name in store.CODE_FOLDERS:
        shutil.copytree(PACKAGE / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
    unchanged = store.hash_code(copied)
    assert unchanged == store.hash_code(PACKAGE)
    files = sorted((copied / folder).glob("*.py"))
    assert files
    for path in files:
        source = path.read_text(encoding="utf-8")
        path.write_text(source + "# changed\n", encoding="utf-8")
        assert store.hash_code(copied) != unchanged, path.name
        path.unlink()
        assert store.hash_code(copied) != unchanged, path.name
        path.write_text(source, encoding="utf-8")
    assert store.hash_code(copied) == unchanged


def test_compiled_files_do_not_make_other_trials(tmp_path):
    (tmp_path / "models/__pycache__").mkdir(parents=True)
    before = store.hash_code(tmp_path)
    (tmp_path / "models/__pycache__/layers.pyc").write_bytes(b"compiled")
    assert store.hash_code(tmp_path) == before


def test_another_version_of_the_code_trains_again(data, monkeypatch):
    (result, *_) = _run(data)
    (trial, *_) = sweep.grid(_config())
    assert Store(data).load(trial)
    monkeypatch.setattr(store, "CODE_VERSION", "another")
    assert Store(data).load(trial) is None
    Store(data).save(result, trial)
    assert Store(data).load(trial)


def test_images_that_are_scaled_otherwise_are_another_trial(data):
    _run(data)
    (trial, *_) = sweep.grid(_config())
    darker = replace(data, train=replace(data.train, max_value=510))
    assert Store(data).load(trial)
    assert Store(darker).load(trial) is None


@pytest.mark.parametrize("engine", ["torch", "scratch"])
def test_both_engines_scale_images_by_their_largest_value(data, engine):
    doubled = replace(data.train, images=data.train.images.astype(np.int64) * 2, max_value=510)
    small = {"seeds": [0], "learning_rates": [0.01], "hidden_sizes": [8], "epochs": 1}
    (one,) = _run(data, engine=engine, **small)
    (other,) = _run(replace(data, train=doubled), engine=engine, **small)
    assert one.history["train_loss"].tolist() == other.history["train_loss"].tolist()


@pytest.mark.parametrize("engine", ["torch", "scratch"])
def test_every_epoch_of_every_network_is_told_as_it_ends(data, engine):
    told = []
    config = _config(engine=engine, seeds=[0], epochs=2)
    trials = sweep.grid(config)
    sweep.train(trials, data, lambda rows, epochs: told.append((len(rows), epochs)))
    assert sorted(told) == [(1, 2)] * len(trials) + [(2, 2)] * len(trials)


@pytest.mark.parametrize("ending", [".json", ".safetensors"])
def test_a_damaged_trial_is_named_and_trained_again(data, own_store, caplog, ending):
    first = _run(data)
    path = sorted(own_store.glob(f"*{ending}"))[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        again = _run(data)
    assert f"The stored trial {path.stem}.json is damaged and will be trained again" in caplog.text
    pd.testing.assert_frame_equal(
        sweep.summary(first), sweep.summary(again), check_exact=False, rtol=1e-4, obj=str(path)
    )


def test_two_sweeps_at_once_do_not_spoil_each_other(own_store):
    code = (
        "import hw;"
        "config = hw.SweepConfig(dataset='synthetic', train_size=300, epochs=2,"
        "                        hidden_sizes=[8], seeds=[0]);"
        "trials = hw.sweep.grid(config);"
        "print(len(hw.sweep.run(hw.load(config), trials, processes=1, progress=False)))"
    )
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=120)[0] for process in both] == ["4\n", "4\n"]
    assert len(list(own_store.glob("*.json"))) == len(list(own_store.glob("*.safetensors"))) == 4
    assert {path.suffix for path in own_store.iterdir()} == {".json", ".safetensors"}
    config = hw.SweepConfig(
        dataset="synthetic", train_size=300, epochs=2, hidden_sizes=[8], seeds=[0]
    )
    stored = Store(hw.load(config))
    assert all(stored.load(trial) for trial in sweep.grid(config))


def test_a_folder_that_cannot_be_written_is_told_once_and_the_sweep_goes_on(
    data, monkeypatch, caplog
):
    def read_only(*args):
        raise PermissionError(13, "Permission denied", "/shared/trials")

    monkeypatch.setattr(Store, "save", read_only)
    with caplog.at_level(logging.WARNING):
        assert len(_run(data)) == 8
    (message,) = [record.getMessage() for record in caplog.records]
    assert message == (
        "Trials cannot be stored, so a later sweep will train them again: "
        "[Errno 13] Permission denied: '/shared/trials'"
    )


def test_a_diverging_configuration_is_marked_and_the_others_go_on(data, monkeypatch):
    fit_stack = engines.fit_stack

    def poisoned(models, data, configs, **settings):
        for model, config in zip(models, configs, strict=True):
            if config.learning_rate == 0.01:
                model.head.weight.data.fill_(float("nan"))
        return fit_stack(models, data, configs, **settings)

    monkeypatch.setattr(engines, "fit_stack", poisoned)
    results = _run(data)
    table = sweep.summary(results)
    assert list(table["diverged"]) == [2, 2, 0, 0]
    assert table["val_macro_f1"].isna().tolist() == [True, True, False, False]
    assert sweep.best(results)[0].settings["learning_rate"] == 0.001
    fig = sweep_curves(results, {"val_loss": "loss"})
    notes = [text.get_text() for ax in fig.axes for text in ax.texts]
    assert notes.count("diverged") == 2


def test_divergence_from_scratch_is_marked_too(data, monkeypatch):
    copy_to_scratch = engines._copy_to_scratch

    def poisoned(model):
        net = copy_to_scratch(model)
        if len(net.layers[0].parameters["bias"]) == 16:
            net.layers[0].parameters["weight"][...] = np.nan
        return net

    monkeypatch.setattr(engines, "_copy_to_scratch", poisoned)
    results = _run(data, engine="scratch", learning_rates=[0.001], seeds=[0], epochs=2)
    assert [result.diverged for result in results] == [False, True]
    assert results[1].best_epoch.isna().all()
    assert list(results[1].history["epoch"]) == [1, 2]
    assert list(results[1].history.columns) == list(results[0].history.columns)


def _result(rate, size, seed, f1):
    scores = dict.fromkeys(("train_loss", "val_loss", "train_accuracy", "val_accuracy"), 0.5)
    history = pd.DataFrame([{"epoch": 1, **scores, "val_macro_f1": f1}])
    return Result(hw.Classifier([2]), history, seed, {"learning_rate": rate, "hidden_size": size})


def test_the_best_has_the_highest_mean_validation_f1_over_seeds():
    scores = {(0.1, 8): (0.9, 0.5), (0.1, 16): (0.8, 0.8), (0.2, 8): (0.1, 0.95)}
    results = [_result(*pair, seed, f1[seed]) for pair, f1 in scores.items() for seed in (0, 1)]
    best = sweep.best(results, "val_macro_f1")
    assert [result.seed for result in best] == [0, 1]
    assert all(result.settings == {"learning_rate": 0.1, "hidden_size": 16} for result in best)


def test_only_differences_beyond_the_seeds_are_significant():
    rng = np.random.default_rng(0)
    means = {(0.1, 8): 0.80, (0.1, 16): 0.80, (0.2, 8): 0.90, (0.2, 16): 0.90}
    results = [
        _result(*pair, seed, f1 + rng.normal(0, 0.001))
        for pair, f1 in means.items()
        for seed in range(5)
    ]
    table = sweep.compare_neighbours(results, "val_macro_f1")
    assert len(table) == 4
    assert (table["significant"] == "yes").tolist() == (table["difference"].abs() > 0.05).tolist()
    alone = [result for result in results if result.seed == 0]
    assert sweep.compare_neighbours(alone, "val_macro_f1").empty
    beyond = table["difference"].abs() > table["detectable"]
    assert (table["significant"] == "yes").tolist() == beyond.tolist()


def test_few_seeds_can_tell_only_large_differences():
    rng = np.random.default_rng(0)
    results = [
        _result(rate, size, seed, rng.normal(0.85, 0.005))
        for rate in (0.1, 0.2, 0.3)
        for size in (8, 16, 32)
        for seed in range(10)
    ]
    detectable = [
        sweep.compare_neighbours([each for each in results if each.seed < n_seeds], "val_macro_f1")[
            "detectable"
        ]
        for n_seeds in (3, 10)
    ]
    assert detectable[0].median() > 4 * detectable[1].median()


# Runs Dask's command line as on a machine without this package.
WITHOUT_PACKAGE = """
import sys
sys.modules["hw"] = None
from dask.__main__ import main
sys.argv[0] = "dask"
main()
"""


class _Cluster:
    """A Dask scheduler and workers on loopback, each a process of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.file = folder / "scheduler.json"
        self.start("scheduler", "--port", "0", command=("-c", WITHOUT_PACKAGE))  # needs none
        deadline = time.monotonic() + 60
        while not self.file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)

    def start(self, *arguments, command=("-m", "dask"), path=PACKAGE.parent):
        """Start a process with `path` first among the folders of modules."""
        log = (self.folder / f"{len(self.processes)}.log").open("w")
        common = ("--scheduler-file", str(self.file), "--host", "127.0.0.1", "--no-dashboard")
        process = subprocess.Popen(
            [sys.executable, *command, *arguments, *common],
            env=os.environ | {"PYTHONPATH": str(path)},
            stderr=log,
            stdout=log,
            cwd=self.folder,
        )
        self.processes.append(process)
        return process

    def start_worker(self, **how):
        return self.start("worker", "--nthreads", "1", "--no-nanny", **how)


@pytest.fixture
def empty_cluster(tmp_path):
    """A cluster without workers, and its client."""
    distributed = pytest.importorskip("distributed")
    cluster = _Cluster(tmp_path)
    with distributed.Client(scheduler_file=str(cluster.file), set_as_default=False) as client:
        yield cluster, client
    for process in cluster.processes:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(empty_cluster):
    """A client of a cluster, and its two workers."""
    cluster, client = empty_cluster
    workers = [cluster.start_worker() for _ in range(2)]
    client.wait_for_workers(2, timeout=60)
    return client, workers


def _with_other_code(folder):
    """A copy of the package that differs by a comment, in a folder of its own."""
    ignored = shutil.ignore_patterns("__pycache__")
    copied = shutil.copytree(PACKAGE, folder / "other" / "hw", ignore=ignored)
    with (copied / "models/layers.py").open("a") as file:
        file.write("# changed\n")
    return copied.parent


def _start_with_other_code(cluster):
    return cluster.start_worker(path=_with_other_code(cluster.folder))


def _start_without_package(cluster):
    return cluster.start_worker(command=("-c", WITHOUT_PACKAGE))


@pytest.mark.parametrize(
    ("start", "difference"),
    [
        (_start_with_other_code, r": hw 0\.1\.0 with code [0-9a-f]{12}$"),
        (_start_without_package, r": hw cannot be imported \(ModuleNotFoundError: .*\)$"),
    ],
)
def test_a_worker_with_other_code_or_none_is_refused_by_name_before_any_work(
    start, difference, data, empty_cluster, own_store
):
    cluster, client = empty_cluster
    cluster.start_worker()
    start(cluster)
    client.wait_for_workers(2, timeout=60)
    with pytest.raises(RuntimeError, match="workers of the Dask cluster at tcp") as caught:
        _run(data, scheduler=client.scheduler.address)
    _, *refused, here = str(caught.value).splitlines()
    (line,) = refused
    assert any(line.strip().startswith(worker) for worker in client.scheduler_info()["workers"])
    assert re.search(difference, line)
    assert f"code {store.CODE_VERSION[:12]}, numpy {np.__version__}, torch" in here
    assert not own_store.exists()


def test_a_worker_that_joins_later_with_other_code_is_refused_too(data, empty_cluster):
    cluster, client = empty_cluster
    cluster.start_worker()
    client.wait_for_workers(1, timeout=60)

    def join_once_there_is_work():
        while not any(client.processing().values()):
            time.sleep(0.02)
        _start_with_other_code(cluster)

    threading.Thread(target=join_once_there_is_work, daemon=True).start()
    with pytest.raises(RuntimeError, match="cannot be used"):
        _run(data, scheduler=client.scheduler.address, epochs=5_000, seeds=list(range(5)))


def test_a_cluster_gives_the_local_results(data, cluster):
    client, _ = cluster
    grid = {"batch_norm": [False, True]}  # those that are stacked, and those that cannot be
    remote = _run(data, grid=grid, scheduler=client.scheduler.address, fresh=True)
    local = _run(data, grid=grid, fresh=True)
    expected = [(trial.settings, trial.seed) for trial in sweep.grid(_config(grid=grid))]
    assert _settings(remote) == _settings(local) == expected
    for one, two in zip(remote, local, strict=True):
        columns = one.history.columns.drop("seconds")
        assert np.allclose(one.history[columns], two.history[columns], atol=1e-4)


def test_a_worker_that_dies_costs_nothing_but_time(data, cluster):
    client, workers = cluster
    by_process = {worker.pid: worker for worker in workers}
    by_address = {name: by_process[number] for name, number in client.run(os.getpid).items()}

    def kill_one_at_work():
        while not (at_work := [name for name, tasks in client.processing().items() if tasks]):
            time.sleep(0.02)
        by_address[at_work[0]].kill()

    killer = threading.Thread(target=kill_one_at_work, daemon=True)
    killer.start()
    results = _run(data, scheduler=client.scheduler.address, epochs=200, fresh=True)
    killer.join(30)
    assert any(worker.poll() for worker in workers)
    assert len(results) == 8
    assert all(len(result.history) == 200 for result in results)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("hw.sweep.cluster.TIMEOUT", 1)


def test_a_scheduler_without_workers_is_a_clear_error(data, empty_cluster, impatient):
    _, client = empty_cluster
    with pytest.raises(ConnectionError, match="has no workers: start one with dask worker"):
        _run(data, scheduler=client.scheduler.address)


def test_an_unreachable_scheduler_is_a_clear_error(data, impatient):
    with pytest.raises(
        ConnectionError,
        match="scheduler must be the address of a running Dask scheduler, got 'tcp://127",
    ):
        _run(data, scheduler="tcp://127.0.0.1:9")


def test_an_address_that_is_none_is_a_clear_error(data):
    with pytest.raises(ConnectionError, match="scheduler must be the address"):
        _run(data, scheduler="nonsense://x")


def test_the_real_grid_beats_guessing(real_data, monkeypatch):
    monkeypatch.undo()
    config = hw.SweepConfig(
        dataset="fashion_mnist",
        train_size=3000,
        epochs=3,
        seeds=[0],
        learning_rates=[0.001],
        hidden_sizes=[64, 128],
    )
    table = sweep.summary(
        sweep.run(hw.load(config), sweep.grid(config), fresh=True, progress=False)
    )
    assert (table["val_macro_f1"] > 0.7).all()
