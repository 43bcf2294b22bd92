"""The project: public names, environment, the Makefile."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from conftest import ROOT, copy_house

import hw

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_importing_the_package_is_quick_because_rooms_are_imported_when_they_are_used():
    code = "import sys, hw; sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert subprocess.run([sys.executable, "-c", "import hw; hw.plots.image_grid"]).returncode == 0


def test_every_name_of_the_package_is_there_and_documented():
    for name in hw.__all__:
        assert getattr(hw, name).__doc__, name


def test_constraints_pin_every_dependency_within_its_range():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    for text in [
        *PYPROJECT["project"]["dependencies"],
        *(text for extra in extras for text in extra),
    ]:
        wanted = Requirement(text)
        if wanted.name == PYPROJECT["project"]["name"]:
            continue  # an extra that takes another
        assert pins[canonicalize_name(wanted.name)] in wanted.specifier, text


def test_environment_yml_is_pip_on_conda_under_the_same_constraints():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "hw"
    python, pip, through_pip = environment["dependencies"]
    assert python == f"python{PYPROJECT['project']['requires-python']}"
    assert pip == "pip"
    assert through_pip == {"pip": ["--constraint constraints.txt", "--editable .[dev]"]}


TOOLS = [f"BIN={Path(sys.executable).parent}", "READY=pyproject.toml"]


def _make(*words, **variables):
    return subprocess.run(
        ["make", *words, *TOOLS],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_make_help_lists_every_target_and_report():
    text = _make("help").stdout
    for target in (
        "setup",
        "report",
        "lab",
        "test",
        "lint",
        "bench",
        "clean",
        "classifier",
        "classifier-regularised",
    ):
        assert re.search(rf"^{target}\s", text, re.M), target


def test_make_refuses_an_unknown_profile():
    done = _make("report", PROFILE="fast")
    assert done.returncode != 0
    assert "PROFILE must be full or quick, got fast" in done.stderr


def test_a_new_report_works_and_is_found_by_make_report(tmp_path):
    copy_house(tmp_path)
    tools = {"BIN": str(Path(sys.executable).parent), "READY": "ready"}

    def make(*words):
        settings = [f"{name}={value}" for name, value in tools.items()]
        return subprocess.run(
            ["make", *words, *settings], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )

    assert "NAME must be lower-case letters" in make("new", "NAME=My-Report").stderr
    assert "NAME must be new, got sweep" in make("new", "NAME=sweep").stderr
    assert make("new", "NAME=my_homework").returncode == 0
    assert "my_homework" in make("help").stdout
    done = make("my_homework", "PROFILE=quick", "PARAMS=-p dataset synthetic -p train_size 300")
    assert done.returncode == 0, done.stderr
    results = hw.report.read_results(tmp_path / "reports")
    assert results["my_homework"]["system"] == "my-homework"
    assert (tmp_path / "reports/my_homework.pdf").read_bytes().startswith(b"%PDF")
    assert len(hw.report.scoreboard(results))
    assert len(hw.report.costs(results)) == 1
