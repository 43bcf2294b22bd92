"""The recipes of docs/sweeps.md run as they are written."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from conftest import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def recipes():
    text = (ROOT / "docs/sweeps.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {each.partition("\n")[0]: "\n".join(BLOCK.findall(each)) for each in sections}


def _run(folder, *sources):
    script = folder / "recipe.py"
    script.write_text("\n".join(sources), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"HW_DATA": str(folder), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_recipe_runs_as_it_is_written(recipes, tmp_path):
    assert all(recipes.values())
    sources = [source for title, source in recipes.items() if title != "Optuna proposes"]
    check = (
        "assert len(table) == 8 and len(best) == 2\n"
        "assert len(drawn) == 10 and len(listed) == 4\n"
        "assert len(effects.axes) == 3 and len(lines.axes) == 1\n"
        "assert low < accuracy < high\n"
    )
    printed = _run(tmp_path, *sources, check)
    assert printed.startswith("{'learning_rate': 0.0")
    assert "slope" in printed


@pytest.mark.skipif(find_spec("optuna") is None, reason="needs optuna")
def test_optuna_proposes_as_it_is_written(recipes, tmp_path):
    first = recipes["Any settings"].partition("trials =")[0]
    printed = _run(tmp_path, first, recipes["Optuna proposes"])
    assert re.fullmatch(r"{'learning_rate': 0\.\d+, 'units': \d+}\n", printed)
