"""Parameters that are wrong: one line says so, before any work."""

import datetime
import math
import subprocess
import sys

import pytest
from conftest import ROOT

import hw
from hw.config import NOTEBOOKS, TITLE_FIELDS

PARAMETERS = [(name, field) for name, config in NOTEBOOKS.items() for field in config.model_fields]
NEVER_RIGHT = [
    *(math.nan, math.inf, -math.inf, -1, 10**30, 1 + 2j),
    *("", "YES", "NaN", " 3", b"3"),
    *([[]], [None], [math.nan], [-1], ["x"], {}, {"a": 1}),
    *(datetime.date(2026, 1, 1), object()),
]
TEXTS = {"feature_extractor", "published", "scheduler"}  # names of files, addresses


def never_right(parameter):
    """Values that no parameter of this name may have."""
    allowed = (str, list) if parameter in TITLE_FIELDS else (str,) if parameter in TEXTS else ()
    numbers = (int, float) if parameter in TITLE_FIELDS else ()  # are taken as their text
    return [
        value
        for value in NEVER_RIGHT
        if not isinstance(value, allowed)
        and not (parameter == "grid" and value == {})  # varies nothing more
        and not (isinstance(value, numbers) and math.isfinite(value))
    ]


@pytest.mark.parametrize(("notebook", "parameter"), PARAMETERS)
def test_a_parameter_is_refused_by_its_name_whatever_is_wrong_with_it(notebook, parameter):
    config = NOTEBOOKS[notebook]
    for value in never_right(parameter):
        with pytest.raises(hw.ParameterError) as error:
            config(**{parameter: value})
        assert str(error.value).startswith(parameter), value
        assert "\n" not in str(error.value)


def misspelt(name):
    """Names that are close to the name of a parameter."""
    return (name.upper(), name + "_", name[1:] + name[0])


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_an_unknown_name_is_refused_with_the_one_that_was_meant(notebook):
    config = NOTEBOOKS[notebook]
    for name in config.model_fields:
        for wrong in misspelt(name):
            with pytest.raises(
                hw.ParameterError, match=rf"unknown parameter {wrong}: (did you mean|known are)"
            ):
                config(**{wrong: 1})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("epochs: 3\n  batch_size: [", "mapping values are not allowed"),
        (
            "epochs: !!python/object/apply:os.system ['touch spoilt']",
            "could not determine a constructor",
        ),
        (None, "No such file"),
    ],
)
def test_a_parameter_file_that_cannot_be_read_stops_the_run_before_any_work(
    text, complaint, tmp_path
):
    if text is not None:
        (tmp_path / "given.yaml").write_text(text, encoding="utf-8")
    done = _papermill(
        ROOT / "notebooks/classifier.ipynb", "out.ipynb", "-f", "given.yaml", cwd=tmp_path
    )
    assert done.returncode != 0
    assert complaint in done.stderr
    assert not (tmp_path / "out.ipynb").exists()
    assert not (tmp_path / "spoilt").exists()


def _papermill(*words, cwd):
    command = [sys.executable, "-m", "papermill", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "name",
    ["../../spoilt", "/tmp/spoilt", "a/b", "..", "a\x00b", "C:\\spoilt", "A", "a b", "x" * 61],
)
def test_a_system_that_is_no_plain_name_is_refused(name):
    with pytest.raises(hw.ParameterError, match=r"^system must match"):
        hw.ClassifierConfig(system=name)
