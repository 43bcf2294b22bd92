"""`make lab`: what Jupyter saves of tracked notebooks, and of others."""

import shutil
import subprocess

import nbformat
import pytest
from conftest import ROOT
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from traitlets.config import PyFileConfigLoader

pytestmark = pytest.mark.filterwarnings("ignore:Overriding existing pre_save_hook")


@pytest.fixture
def saves(tmp_path):
    """A checkout with a tracked notebook and a copy that is not; a function that saves as run."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for name in ("tracked", "own"):
        shutil.copy(ROOT / "notebooks/classifier.ipynb", tmp_path / f"{name}.ipynb")
    subprocess.run(["git", "-C", tmp_path, "add", "tracked.ipynb"], check=True)
    config = PyFileConfigLoader("jupyter_config.py", str(ROOT / "tools")).load_config()
    contents = LargeFileManager(config=config, root_dir=str(tmp_path))

    def save(name):
        model = contents.get(f"{name}.ipynb")
        notebook = model["content"]
        for count, cell in enumerate(notebook.cells):
            cell.metadata |= {"execution": {"iopub.execute_input": "now"}, "trusted": True}
            if cell.cell_type == "code":
                cell.outputs = [nbformat.v4.new_output("stream", text="output")]
                cell.execution_count = count
        notebook.metadata.language_info = {"name": "python", "version": "3.14"}
        contents.save({"type": "notebook", "format": "json", "content": notebook}, f"{name}.ipynb")
        return (tmp_path / f"{name}.ipynb").read_bytes()

    return save


def test_running_and_saving_a_tracked_notebook_changes_no_byte_of_it(saves):
    assert saves("tracked") == (ROOT / "notebooks/classifier.ipynb").read_bytes()


def test_other_notebooks_keep_their_outputs(saves):
    assert b"output_type" in saves("own")
