"""Building reports: what is run, what is rendered, what is kept."""

import json
from pathlib import Path

import nbformat
import pytest

from hw import build
from hw.build import catalogue
from hw.build.catalogue import BuildError, Settings

SETTINGS = Settings()
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of three notebooks; what was run and rendered in it, by quick fakes."""
    for name in ("a", "b", "scoreboard"):
        path = tmp_path / f"notebooks/{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(NOTEBOOK))
    done = []

    def papermill(notebook, executed, arguments, jobs):
        done.append(f"run {notebook.stem}")
        executed.write_bytes(notebook.read_bytes())
        return int("fail" in notebook.read_text())

    def export(ending, content, source):
        done.append(f"{source.stem}.{ending}")
        return f"{ending} of {len(content)} bytes".encode()

    monkeypatch.setattr(catalogue, "SUITE", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "_papermill", papermill)
    monkeypatch.setattr(build, "_export", export)
    return done


def test_everything_is_built_once_with_the_scoreboard_last(project):
    index = build.build_everything(SETTINGS)
    assert sorted(project[:6]) == ["a.html", "a.pdf", "b.html", "b.pdf", "run a", "run b"]
    assert project[6:] == ["run scoreboard", "scoreboard.html", "scoreboard.pdf"]
    assert index.read_bytes() == Path("reports/scoreboard.html").read_bytes()
    project.clear()
    build.build_everything(SETTINGS)
    assert project == []


def test_what_has_changed_is_built_again_and_the_scoreboard_with_it(project):
    build.build_everything(SETTINGS)
    project.clear()
    Path("notebooks/b.ipynb").write_text(json.dumps(NOTEBOOK | {"metadata": {"title": "new"}}))
    build.build_everything(SETTINGS)
    assert project == ["run b", "b.html", "b.pdf", "run scoreboard"]  # which shows no change


def test_opening_running_or_saving_a_notebook_does_not_make_its_report_stale(project):
    cell = nbformat.v4.new_code_cell("1 + 1", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"title": "Sums"})
    path = Path("notebooks/a.ipynb")
    nbformat.write(notebook, path)
    build.build(["a"], SETTINGS)
    project.clear()
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"})]
    cell.execution_count = 7
    cell.id = "another"
    cell.metadata |= {"scrolled": True, "execution": {"iopub.status.busy": "now"}}
    notebook.metadata |= {"language_info": {"name": "python", "version": "3.14"}, "widgets": {}}
    nbformat.write(notebook, path)
    build.build(["a"], SETTINGS)
    assert project == []


@pytest.mark.parametrize(
    "change",
    [
        lambda notebook: notebook.cells[0].update(source="1 + 2"),
        lambda notebook: notebook.cells[0].update(cell_type="raw"),
        lambda notebook: notebook.cells[0].metadata.update(tags=["hide-input"]),
        lambda notebook: notebook.metadata.update(title="Sums"),
        lambda notebook: notebook.metadata.update(kernelspec={"name": "julia"}),
        lambda notebook: notebook.cells.append(nbformat.v4.new_markdown_cell("More.")),
    ],
)
def test_what_its_author_changes_in_a_notebook_makes_the_report_again(change, project):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    path = Path("notebooks/a.ipynb")
    path.write_text(json.dumps(notebook))
    build.build(["a"], SETTINGS)
    project.clear()
    change(notebook)
    path.write_text(json.dumps(notebook))
    build.build(["a"], SETTINGS)
    assert project[0] == "run a"


@pytest.mark.parametrize(
    "changed",
    [
        Settings(quick=True),
        Settings(params=("-p", "x", "1")),
    ],
)
def test_other_settings_make_another_report(changed, project):
    Path("notebooks/params").mkdir()
    Path("notebooks/params/quick.yaml").touch()
    build.build(["a"], SETTINGS)
    project.clear()
    build.build(["a"], changed)
    assert project[0] == "run a"


def test_a_changed_module_runs_the_notebook_again_and_a_changed_exporter_only_renders(
    project, monkeypatch, tmp_path
):
    package = tmp_path / "hw"
    (package / "export").mkdir(parents=True)
    monkeypatch.setattr(build, "PACKAGE", package)
    build.build(["a"], SETTINGS)
    project.clear()
    (package / "export/page.css").write_text("body {}")
    build.build(["a"], SETTINGS)
    assert project == ["a.html", "a.pdf"]
    project.clear()
    (package / "metrics.py").write_text("x = 1")
    build.build(["a"], SETTINGS)
    assert project == ["run a"]  # which shows the same as before


@pytest.mark.parametrize("ending", ["html", "pdf", "ipynb"])
def test_a_product_that_was_deleted_or_cut_short_is_made_again(ending, project):
    build.build(["a"], SETTINGS)
    product = Path(f"reports/a.{ending}")
    whole = product.read_bytes()
    for spoil in (product.unlink, lambda: product.write_bytes(whole[:-1])):
        spoil()
        build.build(["a"], SETTINGS)
        assert product.read_bytes() == whole


def test_a_failed_report_is_kept_aside_and_the_others_are_built(project, capsys):
    whole = Path("notebooks/a.ipynb").read_text()
    Path("notebooks/a.ipynb").write_text(whole + "fail")
    with pytest.raises(BuildError, match=r"^not built: a$"):
        build.build_everything(SETTINGS)
    assert Path("reports/a.failed.ipynb").read_text() == whole + "fail"
    assert not Path("reports/a.ipynb").exists()
    assert Path("reports/b.pdf").exists()
    assert "run scoreboard" not in project
    message = "report a failed: the traceback is above and in reports/a.failed.ipynb\n"
    assert capsys.readouterr().err == message
    Path("notebooks/a.ipynb").write_text(whole)
    build.build_everything(SETTINGS)
    assert not Path("reports/a.failed.ipynb").exists()


def test_a_report_that_cannot_be_rendered_is_named(project, monkeypatch, capsys):
    def export(ending, content, source):
        raise ValueError("a broken exporter")

    monkeypatch.setattr(build, "_export", export)
    with pytest.raises(BuildError, match=r"^not built: a$"):
        build.build(["a"], SETTINGS)
    assert "reports/a.html could not be rendered: ValueError('a broken" in capsys.readouterr().err
    assert Path("reports/a.ipynb").exists()


def test_nothing_is_left_but_products_and_their_stamps(project):
    build.build(["a"], SETTINGS)
    products = {"a.ipynb", "a.html", "a.pdf"}
    stamps = {f".{name}.made" for name in products}
    assert {path.name for path in Path("reports").iterdir()} == products | stamps
