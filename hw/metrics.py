"""Scores from arrays: probabilities (N, K), labels and predictions (N,) in 0..K−1; all scores are in [0, 1]."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest, mode
from sklearn.manifold import trustworthiness
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, silhouette_score
from sklearn.neighbors import NearestNeighbors


def accuracy_interval(labels, y_pred, level=0.95):
    """Accuracy and its Wilson confidence interval (Wilson 1927), taking the N examples for independent draws.

    Parameters
    ----------
    labels, y_pred : array_like
        (N,) each.
    level : float
        Coverage in (0, 1).

    Returns
    -------
    tuple[float, float, float]
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


def macro_f1_interval(labels, y_pred, level=0.95, n_resamples=2_000, seed=0):
    """Macro F1 and its bootstrap percentile interval (Efron 1979), over the classes that occur in `labels`.

    Parameters
    ----------
    labels, y_pred : array_like
        (N,) each.
    level : float
        Coverage in (0, 1).
    n_resamples : int
        Draws of N pairs of label and prediction, with replacement.
    seed : int
        Of the draws.

    Returns
    -------
    tuple[float, float, float]
        Macro F1, lower and upper bound.

    Examples
    --------
    >>> macro_f1_interval([0, 0, 1, 1], [0, 0, 1, 1])
    (1.0, 1.0, 1.0)
    """
    counts = confusion_matrix(labels, y_pred, labels=np.unique(labels))
    pairs = counts.ravel() / counts.sum()  # drawing pairs is drawing the cells of the confusion matrix
    draws = np.random.default_rng(seed).multinomial(counts.sum(), pairs, n_resamples).reshape(-1, *counts.shape)
    scores = np.concatenate([counts[None], draws])
    hits = np.diagonal(scores, axis1=1, axis2=2)  # (resamples, K)
    sizes = scores.sum(1) + scores.sum(2)  # a class that a draw does not hold has no F1 there
    f1 = (2 * hits / np.maximum(1, sizes)).sum(1) / (sizes > 0).sum(1)
    low, high = np.quantile(f1[1:], [(1 - level) / 2, (1 + level) / 2])
    return float(f1[0]), float(low), float(high)


def binomial_standard_error(rate, n):
    """Standard error of a rate that was counted on `n` independent examples.

    Examples
    --------
    >>> round(binomial_standard_error(0.9, 10_000), 4)
    0.003
    """
    return float(np.sqrt(rate * (1 - rate) / n))


def reliability_table(probabilities, labels, n_bins=15):
    """How often the predicted class is right, by how sure the classifier was.

    Parameters
    ----------
    probabilities : array_like
        (N, K), rows sum to 1.
    labels : array_like
        (N,).
    n_bins : int
        Bins of equal width over confidences in (0, 1].

    Returns
    -------
    pandas.DataFrame
        A row per bin that is not empty: ``confidence`` and ``accuracy`` (means), ``count``.

    Examples
    --------
    >>> reliability_table([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]], [0, 1, 1], n_bins=2).round(2).to_dict("list")
    {'confidence': [0.8], 'accuracy': [0.67], 'count': [3]}
    """
    probabilities = np.asarray(probabilities)
    confidence = probabilities.max(1)
    frame = pd.DataFrame({"confidence": confidence, "accuracy": probabilities.argmax(1) == np.asarray(labels)})
    bins = np.ceil(confidence * n_bins).clip(1, n_bins)
    return frame.groupby(bins).agg(
        confidence=("confidence", "mean"), accuracy=("accuracy", "mean"), count=("accuracy", "size")
    )


def expected_calibration_error(probabilities, labels, n_bins=15):
    """Expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017, equation 3).

    Parameters
    ----------
    probabilities : array_like
        (N, K), rows sum to 1.
    labels : array_like
        (N,).
    n_bins : int
        Bins of equal width.

    Returns
    -------
    float
        Mean distance of confidence and accuracy over the bins, weighted by their counts.

    Examples
    --------
    >>> round(expected_calibration_error([[0.9, 0.1], [0.9, 0.1]], [0, 1]), 2)
    0.4
    """
    table = reliability_table(probabilities, labels, n_bins)
    return float(np.average((table["accuracy"] - table["confidence"]).abs(), weights=table["count"]))


def classification_table(labels, y_pred, class_names):
    """Precision, recall, F1 and number of examples of each class, and their plain means (macro averages) last.

    Returns
    -------
    pandas.DataFrame
        Index ``class``; columns ``precision``, ``recall``, ``f1``, ``support``.

    Examples
    --------
    >>> classification_table([0, 0, 1], [0, 1, 1], ("coat", "bag"))["recall"].to_dict()
    {'coat': 0.5, 'bag': 1.0, 'macro average': 0.75}
    """
    classes = np.arange(len(class_names))
    columns = precision_recall_fscore_support(labels, y_pred, labels=classes, zero_division=0)
    names = ("precision", "recall", "f1", "support")
    table = pd.DataFrame(dict(zip(names, columns, strict=True)), index=pd.Index(class_names, name="class"))
    table.loc["macro average"] = [*table[["precision", "recall", "f1"]].mean(), table["support"].sum()]
    return table.astype({"support": int})


def most_confused(labels, y_pred, class_names, n_pairs=5):
    """The pairs of classes that are taken for one another most often, in both directions together.

    Returns
    -------
    pandas.DataFrame
        Columns ``classes``, ``errors`` (images of either taken for the other), ``share`` (of all errors).

    Examples
    --------
    >>> most_confused([0, 0, 1, 2], [1, 0, 0, 1], ("coat", "bag", "shirt"), n_pairs=1)["classes"][0]
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


def misclassified(probabilities, labels):
    """The examples that are classified wrongly, the surest mistakes first.

    Returns
    -------
    pandas.DataFrame
        Columns ``row`` (in 0..N−1), ``label``, ``predicted``, ``confidence``.

    Examples
    --------
    >>> misclassified([[0.9, 0.1], [0.4, 0.6]], [1, 1]).to_dict("records")
    [{'row': 0, 'label': 1, 'predicted': 0, 'confidence': 0.9}]
    """
    probabilities, labels = np.asarray(probabilities), np.asarray(labels)
    frame = pd.DataFrame({
        "row": np.arange(len(labels)),
        "label": labels,
        "predicted": probabilities.argmax(1),
        "confidence": probabilities.max(1),
    })  # fmt: skip
    wrong = frame[frame["label"] != frame["predicted"]]
    return wrong.sort_values("confidence", ascending=False, kind="stable", ignore_index=True)


def class_means(values, labels, class_names):
    """Mean of one value per example, (N,), over each class.

    Returns
    -------
    pandas.Series
        K means by class name; NaN for a class without examples.

    Examples
    --------
    >>> class_means([1.0, 3.0, 5.0], [0, 0, 1], ("coat", "bag")).to_dict()
    {'coat': 2.0, 'bag': 5.0}
    """
    means = pd.Series(np.asarray(values)).groupby(np.asarray(labels)).mean()
    return means.reindex(range(len(class_names))).set_axis(class_names)


def knn_predict(codes, labels, test_codes=None, k=5):
    """Labels by the k-nearest-neighbour rule (Cover and Hart 1967) and Euclidean distance of codes.

    Parameters
    ----------
    codes, labels : array_like
        (N, L) and (N,), integers: the neighbours.
    test_codes : array_like, optional
        (M, L): what is classified; by default each of the N by the others.
    k : int
        Number of neighbours that vote; the smallest of the labels that are equally frequent wins.

    Returns
    -------
    numpy.ndarray
        (M,) or (N,).

    Examples
    --------
    >>> knn_predict([[0, 0], [0, 1], [5, 5]], [0, 0, 1], [[4, 4]], k=1)
    array([1])
    """
    neighbours = NearestNeighbors(n_neighbors=k).fit(codes).kneighbors(test_codes, return_distance=False)
    return mode(np.asarray(labels)[neighbours], axis=1).mode


def knn_accuracy(codes, labels, test_codes=None, test_labels=None, k=5):
    """Share in [0, 1] of the labels that :func:`knn_predict` gets right.

    Examples
    --------
    >>> knn_accuracy([[0, 0], [0, 1], [5, 5], [5, 6]], [0, 0, 1, 1], k=1)
    1.0
    """
    truth = labels if test_codes is None else test_labels
    return float(np.mean(knn_predict(codes, labels, test_codes, k) == np.asarray(truth)))


def map_scores(codes, labels, inputs):
    """How well a two-dimensional map keeps classes apart and neighbours together.

    Parameters
    ----------
    codes, labels, inputs : array_like
        (N, 2), (N,) and (N, D): the map, the classes, and what was mapped.

    Returns
    -------
    dict[str, float]
        ``silhouette`` of the classes in the map, in [−1, 1] (Rousseeuw 1987); ``trustworthiness``, in [0, 1], which
        falls with points that are neighbours in the map alone (Venna and Kaski 2001), for 5 neighbours.

    Examples
    --------
    >>> points = [[0, n] for n in range(6)] + [[9, n] for n in range(6)]
    >>> sorted(map_scores(points, [0] * 6 + [1] * 6, points))
    ['silhouette', 'trustworthiness']
    """
    return {
        "silhouette": float(silhouette_score(codes, labels)),
        "trustworthiness": float(trustworthiness(inputs, codes, n_neighbors=5)),
    }


def mean_and_spread(values):
    """Mean of one value per seed, and their sample standard deviation (NaN for a single seed).

    Examples
    --------
    >>> mean_and_spread([1, 2, 3])
    (2.0, 1.0)
    """
    values = np.asarray(values, dtype=float)
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float("nan")
