"""Which reports there are, and what each is made from."""

import json
import re
from pathlib import Path

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
)

FULL = Settings("full", Path("out"), ("-p", "author", "Ada"), 1)
QUICK = Settings("quick", Path("out"), (), 1)


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
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert scoreboard.sources(FULL) == [Path("notebooks/scoreboard.ipynb"), Path("out/a.ipynb")]
    assert scoreboard.arguments(FULL) == ["-p", "reports", "out"]


def test_a_shortened_report_depends_on_what_shortens_it(project):
    quick = Path("notebooks/params/quick.yaml")
    assert quick in find_report("a").sources(QUICK)
    assert quick not in find_report("a").sources(FULL)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"profile": "fast"}, "PROFILE must be full or quick, got fast"),
        ({"jobs": "0"}, "JOBS must be a whole number of at least 1, got 0"),
        ({"jobs": "two"}, "JOBS must be a whole number of at least 1, got two"),
        ({"folder": "notebooks/"}, "REPORTS must not be the folder of the notebooks"),
        ({"params": "-p 'x"}, "PARAMS cannot be split into words"),
    ],
)
def test_settings_are_refused_by_the_name_of_their_variable(given, complaint, project):
    default = {"profile": "full", "folder": "reports", "params": "", "jobs": ""}
    with pytest.raises(BuildError, match=f"^{complaint}"):
        Settings.read(**default | given)


def test_parameters_are_split_as_a_shell_does(project):
    settings = Settings.read("full", "reports", "-p author 'Ada L' -y \"seeds: [0]\"", "3")
    assert settings.params == ("-p", "author", "Ada L", "-y", "seeds: [0]")
    assert settings.jobs == 3


def test_a_new_report_is_the_template_under_its_own_name(project):
    path = new_report("first_try")
    assert path.read_text(encoding="utf-8") == "first_try, first-try"
    assert "first_try" in find_reports()


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


@pytest.mark.parametrize("profile", ["full", "quick"])
def test_as_many_reports_as_cores_are_built_at_a_time(profile, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert Settings.read(profile, "reports", "", "").jobs == 16
    assert Settings.read(profile, "reports", "", "3").jobs == 3
