"""Figures, by what is drawn on them."""

import subprocess
import sys
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from hw import plots
from hw.data import GARMENTS, Split
from hw.plots.style import GARMENT_COLORS, ORANGE, WASH

NAMES = ("coat", "shirt", "shoe")


@pytest.fixture
def split():
    return Split(np.arange(30 * 4, dtype=np.uint8).reshape(30, 2, 2), np.arange(30) % 3)


def _sheet(ax):
    """The image on these axes, a number for each of their units."""
    pixels = ax.images[0].get_array()
    _, width, *_ = ax.images[0].get_extent()
    factor = pixels.shape[1] // width
    return pixels[::factor, ::factor]


def _grid_lines(ax):
    """Grid lines that are drawn."""
    lines = [*ax.get_xgridlines(), *ax.get_ygridlines()]
    return [line for line in lines if line.get_visible()]


def _cells(ax):
    """Text and colour of each cell, by its row and column."""
    return {
        (int(text.get_position()[1]), int(text.get_position()[0])): (
            text.get_text(),
            patch.get_facecolor(),
        )
        for text, patch in zip(ax.texts, ax.patches, strict=True)
    }


def test_importing_plots_changes_no_setting_of_matplotlib():
    code = "import matplotlib; before = repr(matplotlib.rcParams); import hw.plots; "
    code += "assert repr(matplotlib.rcParams) == before"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("setting", ["axes.grid", "axes.spines.top"])
def test_figures_look_the_same_whatever_the_settings_are_and_leave_them_alone(setting):
    top_spines = []
    grid_lines = []
    for value in (True, False):
        with mpl.rc_context({setting: value}):
            before = repr(mpl.rcParams)
            ax = plots.class_bars([1.0, 2.0, 6.0], NAMES, "error").axes[0]
            assert repr(mpl.rcParams) == before
        top_spines.append(ax.spines["top"].get_visible())
        grid_lines.append(bool(_grid_lines(ax)))
    assert top_spines == [False, False]
    assert grid_lines == [True, True]


def test_ticks_made_while_rendering_have_the_style_of_the_figure():
    fig = plots.class_bars([1.0, 2.0, 6.0], NAMES, "error")
    with mpl.rc_context({"ytick.color": "red", "grid.alpha": 1}):
        fig.draw_without_rendering()
    for tick in fig.axes[0].yaxis.get_major_ticks():
        assert tick.tick1line.get_color() != "red"
        assert tick.gridline.get_alpha() < 1


def test_a_figure_that_is_drawn_is_none_of_pyplot():
    import matplotlib.pyplot as plt

    plots.class_bars([1.0, 2.0, 6.0], NAMES, "error")
    assert plt.get_fignums() == []


def test_every_garment_has_a_colour():
    assert set(GARMENT_COLORS) == set(GARMENTS)
    assert len(set(GARMENT_COLORS.values())) == len(GARMENTS)


def test_image_grid_shows_every_image_under_its_title():
    images = np.random.default_rng(0).random((5, 4, 4))
    (ax,) = plots.image_grid(images, [f"n{i}" for i in range(5)], n_columns=3).axes
    sheet = _sheet(ax)
    assert [text.get_text() for text in ax.texts] == ["n0", "n1", "n2", "n3", "n4"]
    for image, text in zip(images, ax.texts, strict=True):
        middle, top = text.get_position()
        assert np.allclose(sheet[int(top) : int(top) + 4, int(middle) - 2 : int(middle) + 2], image)
    assert np.ma.count(sheet) == images.size


def test_class_samples_have_a_labelled_row_for_each_class(split):
    (ax,) = plots.class_samples(split, NAMES, per_class=4).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES)
    height, width = split.images.shape[1:]
    middle = int(ax.get_yticks()[1])
    second = _sheet(ax)[middle - height // 2 : middle - height // 2 + height, :width]
    assert np.allclose(second * 255, split.images[1])


def test_class_balance_has_a_bar_for_each_class_and_split(split):
    fig = plots.class_balance({"training": split, "test": split}, NAMES)
    assert [bar.get_height() for bar in fig.axes[0].patches] == [10] * 6
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["training", "test"]


def test_a_split_without_images_has_no_bars(split):
    empty = Split(split.images[:0], split.labels[:0])
    fig = plots.class_balance({"training": split, "validation": empty}, NAMES)
    assert [bar.get_height() for bar in fig.axes[0].patches] == [10] * 3


def test_without_validation_there_is_one_curve_for_each_seed():
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [2, 1], "train_accuracy": [0.1, 0.5]})
    fig = plots.learning_curves([history, history])
    assert [len(ax.lines) for ax in fig.axes] == [2, 2]


def test_learning_curves_show_training_and_validation_of_every_seed():
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "train_loss": [2, 1],
            "val_loss": [2, 1.5],
            "train_accuracy": [0.1, 0.5],
            "val_accuracy": [0.1, 0.4],
        }
    )
    fig = plots.learning_curves([history, history])
    assert [ax.get_ylabel() for ax in fig.axes] == ["loss", "accuracy"]
    for ax in fig.axes:
        assert len(ax.lines) == 4
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [
            "training",
            "validation",
        ]
    assert list(fig.axes[1].lines[2].get_ydata()) == [0.1, 0.4]


def test_confusion_matrix_counts_true_classes_in_rows_and_leaves_zeros_out():
    (ax,) = plots.confusion_matrix([0, 0, 0, 1, 2], [0, 1, 1, 1, 1], NAMES).axes
    texts = {cell: text for cell, (text, _) in _cells(ax).items() if text}
    assert texts == {(0, 0): "1", (0, 1): "2", (1, 1): "1", (2, 1): "1"}
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES)


def test_errors_of_a_confusion_matrix_are_orange_and_its_diagonal_grey():
    (ax,) = plots.confusion_matrix([0, 0, 0, 1, 2], [0, 1, 1, 1, 1], NAMES).axes
    colors = {cell: color for cell, (_, color) in _cells(ax).items()}
    assert {colors[k, k] for k in range(3)} == {to_rgba(WASH)}
    assert colors[0, 1][:3] == colors[2, 1][:3] == to_rgba(ORANGE)[:3]
    assert colors[0, 1][3] > colors[2, 1][3] > colors[0, 2][3] == 0


def test_a_confusion_matrix_without_errors_is_drawn_too():
    (ax,) = plots.confusion_matrix([0, 1, 2], [0, 1, 2], NAMES).axes
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["1", "1", "1"]


def test_reliability_diagram_draws_the_table():
    table = pd.DataFrame({"confidence": [0.5, 0.9], "accuracy": [0.4, 0.95], "count": [10, 90]})
    upper, lower = plots.reliability_diagram(table).axes
    assert list(upper.lines[1].get_ydata()) == [0.4, 0.95]
    assert [bar.get_height() for bar in lower.patches] == [10, 90]


def test_image_rows_name_rows_and_columns():
    (ax,) = plots.image_rows(
        {"one": np.zeros((3, 4, 4)), "two": np.zeros((2, 4, 4))}, ["a", "b", "c"]
    ).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert np.ma.count(_sheet(ax)) == 5 * 16


def test_class_bars_have_the_values_and_their_mean():
    fig = plots.class_bars([1.0, 2.0, 6.0], NAMES, "error")
    assert [bar.get_height() for bar in fig.axes[0].patches] == [1, 2, 6]
    assert fig.axes[0].lines[0].get_ydata()[0] == 3


def test_code_scatters_show_every_point_once():
    points = np.random.default_rng(0).random((30, 2))
    fig = plots.code_scatter({"PCA": points, "t-SNE": points}, np.arange(30) % 3, NAMES)
    assert [ax.get_title() for ax in fig.axes] == ["PCA", "t-SNE"]
    for ax in fig.axes:
        drawn = np.concatenate([dots.get_offsets() for dots in ax.collections])
        assert np.allclose(np.sort(drawn, axis=0), np.sort(points, axis=0))


def test_code_scatters_name_each_class_at_its_densest_place():
    generator = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    labels = np.arange(300) % 3
    points = centres[labels] + generator.standard_normal((300, 2))
    points[::10] += 30  # outliers, which would move the mean
    (ax,) = plots.code_scatter({"PCA": points}, labels, NAMES).axes
    assert [text.get_text() for text in ax.texts] == list(NAMES)
    for text, centre in zip(ax.texts, centres, strict=True):
        assert np.allclose(text.get_position(), centre, atol=1.5)


def test_names_of_classes_at_the_same_place_do_not_cover_each_other():
    points = np.random.default_rng(0).standard_normal((100, 2)).astype(np.float32)
    both = np.concatenate([points, points])
    fig = plots.code_scatter({"PCA": both}, np.repeat([0, 1], 100), NAMES)
    fig.draw_without_rendering()
    one, two = (text.get_window_extent() for text in fig.axes[0].texts)
    assert not one.overlaps(two)


def test_a_class_without_points_is_not_named():
    (ax,) = plots.code_scatter({"PCA": np.eye(2)}, [0, 2], NAMES).axes
    assert [text.get_text() for text in ax.texts] == ["coat", "shoe"]


def _sweep_result(rate, size, seed=0, diverged=False):
    history = pd.DataFrame({"epoch": [1, 2], "val_loss": [rate, size]})
    settings = {"learning_rate": rate, "hidden_size": size}
    return SimpleNamespace(settings=settings, seed=seed, history=history, diverged=diverged)


def test_sweep_curves_have_a_panel_per_configuration_and_a_line_per_seed():
    results = [_sweep_result(rate, 64, seed) for rate in (0.1, 0.2) for seed in (0, 1)]
    results.append(_sweep_result(0.1, 128, diverged=True))
    fig = plots.sweep_curves(results, {"val_loss": "validation loss"})
    titles = ["rate 0.1, 64 units", "rate 0.2, 64 units", "rate 0.1, 128 units (diverged)", ""]
    assert [ax.get_title() for ax in fig.axes] == titles
    assert [len(ax.lines) for ax in fig.axes] == [2, 2, 1, 0]
    assert list(fig.axes[1].lines[0].get_ydata()) == [0.2, 64]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["validation loss"]


def test_of_a_large_sweep_a_sample_is_drawn_with_its_best_and_worst():
    results = [
        _sweep_result(rate, size) for rate in np.linspace(0.01, 1, 30) for size in range(8, 168, 8)
    ]
    results[0].history["val_loss"] = np.nan  # as if it had diverged
    for index, loss in ((7 * 20 + 3, 0.0), (22 * 20 + 14, 999.0)):
        results[index].history["val_loss"] = loss
    fig = plots.sweep_curves(results, {"val_loss": "validation loss"})
    assert len(fig.axes) == plots.curves.MOST_PANELS**2
    titles = {ax.get_title() for ax in fig.axes}
    for result in (results[7 * 20 + 3], results[22 * 20 + 14], results[0], results[-1]):
        rate, size = result.settings.values()
        assert f"rate {rate:g}\n{size} units" in titles
    assert fig.legends[0].get_title().get_text() == "6 of 30 learning rates, 6 of 20 hidden sizes"


def test_a_panel_is_marked_if_any_seed_diverged():
    results = [_sweep_result(0.1, 64, seed, diverged=seed == 0) for seed in (0, 1)]
    (ax,) = plots.sweep_curves(results, {"val_loss": "validation loss"}).axes
    assert ax.get_title() == "rate 0.1, 64 units (diverged)"


def test_cells_too_small_for_numbers_have_their_range_in_the_title():
    grid = pd.MultiIndex.from_product([range(30), range(20)])
    table = grid.to_frame(index=False, name=["learning_rate", "hidden_size"])
    table["val_accuracy"] = np.linspace(0.25, 0.75, len(table))
    (ax,) = plots.sweep_heatmaps(table, {"val_accuracy": "accuracy"}).axes
    assert ax.get_title() == "accuracy, 0.2500 to 0.7500"
    cells = _cells(ax)
    assert len(cells) == 600
    assert {text for text, _ in cells.values()} == {""}


SWEEP = pd.DataFrame(
    {
        "learning_rate": [0.1, 0.2, 0.1],
        "hidden_size": [64, 64, 128],
        "val_accuracy": [0.8, 0.9, 0.85],
    }
)


def test_sweep_heatmaps_have_the_score_of_each_configuration_and_nothing_for_missing_ones():
    (ax,) = plots.sweep_heatmaps(SWEEP, {"val_accuracy": "accuracy"}).axes
    texts = {cell: text for cell, (text, _) in _cells(ax).items()}
    assert texts == {(0, 0): "0.8000", (0, 1): "0.9000", (1, 0): "0.8500", (1, 1): ""}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.1", "0.2"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["64", "128"]


def test_no_grid_lines_run_through_heat_maps_and_images(split):
    figures = [
        plots.confusion_matrix([0, 1, 2], [0, 1, 1], NAMES),
        plots.sweep_heatmaps(SWEEP, {"val_accuracy": "accuracy"}),
        plots.image_grid(split.images),
        plots.image_rows({"one": split.scaled()}, [""] * len(split)),
        plots.class_samples(split, NAMES),
        plots.code_map(lambda codes: np.zeros((len(codes), 2, 2)), np.eye(2), n=3),
    ]
    assert [_grid_lines(ax) for fig in figures for ax in fig.axes] == [[]] * len(figures)


def test_the_published_log_is_drawn_into_the_learning_curves():
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [2.0, 1.0], "val_loss": [2.0, 1.5]})
    log = pd.DataFrame({"epoch": [1], "train_loss": [1.8]})
    lines = plots.learning_curves([history], ["loss"], log).axes[0].lines
    assert [
        list(line.get_ydata()) for line in lines if line.get_label() == "training, published"
    ] == [[1.8]]


def test_a_code_map_has_each_image_where_its_code_lies_and_more_of_them_where_codes_are():
    asked = []
    points = np.random.default_rng(0).exponential(size=(5_000, 2))

    def decode(codes):
        asked.append(codes)
        return np.linspace(0, 1, len(codes))[:, None, None] * np.ones((len(codes), 4, 4))

    (ax,) = plots.code_map(decode, points, n=5).axes
    (codes,) = asked
    assert codes.shape == (25, 2)
    across = codes[:5, 0]
    up = codes[::5, 1]
    assert (np.diff(across) > 0).all()
    assert (np.diff(up) < 0).all()
    assert across[-1] - across[-2] > 5 * (across[1] - across[0])
    sheet = ax.images[0].get_array()
    assert sheet.shape == (20, 20)
    assert (sheet[0, 0], sheet[-1, -1]) == (0, 1)
    assert float(ax.get_xticklabels()[0].get_text()) == pytest.approx(across[0], rel=0.01)
    assert float(ax.get_yticklabels()[0].get_text()) == pytest.approx(up[-1], rel=0.01)
