"""The report on benchmarks: what was measured, as tables, figures and words."""

import json

import pandas as pd
import pytest
from conftest import ROOT, execute

from hw import plots
from hw.report import benchmarks, read_blocks

RESULTS = ROOT / "benchmarks/results.json"


def _row(benchmark, way, median, ratio=None, unit="s"):
    return {
        "benchmark": benchmark,
        "way": way,
        "median": median,
        "min": None if median is None else 0.9 * median,
        "max": None if median is None else 1.2 * median,
        "unit": unit,
        "ratio": ratio,
    }


ROWS = pd.DataFrame([
    _row("training", "hw.fit", 2.0), _row("training", "a loop", 6.0, 0.25),
    _row("training", "absent", None, unit="not installed"), _row("other", "x", 7.0),
    *(_row("scaling: members", str(n), 3.0 * n) for n in (1, 2, 4)),
    *(_row("scaling: workers", str(n), 3.0 / n) for n in (1, 2)),
    _row("scaling", "members", 1.0), _row("scaling", "workers", -0.5),
]).astype({"median": float, "ratio": float})  # fmt: skip


def test_a_table_says_how_many_times_ours_every_other_way_takes():
    table = benchmarks.benchmark_table(ROWS, "training").set_index("way")
    assert table["times ours"].tolist()[1] == 4
    assert table["times ours"].isna().tolist() == [True, False, True]
    assert "times ours" not in benchmarks.benchmark_table(ROWS, "other")


def test_words_name_every_way_and_what_could_not_be_measured():
    words = benchmarks.describe_benchmark(ROWS, "training")
    assert words == "`hw.fit`: 2 s; a loop: 4.0 times as long; absent: not installed."


def test_growth_is_told_by_its_exponent():
    curves, words = benchmarks.scaling_curves(ROWS)
    assert curves["members"]["size"].tolist() == [1, 2, 4]
    assert "2.00 times as long, in proportion (exponent 1.00" in words["members"]
    assert "0.71 times as long, a gain, though less than in inverse proportion" in words["workers"]


def test_bars_have_the_medians_lengths_and_ours_another_colour():
    (ax,) = plots.cost_bars(ROWS[ROWS["benchmark"] == "training"]).axes
    ours, theirs = ax.patches
    assert (ours.get_width(), theirs.get_width()) == (2, 6)
    assert ours.get_facecolor() != theirs.get_facecolor()
    assert ax.get_xlabel() == "s"


def test_a_panel_for_each_thing_that_grows():
    axes = plots.growth_curves(benchmarks.scaling_curves(ROWS)[0]).axes
    assert [ax.get_xlabel() for ax in axes] == ["members", "workers"]
    assert all(ax.get_xscale() == ax.get_yscale() == "log" for ax in axes)


@pytest.mark.parametrize("content", [None, "{", "[1]", '{"rows": []}'])
def test_another_file_is_refused(content, tmp_path):
    path = tmp_path / "results.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(
        ValueError,
        match=r"measured must be the results\.json that `make bench` writes, got .*results",
    ):
        benchmarks.read_benchmarks(path)


def test_the_notebook_shows_the_committed_results(tmp_path):
    executed = execute("benchmarks", tmp_path, measured=str(RESULTS))
    tables = {block["label"]: block["rows"] for block in read_blocks(executed, "table")}
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))
    shown = [row[0] for rows in tables.values() for row in rows]
    left_out = ("scaling", *(["GPU"] if "gpu" not in tables else []))
    ways = [row["way"] for row in measured["rows"] if not row["benchmark"].startswith(left_out)]
    assert sorted(shown) == sorted(ways)
    on_gpu = [row["median"] for row in measured["rows"] if row["benchmark"] == "GPU"]
    assert ("gpu" in tables) == any(median is not None for median in on_gpu)
    (block,) = read_blocks(executed, "provenance")
    assert [name for name, _ in block["rows"]] == list(measured["provenance"])
    figures = [block["label"] for block in read_blocks(executed, "figure")]
    assert figures == ["training", "sweep", "rendering", "scaling"]
