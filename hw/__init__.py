"""Homework report suite: the thin functions that the notebooks call.

==================  ==================================================================================
``hw.config``       experiment settings, validated; strict reading of a notebook's parameters
``hw.data``         the data sets: fetched, verified, cached, split
``hw.data.synthetic``    procedural garments, the stand-in where the real data cannot be had
``hw.models``       torch networks, saved without pickle
``hw.scratch``      a neural network in NumPy alone
``hw.training``     the one training loop; ``hw.training.graphs`` records its steps on a GPU
``hw.metrics``      scores from arrays
``hw.plots``        every figure
``hw.latent``       the code space of an autoencoder
``hw.latent.generation``   how good generated images are
``hw.published.optdigits_listing``      the published network of optdigits, as listed and put right
``hw.report.live``         curves while a network learns, sliders to explore with
``hw.sweep``        many configurations, on this machine or a Dask cluster: ``grid``, ``run``, ``summary``, ``best``
``hw.training.stacking``     many networks trained at once
``hw.sweep.store``       trials, their results, and the store that keeps them
``hw.published``    the published results and the comparison with them
``hw.report``       numbered figures and tables, recorded results, provenance, the exporters
==================  ==================================================================================

Every name below is a name of ``hw`` itself: ``import hw`` is enough. A module is imported when its first name is used.
"""

from importlib import import_module

_PUBLIC = {
    "hw.config": ("AutoencoderConfig", "ClassifierConfig", "LatentConfig", "ParameterError", "SweepConfig"),
    "hw.data": (
        "DataUnavailableError",
        "Dataset",
        "Split",
        "load",
        "load_fashion_mnist",
        "load_optdigits",
        "pool",
        "scale_features",
        "train_val_split",
    ),
    "hw.latent.generation": (
        "feature_extractor",
        "frechet_distance",
        "generation_table",
        "image_features",
        "nearest_images",
        "precision_recall_coverage",
    ),
    "hw.latent.codes": (
        "decode",
        "encode",
        "fit_code_density",
        "fit_plane",
        "interpolate",
        "linear_baselines",
        "project",
        "reconstruction_errors",
        "sample_mixture",
        "sample_prior",
    ),
    "hw.report.live": ("explore_codes", "explore_mistakes", "live_curves"),
    "hw.metrics": (
        "accuracy_interval",
        "binomial_standard_error",
        "class_means",
        "classification_table",
        "expected_calibration_error",
        "knn_accuracy",
        "knn_predict",
        "macro_f1_interval",
        "map_scores",
        "mean_and_spread",
        "misclassified",
        "most_confused",
        "reliability_table",
    ),
    "hw.models": ("Autoencoder", "Classifier", "VariationalAutoencoder", "layer_table", "load_model", "save_model"),
    "hw.plots": (
        "class_balance",
        "class_bars",
        "class_samples",
        "code_map",
        "code_scatter",
        "confusion_matrix",
        "cost_bars",
        "error_curves",
        "growth_curves",
        "image_grid",
        "image_rows",
        "learning_curves",
        "reliability_diagram",
        "sweep_curves",
        "sweep_heatmaps",
    ),
    "hw.published.comparison": ("compare", "compare_grid", "compare_log", "published_log"),
    "hw.report.benchmarks": ("benchmark_table", "growth", "in_words", "read_benchmarks"),
    "hw.report.blocks": ("banner", "figure", "record", "table", "text", "title_block"),
    "hw.report.provenance": ("provenance",),
    "hw.report.scoreboard": ("challengers", "costs", "pictures", "read_results", "report_names", "scoreboard"),
    "hw.data.synthetic": ("make_garments",),
    "hw.training": ("Stopped", "evaluate", "fit", "fit_seeds", "predict", "seed_everything", "select_device"),
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name in ("plots", "scratch", "sweep"):
        return import_module(f"hw.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'hw' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__():
    return __all__
