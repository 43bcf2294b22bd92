"""Which reports there are, and what each is made from."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

from hw.build import catalogue
from hw.build.catalogue import (
    BuildError,
    Settings,
    find_report,
    find_reports,
    longest_first,
    new_report,
    own_reports,
)

FULL = Settings(folder=Path("out"), params=("-p", "author", "Ada"))
QUICK = Settings(quick=True, folder=Path("out"))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a notebook, a variant of it, the scoreboard and the benchmarks."""
    for name in ("a", "scoreboard", "benchmarks", "template/report"):
        path = tmp_path / f"notebooks/{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("my_report, my-report")
    (tmp_path / "notebooks/params").mkdir()
    for name in ("quick", "a-deep", "b-deep"):
        (tmp_path / f"notebooks/params/{name}.yaml").touch()
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/results.json").touch()
    monkeypatch.setattr(catalogue, "SUITE", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def elsewhere(project, tmp_path_factory, monkeypatch):
    """An empty folder, for which the project is the package's."""
    folder = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(folder)
    return folder


def test_a_report_is_a_notebook_or_a_notebook_with_a_parameter_file(project):
    assert list(find_reports()) == ["a", "a-deep", "benchmarks", "scoreboard"]
    assert find_report("a-deep").notebook == Path("notebooks/a.ipynb")
    assert find_report("a-deep").parameters == Path("notebooks/params/a-deep.yaml")


def test_a_misspelt_report_is_refused_with_the_one_that_was_meant(project):
    with pytest.raises(BuildError, match=r"^unknown report scorebord: did you mean scoreboard\?$"):
        find_report("scorebord")
    with pytest.raises(BuildError, match=r"^unknown report zzz: known are a, a-deep, "):
        find_report("zzz")


def test_parameters_are_passed_in_the_order_variant_profile_command_line(project):
    deep = find_report("a-deep")
    variant = ["-f", "notebooks/params/a-deep.yaml"]
    assert deep.arguments(FULL) == [*variant, "-p", "author", "Ada"]
    assert deep.arguments(QUICK) == [*variant, "-f", "notebooks/params/quick.yaml"]
    assert find_report("a").arguments(FULL) == ["-p", "author", "Ada"]


def test_the_scoreboard_depends_on_the_reports_that_did_not_fail(project):
    (project / "out").mkdir()
    for name in ("a", "b.failed", ".a.0123", "scoreboard"):
        (project / f"out/{name}.ipynb").touch()
    scoreboard = find_report("scoreboard")
    assert scoreboard.sources(FULL) == [Path("out/a.ipynb")]
    assert scoreboard.arguments(FULL) == ["-p", "reports", "out"]


def test_a_shortened_report_depends_on_what_shortens_it(project):
    quick = Path("notebooks/params/quick.yaml")
    assert quick in find_report("a").sources(QUICK)
    assert quick not in find_report("a").sources(FULL)


def test_reports_do_not_go_into_the_folder_of_the_notebooks(project):
    with pytest.raises(BuildError, match=r"^reports cannot go into the folder of the notebooks"):
        Settings(folder=Path("out/../notebooks"))


def test_the_packages_reports_are_there_in_every_folder(elsewhere, project):
    assert list(find_reports()) == ["a", "a-deep", "scoreboard"]  # nothing was measured here
    assert find_report("a").notebook == project / "notebooks/a.ipynb"
    assert own_reports() == ["a", "a-deep", "scoreboard"]


def test_notebooks_and_parameter_files_of_the_current_folder_come_first(elsewhere, project):
    Path("notebooks/params").mkdir(parents=True)
    for name in ("b.ipynb", "params/a-mine.yaml", "params/quick.yaml"):
        Path("notebooks", name).touch()
    assert list(find_reports()) == ["a", "a-deep", "a-mine", "b", "b-deep", "scoreboard"]
    assert own_reports() == ["a-mine", "b", "b-deep", "scoreboard"]
    mine = find_report("a-mine")
    assert mine.notebook == project / "notebooks/a.ipynb"
    assert mine.sources(QUICK) == [
        Path("notebooks/params/a-mine.yaml"),
        Path("notebooks/params/quick.yaml"),
    ]


def test_a_notebook_anywhere_is_a_report_by_its_path(elsewhere, tmp_path):
    path = tmp_path / "Übung 1.ipynb"
    path.touch()
    assert find_report(str(path)).notebook == path
    assert find_report(str(path)).name == "Übung 1"
    with pytest.raises(BuildError, match=r"^no notebook at none\.ipynb$"):
        find_report("none.ipynb")


def test_a_new_report_is_the_template_under_its_own_name(project):
    path = new_report("first_try")
    assert path.read_text(encoding="utf-8") == "first_try, first-try"
    assert "first_try" in find_reports()


def test_a_new_report_in_an_empty_folder_leaves_the_package_alone(elsewhere, project):
    before = sorted(project.rglob("*"))
    assert new_report("mine") == Path("notebooks/mine.ipynb")
    assert Path("notebooks/mine.ipynb").is_file()
    assert sorted(project.rglob("*")) == before


def test_a_copied_report_has_a_name_of_its_own_and_no_outputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copied = nbformat.read(new_report("my_net", "classifier"), as_version=4)
    nbformat.validate(copied)
    original = nbformat.read(ROOT / "notebooks/classifier.ipynb", as_version=4)
    changed = [
        (old.source, new.source)
        for old, new in zip(original.cells, copied.cells, strict=True)
        if old.source != new.source
    ]
    ((old, new),) = changed
    assert new == old.replace('system: str = "ffnn-dropout"', 'system: str = "my-net"')


def test_a_variant_is_not_copied_but_the_way_to_make_one_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    advice = r"copy .*classifier-improved\.yaml to notebooks.params.classifier-my-net\.yaml"
    with pytest.raises(BuildError, match=advice):
        new_report("my_net", "classifier-improved")


@pytest.mark.parametrize("name", ["", "My_Report", "a-b", "1a", "a b", "../a", "ä"])
def test_a_name_that_make_cannot_take_is_refused(name, project):
    with pytest.raises(BuildError, match=r"^NAME must be lower-case letters, digits and _, got"):
        new_report(name)


@pytest.mark.parametrize("name", ["a", "scoreboard", "report", "index"])
def test_a_name_that_is_taken_is_refused(name, project):
    with pytest.raises(BuildError, match=f"^NAME must be new, got {name}$"):
        new_report(name)


def test_every_target_of_the_makefile_is_taken():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z]+):", text, re.MULTILINE)) < set(catalogue.TAKEN)


def test_reports_start_in_the_order_of_the_gallerys_times_and_new_ones_last(project):
    gallery = {
        name: {"epochs": 10, "seconds_per_epoch": seconds, "parameters": {"seeds": seeds}}
        for name, seconds, seeds in (("a", 2.0, [0]), ("a-deep", 1.5, [0, 1]))
    }
    reports = [find_report(name) for name in ("benchmarks", "a", "a-deep")]
    assert longest_first(reports) == reports
    (project / "reports/gallery").mkdir(parents=True)
    (project / "reports/gallery/results.json").write_text(json.dumps(gallery))
    assert [report.name for report in longest_first(reports)] == ["a-deep", "a", "benchmarks"]


def test_a_report_whose_time_is_not_known_starts_first(project):
    stored = {"epochs": 10, "seconds_per_epoch": None, "parameters": {"seeds": [0]}}
    (project / "reports/gallery").mkdir(parents=True)
    (project / "reports/gallery/results.json").write_text(json.dumps({"a-deep": stored}))
    reports = [find_report(name) for name in ("benchmarks", "a", "a-deep")]
    assert [report.name for report in longest_first(reports)] == ["a-deep", "benchmarks", "a"]


def test_the_reports_of_this_project_are_put_in_order(monkeypatch):
    monkeypatch.chdir(ROOT)
    reports = find_reports()
    assert sorted(report.name for report in longest_first(reports.values())) == sorted(reports)


@pytest.mark.parametrize("quick", [False, True])
def test_as_many_reports_as_cores_are_built_at_a_time(quick, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert Settings(quick).jobs == 16
    assert Settings(quick, jobs=3).jobs == 3
