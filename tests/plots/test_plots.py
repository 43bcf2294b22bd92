"""Figures, by what is drawn on them."""

import io
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
from hw.plots import images, sweeps
from hw.plots.style import BLUE, GARMENT_COLORS, MM, ORANGE, SMALL, WASH

NAMES = ("coat", "shirt", "shoe")
COSTS = pd.DataFrame(
    {"way": ["ours", "theirs"], "median": [1.0, 2.0], "min": [0.5, 1.5], "max": [1.5, 2.5]}
).assign(unit="seconds", ratio=[np.nan, 2.0])


@pytest.fixture
def split():
    return Split(np.arange(30 * 4, dtype=np.uint8).reshape(30, 2, 2), np.arange(30) % 3)


def _inks(ax, width, size):
    """The opacities of the images, (M, H, W), that lie side by side on these axes."""
    pixels = np.asarray(ax.images[0].get_array())[..., 3]
    wide = width * images.TIMES
    pitch = wide + round(images.GAP / size * wide)
    starts = range(0, pixels.shape[1], pitch)
    return np.stack([pixels[:: images.TIMES, i : i + wide : images.TIMES] for i in starts])


def _title(ax):
    return ax.get_title(loc="left")


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
        for text, patch in zip(ax.texts, ax.patches, strict=False)
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
            ax = plots.cost_bars(COSTS).axes[0]
            assert repr(mpl.rcParams) == before
        top_spines.append(ax.spines["top"].get_visible())
        grid_lines.append(bool(_grid_lines(ax)))
    assert top_spines == [False, False]
    assert grid_lines == [False, False]


def test_ticks_made_while_rendering_have_the_style_of_the_figure():
    fig = plots.class_bars([1.0, 2.0, 6.0], NAMES, "error")
    with mpl.rc_context({"ytick.color": "red", "ytick.labelsize": 20}):
        fig.draw_without_rendering()
    for tick in fig.axes[0].yaxis.get_major_ticks():
        assert tick.tick1line.get_color() != "red"
        assert tick.label1.get_fontsize() == SMALL


def test_a_figure_that_is_drawn_is_none_of_pyplot():
    import matplotlib.pyplot as plt

    plots.class_bars([1.0, 2.0, 6.0], NAMES, "error")
    assert plt.get_fignums() == []


def test_every_garment_has_a_colour():
    assert set(GARMENT_COLORS) == set(GARMENTS)
    assert len(set(GARMENT_COLORS.values())) == len(GARMENTS)


def test_image_grid_shows_every_image_under_its_title():
    pixels = np.random.default_rng(0).random((5, 4, 4))
    pixels[0, 0, 0] = 0
    pixels[0, 0, 1] = 1
    rows = plots.image_grid(pixels, [f"n{i}" for i in range(5)], n_columns=3).axes
    assert [[text.get_text() for text in ax.texts] for ax in rows] == [
        ["n0", "n1", "n2"],
        ["n3", "n4"],
    ]
    drawn = np.concatenate([_inks(ax, 4, images.LARGEST) for ax in rows])
    assert np.allclose(drawn, pixels)


def test_images_are_black_ink_and_nothing_between_them():
    (ax,) = plots.image_grid(np.ones((2, 4, 4)) * [[[0.0]], [[1.0]]]).axes
    sheet = np.asarray(ax.images[0].get_array())
    assert (sheet[sheet[..., 3] > 0][:, :3] == 0).all()
    assert set(np.unique(sheet[..., 3])) == {0, 1}


def test_differences_are_orange_where_positive_and_blue_where_negative():
    difference = np.array([[[0.5, -0.25], [0.0, 0.0]]])
    (ax,) = plots.image_rows({"difference": difference}).axes
    sheet = np.asarray(ax.images[0].get_array())[:: images.TIMES, :: images.TIMES]
    assert np.allclose(sheet[0, 0], to_rgba(ORANGE))
    assert np.allclose(sheet[0, 1], to_rgba(BLUE, 0.5))
    assert (sheet[1, :, 3] == 0).all()


@pytest.mark.parametrize(("n_classes", "width", "lines"), [(3, 80, 1), (10, 166, 1), (12, 166, 2)])
def test_classes_of_any_number_fit_the_page(n_classes, width, lines):
    split = Split(np.ones((40, 2, 2), np.uint8), np.arange(40) % n_classes)
    fig = plots.class_samples(split, [f"c{k}" for k in range(n_classes)], per_class=2)
    assert fig.get_size_inches()[0] / MM == pytest.approx(width)
    assert len(fig.axes) == 2 * lines
    assert sum(len(ax.texts) for ax in fig.axes) == n_classes


def test_mistakes_are_shown_above_their_true_and_their_predicted_class():
    (ax,) = plots.mistakes(np.eye(2)[None], [0], [2], NAMES).axes
    true, predicted = ax.texts
    assert (true.get_text(), predicted.get_text()) == ("coat", "shoe")
    assert predicted.get_color() == ORANGE


def test_class_samples_have_a_named_column_for_each_class(split):
    rows = plots.class_samples(split, NAMES, per_class=4).axes
    assert [text.get_text() for text in rows[0].texts] == list(NAMES)
    size = (80 - 4 * images.GAP) / 5
    second = np.stack([_inks(ax, 2, size)[1] for ax in rows])
    assert np.allclose(second * 255, split.images[split.labels == 1][:4])


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
    assert [_title(ax) for ax in fig.axes] == ["loss", "accuracy"]
    for ax in fig.axes:
        assert len(ax.lines) == 4
        assert {text.get_text() for text in ax.texts} == {"training", "validation"}
    assert list(fig.axes[1].lines[2].get_ydata()) == [0.1, 0.4]


def test_names_at_the_ends_of_curves_do_not_cover_each_other():
    history = pd.DataFrame({"epoch": [1, 2], "train_loss": [9, 1.01], "val_loss": [9, 1.0]})
    fig = plots.learning_curves([history], ["loss"])
    fig.draw_without_rendering()
    one, two = (text.get_window_extent() for text in fig.axes[0].texts)
    assert not one.overlaps(two)


def test_confusion_matrix_counts_true_classes_in_rows_and_leaves_zeros_out():
    (ax,) = plots.confusion_matrix([0, 0, 0, 1, 2], [0, 1, 1, 1, 1], NAMES).axes
    texts = {cell: text for cell, (text, _) in _cells(ax).items() if text}
    assert texts == {(0, 0): "1", (0, 1): "2", (1, 1): "1", (2, 1): "1"}
    assert ax.yaxis_inverted()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES)
    assert [text.get_text() for text in ax.texts[9:]] == list(NAMES)


def test_errors_of_a_confusion_matrix_are_orange_and_its_diagonal_grey():
    (ax,) = plots.confusion_matrix([0, 0, 0, 1, 2], [0, 1, 1, 1, 1], NAMES).axes
    colors = {cell: color for cell, (_, color) in _cells(ax).items()}
    assert {colors[k, k] for k in range(3)} == {to_rgba(WASH)}
    assert colors[0, 1][:3] == colors[2, 1][:3] == to_rgba(ORANGE)[:3]
    assert colors[0, 1][3] > colors[2, 1][3] > colors[0, 2][3] == 0


def test_a_confusion_matrix_without_errors_is_drawn_too():
    (ax,) = plots.confusion_matrix([0, 1, 2], [0, 1, 2], NAMES).axes
    assert [text for text, _ in _cells(ax).values() if text] == ["1", "1", "1"]


def test_reliability_diagram_draws_the_table():
    table = pd.DataFrame({"confidence": [0.5, 0.9], "accuracy": [0.4, 0.95], "count": [10, 90]})
    upper, lower = plots.reliability_diagram(table).axes
    assert list(upper.lines[1].get_ydata()) == [0.4, 0.95]
    assert [bar.get_height() for bar in lower.patches] == [10, 90]


def test_image_rows_name_rows_and_columns():
    rows = {"one": np.ones((3, 4, 4)), "two": np.ones((2, 4, 4))}
    one, two = plots.image_rows(rows, ["a", "b", "c"]).axes
    assert [text.get_text() for text in one.texts] == ["one", "a", "b", "c"]
    assert [text.get_text() for text in two.texts] == ["two"]
    assert len(_inks(one, 4, images.LARGEST)) == 3
    assert len(_inks(two, 4, images.LARGEST)) == 2


def test_class_bars_have_the_values_in_order_and_their_mean():
    (ax,) = plots.class_bars([1.0, 6.0, 2.0], NAMES, "error").axes
    assert [bar.get_width() for bar in ax.patches] == [1, 2, 6]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["coat", "shoe", "shirt"]
    assert [text.get_text() for text in ax.texts] == ["mean", "1.00", "2.00", "6.00"]
    assert ax.lines[0].get_xdata()[0] == 3


def test_code_scatters_show_every_point_once():
    points = np.random.default_rng(0).random((30, 2))
    fig = plots.code_scatter({"PCA": points, "t-SNE": points}, np.arange(30) % 3, NAMES)
    assert [_title(ax) for ax in fig.axes] == ["PCA", "t-SNE"]
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


def test_names_of_classes_at_the_edge_stay_within_the_frame():
    points = np.array([[0.0, 0.5], [0.5, 1.0], [1.0, 0.0]]).repeat(20, axis=0)
    points[0] = [0.5, 0.5]
    names = ["a long name", "b", "another long name"]
    fig = plots.code_scatter({"PCA": points}, np.arange(3).repeat(20), names)
    fig.draw_without_rendering()
    (ax,) = fig.axes
    for text in ax.texts:
        assert ax.bbox.x0 <= text.get_window_extent().x0
        assert text.get_window_extent().x1 <= ax.bbox.x1


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
    assert [ax.get_title() for ax in fig.axes] == ["rate 0.2", "rate 0.1", "", ""]
    assert [len(ax.lines) for ax in fig.axes] == [2, 2, 0, 1]
    assert list(fig.axes[0].lines[0].get_ydata()) == [0.2, 64]
    assert [[text.get_text() for text in ax.texts if text.get_text()] for ax in fig.axes] == [
        [],
        ["64 units"],
        [],
        ["diverged", "128 units"],
    ]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["validation loss"]


def test_the_best_panel_of_a_sweep_is_shaded_and_each_tells_its_gap():
    results = [_sweep_result(rate, 64) for rate in (0.1, 0.2)]
    for result, gap in zip(results, (0.5, -0.25), strict=True):
        result.history["train_loss"] = result.history["val_loss"] - gap
    losses = {"train_loss": "training loss", "val_loss": "validation loss"}
    left, right = plots.sweep_curves(results, losses, results[0].settings).axes
    assert (left.texts[0].get_text(), right.texts[0].get_text()) == ("gap −0.25", "gap 0.50")
    assert right.get_facecolor() == to_rgba(WASH)
    assert left.get_facecolor()[3] == 0


def test_of_a_large_sweep_a_sample_is_drawn_with_its_best_and_worst():
    results = [
        _sweep_result(rate, size) for rate in np.linspace(0.01, 1, 30) for size in range(8, 168, 8)
    ]
    results[0].history["val_loss"] = np.nan  # as if it had diverged
    for index, loss in ((7 * 20 + 3, 0.0), (22 * 20 + 14, 999.0)):
        results[index].history["val_loss"] = loss
    fig = plots.sweep_curves(results, {"val_loss": "validation loss"})
    assert len(fig.axes) == sweeps.MOST_PANELS**2
    rates = {ax.get_title() for ax in fig.axes}
    sizes = {text.get_text() for ax in fig.axes for text in ax.texts}
    for result in (results[7 * 20 + 3], results[22 * 20 + 14], results[0], results[-1]):
        rate, size = result.settings.values()
        assert f"rate {rate:.3g}" in rates
        assert f"{size} units" in sizes
    assert fig.legends[0].get_title().get_text() == "6 of 30 learning rates, 6 of 20 hidden sizes"


def test_a_panel_is_marked_if_any_seed_diverged():
    results = [_sweep_result(0.1, 64, seed, diverged=seed == 0) for seed in (0, 1)]
    (ax,) = plots.sweep_curves(results, {"val_loss": "validation loss"}).axes
    assert _title(ax) == "rate 0.1, 64 units"
    assert [text.get_text() for text in ax.texts] == ["diverged"]


def test_cells_too_small_for_numbers_have_their_range_in_the_title():
    grid = pd.MultiIndex.from_product([range(30), range(20)])
    table = grid.to_frame(index=False, name=["learning_rate", "hidden_size"])
    table["val_accuracy"] = np.linspace(0.25, 0.75, len(table))
    (ax,) = plots.sweep_heatmaps(table, {"val_accuracy": "accuracy"}).axes
    assert _title(ax) == "accuracy, 0.2500 to 0.7500"
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
    assert texts == {(0, 0): "0.9000", (0, 1): "0.8000", (1, 0): "", (1, 1): "0.8500"}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.2", "0.1"]
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
    assert not any(_grid_lines(ax) for fig in figures for ax in fig.axes)


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
    ink = np.asarray(ax.images[0].get_array())[..., 3]
    assert (ink[0, 0], ink[-1, -1]) == (0, 1)
    assert float(ax.get_xticklabels()[0].get_text()) == pytest.approx(across[0], rel=0.05)
    assert float(ax.get_yticklabels()[0].get_text()) == pytest.approx(up[-1], rel=0.05)


def test_differences_in_a_heat_map_have_signs_and_both_colours():
    table = SWEEP.assign(difference=[-0.01, 0.02, 0.0])
    (ax,) = plots.sweep_heatmaps(table, {"difference": "ours − published"}).axes
    cells = _cells(ax)
    assert [text for text, _ in cells.values()] == ["+0.0200", "−0.0100", "", "+0.0000"]
    assert cells[0, 0][1][:3] == to_rgba(BLUE)[:3]
    assert cells[0, 1][1][:3] == to_rgba(ORANGE)[:3]


def test_the_highest_score_of_a_heat_map_is_framed():
    (ax,) = plots.sweep_heatmaps(SWEEP, {"val_accuracy": "accuracy"}).axes
    assert [patch.get_linewidth() > 0 for patch in ax.patches] == [True, False, False, False]


def test_a_comparison_has_a_ring_a_dot_and_a_band_for_each_score():
    comparison = pd.DataFrame(
        {"system": ["a", "b"], "score": ["test_accuracy"] * 2, "published": [0.8, 0.9]}
    ).assign(ours=[0.85, 0.91], noise=[0.02, np.nan])
    fig = plots.comparison_plot(comparison, {"a": "dropout", "test_accuracy": "accuracy"})
    (ax,) = fig.axes
    rings, dots = (list(line.get_xdata()) for line in ax.lines)
    assert (rings, dots) == ([0.8, 0.9], [0.85, 0.91])
    assert ax.patches[0].get_x() == pytest.approx(0.83)
    assert ax.patches[0].get_width() == pytest.approx(0.04)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "dropout, accuracy",
        "b, accuracy",
    ]
    fig.draw_without_rendering()


def test_every_figure_is_drawn_at_a_width_of_the_page_in_letters_of_eight_points_or_more(split):
    history = pd.DataFrame({"epoch": [1, 2], "train_mse": [2.0, 1.0], "val_mse": [2.0, 1.5]})
    figures = [
        plots.class_samples(split, NAMES),
        plots.image_rows({"one": split.scaled()}),
        plots.mistakes(split.images, split.labels, split.labels, NAMES),
        plots.learning_curves([history], ["mse"]),
        plots.confusion_matrix([0, 1, 2], [0, 1, 1], NAMES),
        plots.class_bars([1.0, 2.0, 6.0], NAMES, "error"),
        plots.cost_bars(COSTS),
        plots.sweep_heatmaps(SWEEP, {"val_accuracy": "accuracy"}),
        plots.sweep_curves([_sweep_result(0.1, 64)], {"val_loss": "validation loss"}),
        plots.code_scatter({"PCA": np.eye(2)}, [0, 2], NAMES),
        plots.code_map(lambda codes: np.zeros((len(codes), 2, 2)), np.eye(2), n=3),
    ]
    for fig in figures:
        width = fig.get_size_inches()[0] / MM
        assert min(abs(width - page) for page in (80, 118, 166)) < 1e-6
        texts = [text for text in fig.findobj(mpl.text.Text) if text.get_text()]
        assert {text.get_fontsize() for text in texts} <= {8.0, 8.5}


def test_curves_differ_in_dashes_too():
    history = pd.DataFrame({"epoch": [1, 2], "train_mse": [2.0, 1.0], "val_mse": [2.0, 1.5]})
    (ax,) = plots.learning_curves([history], ["mse"]).axes
    assert [line.is_dashed() for line in ax.lines] == [False, True]


def test_names_of_fonts_that_are_not_installed_are_told_to_nobody(capfd):
    plots.class_bars([1.0, 2.0, 6.0], NAMES, "error").savefig(io.BytesIO())
    assert capfd.readouterr().err == ""


def test_images_in_colour_are_drawn_in_their_colours():
    images = np.random.default_rng(0).random((6, 5, 4, 3))
    labels = np.arange(6) % 2
    figures = [
        plots.image_grid(images, n_columns=3),
        plots.image_grid(255 * images, n_columns=3),
        plots.image_rows({"one": images[:3], "difference": images[:3] - images[3:]}),
        plots.class_samples(Split(images, labels), "ab", per_class=2),
        plots.code_map(lambda codes: images[:1].repeat(len(codes), 0), np.eye(2), n=3),
    ]
    for fig in figures:
        shown = fig.axes[0].images[0].get_array()
        colours = np.unique(shown[shown[..., 3] == 1][:, :3], axis=0)
        for colour in images[0].reshape(-1, 3):
            assert np.abs(colours - colour).sum(1).min() < 1e-5
