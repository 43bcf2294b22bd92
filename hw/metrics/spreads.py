"""How certain a score is: intervals for one network, the spread over seeds."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix


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
