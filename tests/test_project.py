"""The house: layers, environment, the Makefile, the documents."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from conftest import ROOT, copy_house
from PIL import Image

import hw
from hw.config import NOTEBOOKS

LAYERS = {
    "files": 0, "graphs": 0, "vision": 0,
    "config": 1, "metrics": 1, "models": 1, "scratch": 1, "synthetic": 1,
    "data": 2, "listing": 2, "plots": 2, "training": 2,
    "generation": 3, "latent": 3, "live": 3, "published": 3, "stacking": 3, "trials": 3,
    "sweep": 4,
    "report": 5,
}  # fmt: skip
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _imported_modules(path):
    """Modules of the package that a file imports: ``from hw.x import …``, ``from hw import x``, ``import hw.x``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = (
                [node.module]
                if node.module != "hw"
                else [f"hw.{alias.name}" for alias in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("hw."))


def test_no_module_imports_from_a_layer_below_its_own():
    for path in (ROOT / "hw").rglob("*.py"):
        module = path.relative_to(ROOT / "hw").parts[0].removesuffix(".py")
        if module == "__init__":
            continue
        for imported in _imported_modules(path):
            allowed = imported == module or LAYERS[imported] < LAYERS[module]
            assert allowed, f"{path.name} (layer {LAYERS[module]}) imports {imported}"


def test_every_name_of_the_package_is_there_and_documented():
    for name in hw.__all__:
        assert getattr(hw, name).__doc__, name


def test_importing_the_package_does_not_import_torch():
    code = "import sys, hw; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


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
    assert (pins["torch"], pins["torchvision"]) == ("2.13.0", "0.28.0")


def test_environment_yml_is_pip_on_conda_under_the_same_constraints():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PYPROJECT["project"]["name"]
    python, pip, through_pip = environment["dependencies"]
    assert python == f"python{PYPROJECT['project']['requires-python']}"
    assert pip == "pip"
    assert through_pip == {"pip": ["--constraint constraints.txt", "--editable .[dev]"]}


def _make(*words, **variables):
    return subprocess.run(
        ["make", *words],
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
    results = hw.read_results(tmp_path / "reports")
    assert results["my_homework"]["system"] == "my-homework"
    assert (tmp_path / "reports/my_homework.pdf").read_bytes().startswith(b"%PDF")
    assert len(hw.scoreboard(results))
    assert len(hw.costs(results)) == 1


def test_the_readme_names_every_module():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for module in LAYERS:
        assert f"`{module}" in readme, module


def test_the_tables_of_the_readme_are_those_of_the_code_and_of_the_gallery():
    from tools.readme import renew

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    results = json.loads((ROOT / "reports/gallery/results.json").read_text(encoding="utf-8"))
    assert readme == renew(readme, results), "run `make readme`"
    assert all(f"<!-- table: {name} -->" in readme for name in [*NOTEBOOKS, "results", "costs"])


def test_pages_of_pdfs_are_drawn_side_by_side(quick_classifier, tmp_path):
    from hw.export.exporters import HomeworkPDFExporter
    from tools.readme import picture

    (tmp_path / "x.pdf").write_bytes(HomeworkPDFExporter().from_filename(str(quick_classifier))[0])
    one, two = (
        Image.open(io.BytesIO(picture(tmp_path, [("x.pdf", n) for n in range(1, k + 1)])))
        for k in (1, 2)
    )
    assert one.height == two.height
    assert 1.8 < two.width / one.width < 2.1
