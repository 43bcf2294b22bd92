"""Tables of what a classifier gets right and wrong, by class and by image."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support


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
