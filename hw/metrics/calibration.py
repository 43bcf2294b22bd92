"""Whether a classifier's probabilities can be trusted: calibration, and temperature scaling."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special


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


def negative_log_likelihood(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean of −log pᵧ, the probability of the true class, in nats.

    Parameters
    ----------
    probabilities
        (N, K), rows sum to 1.
    labels
        (N,).

    Examples
    --------
    >>> round(negative_log_likelihood([[0.5, 0.5], [0.25, 0.75]], [0, 1]), 4)
    0.4904
    """
    smallest = np.finfo(np.float64).tiny  # a probability of 0 would cost infinitely much
    return float(-np.log(np.maximum(_of_true_class(probabilities, labels), smallest)).mean())


def brier_score(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """Mean squared distance of the probabilities from one-hot labels, in [0, 2] (Brier 1950).

    Parameters
    ----------
    probabilities
        (N, K), rows sum to 1.
    labels
        (N,).

    Examples
    --------
    >>> brier_score([[0.5, 0.5], [0.0, 1.0]], [0, 1])
    0.25
    """
    squares = np.square(np.asarray(probabilities, dtype=np.float64)).sum(1)
    return float((squares - 2 * _of_true_class(probabilities, labels) + 1).mean())


def softmax(logits: ArrayLike, temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities (N, K) of logits (N, K) that are divided by a temperature above 0.

    A temperature above 1 lowers every confidence, one below 1 raises it; no prediction changes.

    Examples
    --------
    >>> softmax([[0.0, 2.0]], temperature=2.0).round(4).tolist()
    [[0.2689, 0.7311]]
    """
    probabilities: NDArray[np.float64] = special.softmax(_scaled(logits, temperature), axis=1)
    return probabilities


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The temperature for :func:`softmax` that minimises the negative log-likelihood.

    It is one number, fitted on images that the network was not trained on, and leaves every
    prediction as it is (Guo et al. 2017, section 4.2).

    Parameters
    ----------
    logits
        (N, K), N at least 1.
    labels
        (N,).

    Returns
    -------
    In [0.01, 100]: near 0.01 if every prediction is right, near 100 if none beats chance.

    Raises
    ------
    ValueError
        If there are no examples.

    Examples
    --------
    >>> overconfident = [[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]]  # right three times of 4
    >>> temperature = fit_temperature(overconfident, [0, 0, 0, 1])
    >>> softmax(overconfident, temperature)[0].round(3).tolist()
    [0.75, 0.25]
    """
    labels = np.asarray(labels)
    if not len(labels):
        raise ValueError("labels must not be empty: a temperature is fitted on validation images")

    def loss(log_temperature: float) -> float:
        scores = _scaled(logits, np.exp(log_temperature))
        return float(-_of_true_class(special.log_softmax(scores, axis=1), labels).mean())

    bounds = (-np.log(100), np.log(100))
    return float(np.exp(optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x))


def calibration_table(
    probabilities: Mapping[str, ArrayLike], labels: ArrayLike, n_bins: int = 15
) -> pd.DataFrame:
    """Calibration of several sets of probabilities for the same examples.

    Parameters
    ----------
    probabilities
        (N, K) by their name, such as "as trained", "at temperature 1.3".
    labels
        (N,).
    n_bins
        Bins of the expected calibration error.

    Returns
    -------
    Index ``probabilities``; columns ``mean confidence``, ``accuracy``, ``expected calibration
    error``, ``negative log-likelihood`` and ``Brier score``.

    Examples
    --------
    >>> table = calibration_table({"a coin": [[0.5, 0.5], [0.5, 0.5]]}, [0, 1])
    >>> table.round(2).to_dict("records")[0]["Brier score"]
    0.5
    """
    rows = [
        {
            "mean confidence": float(each.max(1).mean()),
            "accuracy": float((each.argmax(1) == np.asarray(labels)).mean()),
            "expected calibration error": expected_calibration_error(each, labels, n_bins),
            "negative log-likelihood": negative_log_likelihood(each, labels),
            "Brier score": brier_score(each, labels),
        }
        for each in map(np.asarray, probabilities.values())
    ]
    return pd.DataFrame(rows, index=pd.Index(probabilities, name="probabilities"))


def _scaled(logits: ArrayLike, temperature: float) -> NDArray[np.float64]:
    return np.asarray(logits, dtype=np.float64) / temperature


def _of_true_class(values: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    """Of each row of values (N, K) the one of its label, (N,)."""
    columns = np.asarray(labels)[:, None]
    return np.take_along_axis(np.asarray(values, dtype=np.float64), columns, axis=1)[:, 0]
