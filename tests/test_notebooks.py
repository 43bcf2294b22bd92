"""The notebooks: stored without outputs, readable, and executed as a user would."""

import ast
import json
import re
import subprocess
import sys
from importlib.resources import files

import jsonschema
import jupytext
import nbformat
import numpy as np
import pytest
from conftest import NOTEBOOKS, ROOT, blocks_of, execute, outputs_of

from hw.export.exporters import HomeworkHTMLExporter
from hw.report import read_results

SCHEMA = json.loads((ROOT / "hw/report/results.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_code_cells_are_short_enough_to_read_as_prose(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            ast.parse(cell.source)
            assert len(cell.source.splitlines()) <= 15, cell.source


def test_the_executed_classifier_has_numbered_figures_and_tables(quick_classifier):
    for kind, labels in (
        ("figure", ["samples", "curves", "confusion", "mistakes", "calibration"]),
        ("table", ["layers", "classes", "pairs", "temperature", "settings"]),
    ):
        blocks = blocks_of(quick_classifier, kind)
        assert [block["label"] for block in blocks] == labels
        assert [block["number"] for block in blocks] == list(range(1, len(labels) + 1))


def test_the_executed_classifier_records_its_results(quick_classifier):
    (results,) = read_results(quick_classifier.parent).values()
    assert (results["dataset"], results["stand_in"], results["comparison"]) == (
        "synthetic",
        True,
        [],
    )
    assert len(results["scores"]["test_accuracy"]) == 2
    assert 0.4 < results["scores"]["test_accuracy"][0] <= 1
    low, high = results["test_accuracy_interval"]
    assert low <= results["scores"]["test_accuracy"][0] <= high
    assert results["parameters"]["epochs"] == 3
    assert set(results["provenance"]) >= {
        "code",
        "versions",
        "device",
        "data",
        "seeds",
        "wall time",
    }


def test_the_executed_autoencoder_shows_and_records_what_it_is_asked_for(quick_autoencoder):
    labels = [block["label"] for block in blocks_of(quick_autoencoder, "figure")]
    assert labels == [
        "samples",
        "curves",
        "reconstructions",
        "classes",
        "extremes",
        "codes",
        "plane",
        "interpolations",
        "prior",
        "mixture",
        "copies",
    ]
    tables = [block["label"] for block in blocks_of(quick_autoencoder, "table")]
    assert tables == ["layers", "mse", "mixtures", "quality", "settings"]
    (results,) = read_results(quick_autoencoder.parent).values()
    assert results["scores"]["test_mse"][0] == pytest.approx(
        results["scores"]["test_mse"][1], rel=0.5
    )
    assert 0.1 < results["knn_accuracy"] <= 1
    sources = {"real test images", "codes from N(0, I)", "codes from the mixture"}
    assert set(results["generation"]) == sources
    assert all(
        np.isfinite(list(scores.values())).all() for scores in results["generation"].values()
    )
    assert str(quick_autoencoder.parent) not in "".join(map(str, outputs_of(quick_autoencoder)))


def _number(printed):
    """The number that a table prints, such as 53 % or 2 × 10⁻⁷."""
    if printed.endswith("%"):
        return float(printed.removesuffix("%")) / 100
    return float(
        printed.replace(" × 10", "e").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    )


def test_the_executed_optdigits_notebook_shows_the_faults_and_records_the_errors(quick_latent):
    labels = [block["label"] for block in blocks_of(quick_latent, "figure")]
    assert labels == [
        "errors",
        "curves",
        "maps",
        "digits",
        "reconstructions",
        "manifold",
    ]
    (gradients,) = [
        block for block in blocks_of(quick_latent, "table") if block["label"] == "gradients"
    ]
    deviations = np.array([[_number(cell) for cell in row[2:]] for row in gradients["rows"]])
    assert (deviations[:, 0] > 0.1).all()
    assert (deviations[:, 1] < 1e-3).all()
    assert "After one step as listed it is **NaN**" in quick_latent.read_text(encoding="utf-8")
    (results,) = read_results(quick_latent.parent).values()
    assert results["scores"]["error"][0] < results["error_before_training"] / 2
    assert results["pca_error"] > 0
    assert 0.3 < results["scores"]["deep_knn_accuracy"][0] <= 1
    assert results["stand_in"]


CITED = re.compile(r"\[@([\w-]+)")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_whatever_a_notebook_cites_is_in_the_bibliography(path):
    bibtex = files("hw.published").joinpath("references.bib").read_text(encoding="utf-8")
    for key in CITED.findall(path.read_text(encoding="utf-8")):
        assert f"{{{key}," in bibtex


def test_the_reports_end_in_the_list_of_what_they_cite(quick_autoencoder):
    html = HomeworkHTMLExporter().from_filename(str(quick_autoencoder))[0]
    _, _, references = html.partition('class="references"')
    for name in ("Kingma", "Heusel", "Naeem"):
        assert name in references
    assert "[@" not in re.sub(r"(?s)<details.*?</details>|<style>.*?</style>", "", html)


@pytest.mark.parametrize("executed", ["quick_classifier", "quick_autoencoder"])
def test_every_reference_to_a_figure_or_table_leads_to_one(executed, request):
    html = HomeworkHTMLExporter().from_filename(str(request.getfixturevalue(executed)))[0]
    visible = re.sub(r"(?s)<details.*?</details>|<style>.*?</style>|<pre.*?</pre>", "", html)
    assert not re.findall(r"@(?:fig|tab)-[\w-]+", visible)
    for target in re.findall(r'href="#((?:fig|tab)-[\w-]+)"', visible):
        assert f'id="{target}"' in visible


def test_the_title_of_a_variant_replaces_that_of_the_notebook(quick_autoencoder):
    html = HomeworkHTMLExporter().from_filename(str(quick_autoencoder))[0]
    assert "A variational autoencoder</h1>" in html
    assert "Compressing images with an autoencoder" not in html


def test_a_stand_in_is_announced_at_the_top(quick_classifier):
    banner, shortened = blocks_of(quick_classifier, "banner")
    assert "synthetic" in banner["text"]
    assert "3 of 50 epochs and 2,000 training images" in shortened["text"]


def test_executed_notebooks_say_nothing_of_this_machine(quick_classifier):
    source = quick_classifier.read_text(encoding="utf-8")
    outputs = "".join(str(output) for output in outputs_of(quick_classifier))
    assert str(ROOT) not in outputs
    assert str(quick_classifier.parent) not in outputs
    assert "seed 0" in source


def test_the_same_parameters_give_the_same_scores(quick_classifier, tmp_path):
    again = execute("classifier", tmp_path, "quick.yaml", dataset="synthetic", seeds=[0, 1])
    (first,), (second,) = (read_results(path.parent).values() for path in (quick_classifier, again))
    assert first["scores"] == second["scores"]
    assert first["calibration"] == second["calibration"]


def _papermill(*words, cwd):
    command = [sys.executable, "-m", "papermill", str(ROOT / "notebooks/classifier.ipynb"), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


def test_a_misspelt_parameter_fails_before_any_work_and_says_what_was_meant(tmp_path):
    done = _papermill("out.ipynb", "-p", "epohcs", "3", cwd=tmp_path)
    assert done.returncode != 0
    assert "unknown parameter epohcs: did you mean epochs?" in done.stderr
    assert "site-packages" not in done.stderr.partition("Exception encountered")[2]
    assert (tmp_path / "out.ipynb").exists()


def test_help_shows_every_parameter_with_its_meaning(tmp_path):
    text = _papermill("--help-notebook", cwd=tmp_path).stdout
    assert re.search(r"epochs: .*\n?.*passes over the training images", text)
    assert re.search(r"learning_rate: .*\n?.*Adam's step size", text)


def test_the_scoreboard_runs_on_any_folder_of_reports(quick_classifier, tmp_path):
    executed = execute("scoreboard", tmp_path, reports=str(quick_classifier.parent))
    (board,) = [block for block in blocks_of(executed, "table") if block["label"] == "published"]
    verdicts = {row[0]: row[-2] for row in board["rows"]}
    assert verdicts["MLP with dropout"] == "not comparable: synthetic data"
    assert verdicts["MLP from scratch"] == "no report"


def test_the_scoreboard_runs_without_any_report(tmp_path):
    assert blocks_of(execute("scoreboard", tmp_path, reports=str(tmp_path / "none")), "table")


@pytest.mark.parametrize("executed", ["quick_classifier", "quick_autoencoder", "quick_latent"])
def test_recorded_results_follow_their_schema(executed, request):
    (results,) = read_results(request.getfixturevalue(executed).parent).values()
    jsonschema.validate(results, SCHEMA)


def test_the_results_of_the_gallery_follow_their_schema():
    results = json.loads((ROOT / "reports/gallery/results.json").read_text(encoding="utf-8"))
    assert results
    for recorded in results.values():
        jsonschema.validate(recorded, SCHEMA)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_pair_with_scripts_by_jupytext(path):
    notebook = nbformat.read(path, as_version=4)
    again = jupytext.reads(jupytext.writes(notebook, "py:percent"), "py:percent")
    assert [(cell.cell_type, cell.source) for cell in again.cells] == [
        (cell.cell_type, cell.source) for cell in notebook.cells
    ]


def test_a_notebook_runs_under_nbmake(tmp_path):
    notebook = nbformat.read(ROOT / "notebooks/classifier.ipynb", as_version=4)
    place = next(
        n for n, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])
    )
    notebook.cells[place].source += "\ndataset = 'synthetic'\ntrain_size = 300\nepochs = 1"
    nbformat.write(notebook, tmp_path / "classifier.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbmake", "classifier.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert "1 passed" in done.stdout, done.stdout
