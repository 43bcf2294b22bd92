"""Scores from arrays, in [0, 1]: probabilities (N, K), labels and predictions (N,) in 0..K−1."""

from hw.metrics.calibration import (
    brier_score,
    calibration_table,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability_table,
    softmax,
)
from hw.metrics.classification import (
    class_means,
    classification_table,
    misclassified,
    most_confused,
)
from hw.metrics.codes import code_map_scores, knn_accuracy, knn_predict
from hw.metrics.spreads import (
    accuracy_interval,
    binomial_standard_error,
    macro_f1_interval,
    mean_and_spread,
)

__all__ = [
    "accuracy_interval",
    "binomial_standard_error",
    "brier_score",
    "calibration_table",
    "class_means",
    "classification_table",
    "code_map_scores",
    "expected_calibration_error",
    "fit_temperature",
    "knn_accuracy",
    "knn_predict",
    "macro_f1_interval",
    "mean_and_spread",
    "misclassified",
    "most_confused",
    "negative_log_likelihood",
    "reliability_table",
    "softmax",
]
