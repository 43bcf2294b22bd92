"""Scores of codes (N, L): whether neighbours in the code space belong together."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import mode
from sklearn.manifold import trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors


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
