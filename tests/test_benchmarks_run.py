"""The benchmarks: every module can be imported, and one measures."""

import subprocess
import sys

import pytest
from conftest import ROOT

IMPORT = """
import sys, importlib, importlib.util
sys.path.insert(0, "benchmarks")
spec = importlib.util.spec_from_file_location("main", "benchmarks/__main__.py")
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
for name in main.NAMES:
    assert callable(importlib.import_module(name).measure), name
"""
SMALL = """
import sys
sys.path.insert(0, "benchmarks")
from {module} import *
from peers import garments
print({call})
"""


def _python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def test_every_benchmark_can_be_imported():
    done = _python("-c", IMPORT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("training", "suite(garments(300, 100))()"),
        ("sweep", "stacked(garments(300, 100))"),
        ("scratch", "prepare('torch')(), prepare('hw.scratch')()"),
        (
            "rendering",
            "seconds_from_cold('html', every_kind(Path(tempfile.mkdtemp()))), seconds_of_work("
            "'homework-html', sorted((ROOT / 'tests/export/cases').glob('q*.ipynb')), warm=True)",
        ),
        ("scaling", "by_members(garments(300, 100), 2), by_width(garments(300, 100), 8)"),
    ],
)
def test_a_benchmark_runs_on_few_images(module, call):
    done = _python("-c", SMALL.format(module=module, call=call))
    assert done.returncode == 0, done.stderr


def test_an_unknown_benchmark_is_refused_with_the_known_ones():
    done = _python("benchmarks", "speed")
    assert done.returncode == 2
    assert "a benchmark must be one of training, scratch, " in done.stderr
    assert done.stderr.endswith("got speed\n")
