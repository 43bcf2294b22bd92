"""The engine that runs reports: nobody on this machine can read along, and no kernel warns."""

from importlib.metadata import entry_points

import nbformat
import papermill
import pytest
from papermill.engines import papermill_engines

from hw.build.engine import EncryptedEngine

SOURCE = "import ipykernel; print(open(ipykernel.get_connection_file()).read())"


@pytest.fixture
def notebook(tmp_path):
    """A notebook that prints how its kernel is reached."""
    kernel = {"name": "python3", "display_name": "Python", "language": "python"}
    cells = [nbformat.v4.new_code_cell(SOURCE)]
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def test_a_report_is_run_over_encrypted_sockets_and_its_kernel_does_not_warn(notebook, capfd):
    papermill_engines.register("encrypted", EncryptedEngine)
    executed = papermill.execute_notebook(
        notebook, notebook, engine_name="encrypted", progress_bar=False
    )
    (output,) = executed.cells[0].outputs
    assert '"curve_secretkey"' in output.text
    assert "eavesdropping" not in capfd.readouterr().err


def test_papermill_finds_the_engine_by_its_name():
    engines = entry_points(group="papermill.engine")
    assert engines["homework"].load() is EncryptedEngine
