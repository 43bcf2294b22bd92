"""Settings: what is accepted, what is refused, and how."""

import ast
import math
from typing import get_args

import nbformat
import papermill
import pytest
import yaml
from conftest import NOTEBOOKS, ROOT
from hypothesis import given
from hypothesis import strategies as st

import hw
from hw.config import NOTEBOOKS as NOTEBOOK_CONFIGS
from hw.config import BenchmarksConfig, ScoreboardConfig


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"epochs": 2.5}, "epochs must be a whole number, got 2.5"),
        ({"epochs": True}, "epochs must be a whole number, got True"),
        ({"epochs": "50"}, "epochs must be a whole number, got '50'"),
        ({"epochs": [3]}, "epochs must be a whole number, got [3]"),
        ({"epochs": None}, "epochs must be a whole number, got None"),
        ({"epoch": 3}, "unknown parameter epoch: did you mean epochs?"),
        ({"Epochs": 3}, "unknown parameter Epochs: did you mean epochs?"),
        ({"learning_rate": -1.0}, "learning_rate must be greater than 0, got -1.0"),
        ({"learning_rate": math.nan}, "learning_rate must be a finite number, got nan"),
        ({"learning_rate": math.inf}, "learning_rate must be a finite number, got inf"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, got 'fast'"),
        ({"dropout": 1.0}, "dropout must be less than 1, got 1.0"),
        (
            {"dataset": "mnits"},
            "dataset must be a .npz file, a folder, or one of auto, fashion_mnist, synthetic, "
            "mnist, kmnist, emnist_letters, cifar10, got 'mnits'",
        ),
        ({"hidden_sizes": 64}, "hidden_sizes must be a list, got 64"),
        ({"hidden_sizes": []}, "hidden_sizes must have at least 1 item, got []"),
        ({"hidden_sizes": [64, 0]}, "hidden_sizes[1] must be at least 1, got 0"),
        (
            {"seeds": "[0, 1]"},
            "seeds must be a list, got '[0, 1]' "
            "(papermill's -p passes text; write -y 'seeds: [0, 1]')",
        ),
        ({"seeds": [1, 1]}, "seeds must be distinct, got [1, 1]"),
        ({"flip": 1}, "flip must be true or false, got 1"),
        ({"author": ["Ada"]}, "author must be text, got ['Ada']"),
        ({"system": "../up"}, "system must match ^[a-z0-9-]{1,60}$, got '../up'"),
    ],
)
def test_bad_values_are_refused_with_name_rule_and_value(given, message):
    with pytest.raises(hw.ParameterError) as error:
        hw.ClassifierConfig(**given)
    assert str(error.value) == message


def test_all_faults_are_reported_at_once():
    with pytest.raises(hw.ParameterError) as error:
        hw.ClassifierConfig(epochs=0, batch_size="x", nonsense=1)
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "number"), [("1e-3", 0.001), ("5E-4", 0.0005), ("1.5e-2", 0.015), (1, 1.0)]
)
def test_yaml_floats_without_a_dot_are_the_numbers_they_mean(text, number):
    assert hw.ClassifierConfig(learning_rate=text).learning_rate == number


def test_scientific_whole_numbers_are_whole_numbers():
    assert hw.ClassifierConfig(train_size="2e3").train_size == 2000
    with pytest.raises(hw.ParameterError, match="train_size must be a whole number"):
        hw.ClassifierConfig(train_size="2.5e-1")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
)


@pytest.mark.parametrize("kind", NOTEBOOK_CONFIGS.values())
@given(data=st.data())
def test_any_input_gives_valid_settings_or_one_clear_error(kind, data):
    names = st.sampled_from(sorted(kind.model_fields)) | st.text()
    values = data.draw(st.dictionaries(names, anything, max_size=4))
    try:
        config = kind(**values)
    except hw.ParameterError:
        return
    assert kind(**config.model_dump()) == config
    assert kind.model_validate_json(config.model_dump_json()) == config
    assert kind(**yaml.safe_load(yaml.safe_dump(config.model_dump()))) == config


# Notebooks whose parameters cell lists every setting.
COMPLETE = {**NOTEBOOK_CONFIGS, "scoreboard": ScoreboardConfig, "benchmarks": BenchmarksConfig}


def _parameters_cell(path):
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))


def _annotation(field):
    """How a parameters cell states the type, in the syntax that papermill reads."""
    if field.default is None:
        return "Optional[int]"
    if isinstance(field.default, list):
        element = get_args(field.annotation)[0]
        return f"list[{getattr(element, '__origin__', element).__name__}]"
    return type(field.default).__name__


@pytest.mark.parametrize(("notebook", "config"), COMPLETE.items())
def test_notebook_defaults_and_comments_are_those_of_the_settings(notebook, config):
    lines = _parameters_cell(ROOT / f"notebooks/{notebook}.ipynb").splitlines()
    parameters = {line.split(":")[0]: line for line in lines}
    assert parameters.keys() == config.model_fields.keys()
    for name, field in config.model_fields.items():
        definition, comment = parameters[name].split("  # ", 1)
        default = ast.literal_eval(definition.split(" = ", 1)[1])
        assert (type(default), default) == (type(field.default), field.default), name
        assert comment == field.description, name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_parameter_line_is_one_annotated_literal_with_a_comment(path):
    for line in _parameters_cell(path).splitlines():
        statement = ast.parse(line).body[0]
        assert isinstance(statement, ast.AnnAssign), line
        assert line.count("=") == 1, line  # papermill skips a line with two
        assert "  # " in line, line
        assert len(line) <= 100, line


@pytest.mark.parametrize(
    ("notebook", "config"), {**COMPLETE, "template/report": hw.ClassifierConfig}.items()
)
def test_papermill_tells_type_and_meaning_of_every_parameter(notebook, config):
    inferred = papermill.inspect_notebook(ROOT / f"notebooks/{notebook}.ipynb")
    assert inferred.keys() <= config.model_fields.keys()
    for name, parameter in inferred.items():
        field = config.model_fields[name]
        assert parameter["inferred_type_name"] == _annotation(field), name
        assert parameter["help"] == field.description, name


def test_parameter_files_give_valid_settings():
    for path in sorted((ROOT / "notebooks/params").glob("*-*.yaml")):
        config = NOTEBOOK_CONFIGS[path.stem.partition("-")[0]]
        settings = config(**yaml.safe_load(path.read_text(encoding="utf-8")))
        assert settings.system != config().system, path


def test_changed_settings_leave_out_the_title_block():
    config = hw.ClassifierConfig(epochs=3, author="Ada", seeds=[0])
    assert config.changed() == {"epochs": 3}


def test_each_notebook_takes_its_own_data_sets_alone():
    for config in NOTEBOOK_CONFIGS.values():
        for name in ("auto", *config.sources, "own.npz", "pictures/", "../pictures"):
            assert config(dataset=name).dataset == name
    with pytest.raises(hw.ParameterError, match=r"^dataset must be .* one of auto, optdigits,"):
        hw.OptdigitsConfig(dataset="fashion_mnist")


def test_what_a_sweep_tries_must_be_distinct():
    for name in ("seeds", "learning_rates", "hidden_sizes"):
        with pytest.raises(hw.ParameterError, match=rf"^{name} must be distinct, got \[1, 1\]$"):
            hw.SweepConfig(**{name: [1, 1]})


def test_a_number_given_for_a_text_is_taken_as_its_text():
    config = hw.ClassifierConfig(student_number=12345, date=2026, exercises=[1, 2.5, "3a"])
    assert config.student_number == "12345"
    assert config.date == "2026"
    assert config.exercises == ["1", "2.5", "3a"]
    for wrong in (True, math.nan, [1]):
        with pytest.raises(hw.ParameterError, match=r"^student_number must be text, got"):
            hw.ClassifierConfig(student_number=wrong)
