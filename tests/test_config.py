"""Settings: what is accepted, what is refused, and in which words."""

import math

import nbformat
import pytest
import yaml
from conftest import NOTEBOOKS, ROOT
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

import hw
from hw.config import NOTEBOOKS as NOTEBOOK_CONFIGS


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
        ({"dataset": "mnist"}, "dataset must be 'auto', 'fashion_mnist' or 'synthetic', got 'mnist'"),
        ({"hidden_sizes": 64}, "hidden_sizes must be a list, got 64"),
        ({"hidden_sizes": []}, "hidden_sizes must have at least 1 item, got []"),
        ({"hidden_sizes": [64, 0]}, "hidden_sizes[1] must be at least 1, got 0"),
        (
            {"seeds": "[0, 1]"},
            "seeds must be a list, got '[0, 1]' (papermill's -p passes text; write -y 'seeds: [0, 1]')",
        ),
        ({"seeds": [1, 1]}, "seeds must be distinct, got [1, 1]"),
        ({"flip": 1}, "flip must be true or false, got 1"),
        ({"author": 7}, "author must be text, got 7"),
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


@pytest.mark.parametrize(("text", "number"), [("1e-3", 0.001), ("5E-4", 0.0005), ("1.5e-2", 0.015), (1, 1.0)])
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


def _notebook_shell(monkeypatch, *cells):
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    for cell in cells:
        shell.run_cell(cell, store_history=True).raise_error()
    shell.user_ns["In"].append("the cell that reads the settings")
    return shell


def test_parameters_cell_and_injected_cell_are_read_in_order(monkeypatch):
    _notebook_shell(monkeypatch, "epochs = 50  # passes\nlearning_rate = 0.001", "# Parameters\nepochs = 3")
    config = hw.ClassifierConfig.from_notebook()
    assert (config.epochs, config.learning_rate) == (3, 0.001)


def test_unknown_injected_parameter_is_refused(monkeypatch):
    _notebook_shell(monkeypatch, "epochs = 50", "# Parameters\nepohcs = 3")
    with pytest.raises(hw.ParameterError, match="unknown parameter epohcs: did you mean epochs"):
        hw.ClassifierConfig.from_notebook()


def test_injected_nan_is_refused(monkeypatch):
    _notebook_shell(monkeypatch, "dropout = 0.2", "# Parameters\ndropout = float('nan')")
    with pytest.raises(hw.ParameterError, match="dropout must be a finite number, got nan"):
        hw.ClassifierConfig.from_notebook()


def test_a_mended_parameter_is_accepted_without_a_new_kernel(monkeypatch):
    shell = _notebook_shell(monkeypatch, "epoch = 50")
    with pytest.raises(hw.ParameterError):
        hw.ClassifierConfig.from_notebook()
    shell.run_cell("epochs = 7", store_history=True)
    shell.user_ns["In"].append("the cell that reads the settings")
    assert hw.ClassifierConfig.from_notebook().epochs == 7


def test_other_variables_of_a_running_notebook_do_no_harm(monkeypatch):
    _notebook_shell(monkeypatch, "epochs = 4", "import math\nhistory = math.sqrt(2)")
    assert hw.ClassifierConfig.from_notebook().epochs == 4


def _parameters_cell(path):
    cells = nbformat.read(path, as_version=4).cells
    return next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))


@pytest.mark.parametrize("notebook", NOTEBOOK_CONFIGS)
def test_notebook_defaults_and_comments_are_those_of_the_settings(notebook):
    namespace = {}
    source = _parameters_cell(ROOT / f"notebooks/{notebook}.ipynb")
    exec(source, namespace)
    comments = dict(line.split(" = ", 1) for line in source.splitlines())
    assert comments.keys() == NOTEBOOK_CONFIGS[notebook].model_fields.keys()
    for name, field in NOTEBOOK_CONFIGS[notebook].model_fields.items():
        assert namespace[name] == field.default, name
        assert type(namespace[name]) is type(field.default), name
        assert comments[name].endswith(f"  # {field.description}"), name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_parameter_line_is_one_literal_with_a_comment(path):
    for line in _parameters_cell(path).splitlines():
        assert line.count(" = ") == 1, line
        assert line.count("=") == 1, line
        assert "  # " in line, line


def test_parameter_files_give_valid_settings():
    import yaml

    for path in sorted((ROOT / "notebooks/params").glob("*-*.yaml")):
        config = NOTEBOOK_CONFIGS[path.stem.partition("-")[0]]
        settings = config(**yaml.safe_load(path.read_text(encoding="utf-8")))
        assert settings.system != config().system, path
