"""Parameters: what papermill injected reaches the settings, or the notebook stops."""

import nbformat
import papermill
import pytest
from IPython.core.interactiveshell import InteractiveShell
from papermill.exceptions import PapermillExecutionError
from papermill.translators import PythonTranslator
from pydantic import ConfigDict

from hw.config import ClassifierConfig, ScoreboardConfig
from hw.parameters import ParameterError, Settings

READS = "import hw\nconfig = hw.ClassifierConfig.from_notebook()\nprint('epochs', config.epochs)"
OWN = "epochs = 50  # passes over the training images"
OVERWRITTEN = "epochs must keep its injected value 1, got {}: a later cell sets it"

# Cells of a notebook, each with its tags.
TAG_LOST = [(OWN, []), (READS, [])]
TAG_MISCASED = [(OWN, ["Parameters"]), (READS, [])]
TWO_TAGGED = [("epochs = 3", ["parameters"]), ("epochs = 7", ["parameters"]), (READS, [])]
CELL_BETWEEN = [(OWN, ["parameters"]), ("%matplotlib inline\nimport os", []), (READS, [])]
TAG_LOST_AND_CELL_BETWEEN = [(OWN, []), ("import os", []), (READS, [])]
SAME_CELL = [("import os", []), (f"{OWN}\n{READS}", [])]
COMMON = [(OWN, ["parameters"]), (READS, [])]


def _run(cells, folder, **parameters):
    """Execute a notebook of these cells with papermill; what it printed."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in cells
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    nbformat.write(notebook, folder / "in.ipynb")
    executed = papermill.execute_notebook(
        folder / "in.ipynb", folder / "out.ipynb", parameters, progress_bar=False, cwd=folder
    )
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.parametrize(
    ("cells", "got"),
    [(TAG_LOST, 50), (TAG_MISCASED, 50), (TWO_TAGGED, 7), (TAG_LOST_AND_CELL_BETWEEN, 50)],
    ids=["tag lost", "tag miscased", "two tagged", "tag lost and a cell between"],
)
def test_papermill_fails_when_a_later_cell_overwrites_a_parameter(cells, got, tmp_path):
    with pytest.raises(PapermillExecutionError) as error:
        _run(cells, tmp_path, epochs=1)
    assert OVERWRITTEN.format(got) in str(error.value)


@pytest.mark.parametrize(
    "cells",
    [TAG_LOST, TWO_TAGGED, CELL_BETWEEN, SAME_CELL],
    ids=["tag lost", "two tagged", "cell between", "the same cell"],
)
def test_papermill_fails_for_an_unknown_parameter_whatever_stands_between(cells, tmp_path):
    with pytest.raises(PapermillExecutionError, match="unknown parameter epohcs: did you mean"):
        _run(cells, tmp_path, epohcs=1)


def test_papermill_succeeds_with_a_cell_between_and_a_parameter_that_arrives(tmp_path):
    assert "epochs 1\n" in _run(CELL_BETWEEN, tmp_path, epochs=1)


@pytest.fixture
def history(monkeypatch):
    """Runs cells in a notebook; the last one is running when the settings are read."""
    shell = InteractiveShell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)

    def run(*cells):
        for cell in cells:
            shell.run_cell(cell, store_history=True).raise_error()
        shell.user_ns["In"].append("the cell that reads the settings")

    run.entries = shell.user_ns["In"]
    return run


def _refusal(config=ClassifierConfig):
    with pytest.raises(ParameterError) as error:
        config.from_notebook()
    return str(error.value)


def test_parameters_cell_and_injected_cell_are_read_in_order(history):
    history("epochs = 50  # passes\nlearning_rate = 0.001", "# Parameters\nepochs = 3")
    config = ClassifierConfig.from_notebook()
    assert (config.epochs, config.learning_rate) == (3, 0.001)


def test_annotated_parameters_are_read_and_misspelt_ones_refused(history):
    history("epochs: int = 4  # passes")
    assert ClassifierConfig.from_notebook().epochs == 4
    history("epohcs: int = 4  # passes")
    assert "unknown parameter epohcs" in _refusal()


def test_injected_nan_is_refused_by_its_rule_and_not_called_overwritten(history):
    history("dropout = 0.2", "# Parameters\ndropout = float('nan')")
    assert _refusal() == "dropout must be a finite number, got nan"


def test_a_corrected_parameter_is_accepted_without_a_new_kernel(history):
    history("epoch = 50")
    assert "unknown parameter epoch" in _refusal()
    history("epochs = 7")
    assert ClassifierConfig.from_notebook().epochs == 7


def test_a_corrected_injected_cell_is_accepted_without_a_new_kernel(history):
    history("epochs = 50", "# Parameters\nepohcs = 3")
    assert "unknown parameter epohcs" in _refusal()
    history("# Parameters\nepochs = 3")
    assert ClassifierConfig.from_notebook().epochs == 3


def test_all_cells_may_run_twice(history):
    for _ in range(2):
        history("epochs = 50  # passes", "# Parameters\nepochs = 3", "import os")
        assert ClassifierConfig.from_notebook().epochs == 3


def test_other_variables_of_a_running_notebook_do_no_harm(history):
    history("epochs = 4", "import math\nvalues = math.sqrt(2)")
    assert ClassifierConfig.from_notebook().epochs == 4


def test_a_heading_like_papermills_does_not_make_a_notebooks_own_cell_injected(history):
    history("# Parameters\nepochs = 1", "# Parameters\nepochs = 50  # passes")
    assert OVERWRITTEN.format(50) in _refusal()
    history("# Parameters\nepochs: int = 50", "# Parameters\nepochs = 1", "import os")
    assert ClassifierConfig.from_notebook().epochs == 1


def test_a_cell_that_failed_under_such_a_heading_is_no_injected_one(history):
    history("epochs = 4", "# Parameters\nimport math")
    for failed in ("1 / 0", "[][1]", "unknown_name", "(", "'"):
        history.entries.append(f"# Parameters\nepochs = {failed}")
    history("import os")
    assert ClassifierConfig.from_notebook().epochs == 4


def test_each_parameter_that_does_not_arrive_has_its_line(history):
    history("# Parameters\nepochs = 1\nnonsense = 2\ndropout = 3", "epochs = 50", "import os")
    lines = _refusal().splitlines()
    assert len(lines) == 3
    assert sorted(line.split()[0] for line in lines) == ["dropout", "epochs", "unknown"]


def test_a_parameter_of_another_type_is_overwritten_even_if_it_is_equal(history):
    history("# Parameters\nepochs = 1", "epochs = True", "import os")
    assert OVERWRITTEN.format(True) in _refusal()


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        1e-300,
        float("inf"),
        'a "quoted" # line\n\\',
        [1, [float("nan")]],
        {"a": "b"},
    ],
)
def test_every_kind_of_value_that_papermill_injects_is_recognised(value, history):
    history(PythonTranslator.codify({"nonsense": value}), "import os")
    assert "unknown parameter nonsense" in _refusal()
    history(PythonTranslator.codify({"author": value}), "author = 'overwritten'", "import os")
    assert f"author must keep its injected value {value!r}, got 'overwritten'" in _refusal()


def test_paths_that_papermill_injects_on_request_are_not_parameters(history):
    history('# Parameters\nPAPERMILL_INPUT_PATH = "in.ipynb"\nepochs = 1')
    assert ClassifierConfig.from_notebook().epochs == 1


class OwnConfig(ClassifierConfig):
    """Settings of a notebook of one's own."""

    temperature: float = 1.0


class ForgivingConfig(OwnConfig):
    model_config = ConfigDict(extra="ignore")


@pytest.mark.parametrize("config", [OwnConfig, ForgivingConfig])
def test_settings_of_ones_own_are_checked_alike(config, history):
    history("temperature = 1.0", "# Parameters\ntemperature = 2.0", "import os")
    assert config.from_notebook().temperature == 2.0
    history("# Parameters\ntemperatur = 2.0", "import os")
    assert _refusal(config) == "unknown parameter temperatur: did you mean temperature?"
    history("# Parameters\ntemperature = 2.0", "temperature = 3.0", "import os")
    assert _refusal(config).startswith("temperature must keep its injected value 2.0, got 3.0")


def test_a_notebook_that_does_not_train_has_strict_parameters_too(history):
    history("# Parameters\nreport = 'x'", "reports = 'reports'", "import os")
    assert _refusal(ScoreboardConfig) == "unknown parameter report: did you mean reports?"


def test_outside_a_notebook_there_is_nothing_to_read(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    with pytest.raises(RuntimeError, match="must be called in a notebook"):
        Settings.from_notebook()
