"""Scores from arrays, in [0, 1]: probabilities (N, K), labels and predictions (N,) in 0..K−1."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, mode
from sklearn.manifold import trustworthiness
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, silhouette_score
from sklearn.neighbors import NearestNeighbors


def accuracy_interval(
    labels: ArrayLike, y_pred: ArrayLike, level: float = 0.95
) -> tuple[float, float, float]:
    """Accuracy and its Wilson confidence interval (Wilson 1927) for N independent examples.

    Parameters
    ----------
    labels, y_pred
        (N,) each.
    level
        Coverage in (0, 1).

    Returns
    -------
    Accuracy, lower and upper bound.

    Examples
    --------
    >>> accuracy, low, high = accuracy_interval([0, 1, 2, 2], [0, 1, 2, 1])
    >>> f"{accuracy:.2f}, from {low:.2f} to {high:.2f}"
    '0.75, from 0.30 to 0.95'
    """
    hits = np.asarray(labels) == np.asarray(y_pred)
    interval = binomtest(int(hits.sum()), len(hits)).proportion_ci(level, method="wilson")
    return float(hits.mean()), float(interval.low), float(interval.high)


def macro_f1_interval(
    labels: ArrayLike,
    y_pred: ArrayLike,
    level: float = 0.95,
    n_resamples: int = 2_000,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Macro F1 over the classes in `labels`, and its bootstrap percentile interval (Efron 1979).

    Parameters
    ----------
    labels, y_pred
        (N,) each.
    level
        Coverage in (0, 1).
    n_resamples
        Draws of N pairs of label and prediction, with replacement.
    seed
        Seed of the draws.

    Returns
    -------
    Macro F1, lower and upper bound.

    Examples
    --------
    >>> macro_f1_interval([0, 0, 1, 1], [0, 0, 1, 1])
    (1.0, 1.0, 1.0)
    """
    counts = confusion_matrix(labels, y_pred, labels=np.unique(labels))
    # To draw pairs with replacement is to draw the cells of the confusion matrix.
    generator = np.random.default_rng(seed)
    draws = generator.multinomial(counts.sum(), counts.ravel() / counts.sum(), n_resamples)
    scores = np.concatenate([counts[None], draws.reshape(-1, *counts.shape)])
    hits = np.diagonal(scores, axis1=1, axis2=2)  # (1 + resamples, K)
    sizes = scores.sum(1) + scores.sum(2)  # a class that is missing from a draw has no F1 there
    f1 = (2 * hits / np.maximum(1, sizes)).sum(1) / (sizes > 0).sum(1)
    low, high = np.quantile(f1[1:], [(1 - level) / 2, (1 + level) / 2])
    return float(f1[0]), float(low), float(high)


def binomial_standard_error(rate: float, n: int) -> float:
    """Standard error of a rate measured on `n` independent examples.

    Examples
    --------
    >>> round(binomial_standard_error(0.9, 10_000), 4)
    0.003
    """
    return float(np.sqrt(rate * (1 - rate) / n))


def reliability_table(
    probabilities: ArrayLike, labels: ArrayLike, n_bins: int = 15
) -> pd.DataFrame:
    """Accuracy by confidence, the probability of the predicted class.

    Parameters
    ----------
    probabilities
        (N, K), rows sum to 1.
    labels
        (N,).
    n_bins
        Bins of equal width over confidences in (0, 1].

    Returns
    -------
    A row for each non-empty bin: ``confidence`` and ``accuracy`` (means), ``count``.

    Examples
    --------
    >>> probabilities = [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]]
    >>> reliability_table(probabilities, [0, 1, 1], n_bins=2).round(2).to_dict("list")
    {'confidence': [0.8], 'accuracy': [0.67], 'count': [3]}
    """
    probabilities = np.asarray(probabilities)
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == np.asarray(labels)
    frame = pd.DataFrame({"confidence": confidence, "accuracy": correct})
    bins = np.ceil(confidence * n_bins).clip(1, n_bins)
    return frame.groupby(bins).agg(
        confidence=("confidence", "mean"), accuracy=("accuracy", "mean"), count=("accuracy", "size")
    )


def expected_calibration_error(
    probabilities: ArrayLike, labels: ArrayLike, n_bins: int = 15
) -> float:
    """Expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017, equation 3).

    Parameters
    ----------
    probabilities
        (N, K), rows sum to 1.
    labels
        (N,).
    n_bins
        Bins of equal width.

    Returns
    -------
    Mean of |accuracy − confidence| over the bins, weighted by their counts.

    Examples
    --------
    >>> round(expected_calibration_error([[0.9, 0.1], [0.9, 0.1]], [0, 1]), 2)
    0.4
    """
    table = reliability_table(probabilities, labels, n_bins)
    return float(
        np.average((table["accuracy"] - table["confidence"]).abs(), weights=table["count"])
    )


def classification_table(
    labels: ArrayLike, y_pred: ArrayLike, class_names: Sequence[str]
) -> pd.DataFrame:
    """Precision, recall and F1 of each of K classes, with the macro averages in the last row.

    Returns
    -------
    Index ``class``; columns ``precision``, ``recall``, ``f1``, ``support`` (number of examples).

    Examples
    --------
    >>> classification_table([0, 0, 1], [0, 1, 1], ("coat", "bag"))["recall"].to_dict()
    {'coat': 0.5, 'bag': 1.0, 'macro average': 0.75}
    """
    classes = np.arange(len(class_names))
    columns = precision_recall_fscore_support(labels, y_pred, labels=classes, zero_division=0)
    names = ("precision", "recall", "f1", "support")
    index = pd.Index(class_names, name="class")
    table = pd.DataFrame(dict(zip(names, columns, strict=True)), index=index)
    averages = table[["precision", "recall", "f1"]].mean()
    table.loc["macro average"] = [*averages, table["support"].sum()]
    return table.astype({"support": int})


def most_confused(
    labels: ArrayLike, y_pred: ArrayLike, class_names: Sequence[str], n_pairs: int = 5
) -> pd.DataFrame:
    """Pairs of classes confused most often, both directions together.

    Returns
    -------
    Columns ``classes``, ``errors`` (either class predicted as the other), ``share`` of all errors.

    Examples
    --------
    >>> names = ("coat", "bag", "shirt")
    >>> most_confused([0, 0, 1, 2], [1, 0, 0, 1], names, n_pairs=1)["classes"][0]
    'coat / bag'
    """
    matrix = confusion_matrix(labels, y_pred, labels=np.arange(len(class_names)))
    errors = matrix + matrix.T
    first, second = np.triu_indices(len(class_names), k=1)
    counts = errors[first, second]
    top = np.argsort(-counts, kind="stable")[:n_pairs]
    names = [f"{class_names[first[pair]]} / {class_names[second[pair]]}" for pair in top]
    total = max(1, counts.sum())
    return pd.DataFrame({"classes": names, "errors": counts[top], "share": counts[top] / total})


def misclassified(probabilities: ArrayLike, labels: ArrayLike) -> pd.DataFrame:
    """Misclassified examples, the most confident ones first.

    Returns
    -------
    Columns ``row`` (in 0..N−1), ``label``, ``predicted``, ``confidence``.

    Examples
    --------
    >>> misclassified([[0.9, 0.1], [0.4, 0.6]], [1, 1]).to_dict("records")
    [{'row': 0, 'label': 1, 'predicted': 0, 'confidence': 0.9}]
    """
    probabilities = np.asarray(probabilities)
    frame = pd.DataFrame(
        {
            "row": np.arange(len(probabilities)),
            "label": np.asarray(labels),
            "predicted": probabilities.argmax(1),
            "confidence": probabilities.max(1),
        }
    )
    wrong = frame[frame["label"] != frame["predicted"]]
    return wrong.sort_values("confidence", ascending=False, kind="stable", ignore_index=True)


def class_means(
    values: ArrayLike, labels: ArrayLike, class_names: Sequence[str]
) -> "pd.Series[float]":
    """Mean over each class of one value per example, (N,).

    Returns
    -------
    K means by class name; NaN for a class without examples.

    Examples
    --------
    >>> class_means([1.0, 3.0, 5.0], [0, 0, 1], ("coat", "bag")).to_dict()
    {'coat': 2.0, 'bag': 5.0}
    """
    means = pd.Series(np.asarray(values)).groupby(np.asarray(labels)).mean()
    return means.reindex(range(len(class_names))).set_axis(list(class_names))


def knn_predict(
    codes: ArrayLike, labels: ArrayLike, test_codes: ArrayLike | None = None, k: int = 5
) -> NDArray[np.int64]:
    """Predict labels from the k nearest neighbours in Euclidean distance (Cover and Hart 1967).

    Parameters
    ----------
    codes, labels
        (N, L) and (N,): the neighbours.
    test_codes
        (M, L): codes to classify; by default each of the N codes by the others.
    k
        Number of neighbours that vote; the smallest label wins a tie.

    Returns
    -------
    (M,) or (N,).

    Examples
    --------
    >>> knn_predict([[0, 0], [0, 1], [5, 5]], [0, 0, 1], [[4, 4]], k=1)
    array([1])
    """
    search = NearestNeighbors(n_neighbors=k).fit(codes)
    neighbours = search.kneighbors(test_codes, return_distance=False)  # (M, k)
    predicted: NDArray[np.int64] = mode(np.asarray(labels)[neighbours], axis=1).mode
    return predicted


def knn_accuracy(
    codes: ArrayLike,
    labels: ArrayLike,
    test_codes: ArrayLike | None = None,
    test_labels: ArrayLike | None = None,
    k: int = 5,
) -> float:
    """Accuracy of :func:`knn_predict`.

    Examples
    --------
    >>> knn_accuracy([[0, 0], [0, 1], [5, 5], [5, 6]], [0, 0, 1, 1], k=1)
    1.0
    """
    y_true = labels if test_codes is None else test_labels
    return float(np.mean(knn_predict(codes, labels, test_codes, k) == np.asarray(y_true)))


def code_map_scores(codes: ArrayLike, labels: ArrayLike, inputs: ArrayLike) -> dict[str, float]:
    """How well a two-dimensional map separates classes and keeps neighbours together.

    Parameters
    ----------
    codes, labels, inputs
        (N, 2), (N,) and (N, D): the map, the classes, and what was mapped.

    Returns
    -------
    ``silhouette`` of the classes in the map, in [−1, 1] (Rousseeuw 1987), and ``trustworthiness``,
    in [0, 1], which is low if neighbours in the map are not neighbours in the inputs (Venna and
    Kaski 2001), for 5 neighbours.

    Examples
    --------
    >>> points = [[0, n] for n in range(6)] + [[9, n] for n in range(6)]
    >>> code_map_scores(points, [0] * 6 + [1] * 6, points)["trustworthiness"]
    1.0
    """
    return {
        "silhouette": float(silhouette_score(codes, labels)),
        "trustworthiness": float(trustworthiness(inputs, codes, n_neighbors=5)),
    }


def mean_and_spread(values: ArrayLike) -> tuple[float, float]:
    """Mean and sample standard deviation of one value per seed (NaN for a single seed).

    Examples
    --------
    >>> mean_and_spread([1, 2, 3])
    (2.0, 1.0)
    """
    values = np.asarray(values, dtype=float)
    spread = values.std(ddof=1) if len(values) > 1 else np.nan
    return float(values.mean()), float(spread)
