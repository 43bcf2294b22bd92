"""An ensemble of the networks that a sweep has trained anyway."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hw.data import Split
from hw.training import Result, predict

MOST_VOTES = 20  # of all members together


def ensemble(results: Sequence[Result], val: Split) -> list[Result]:
    """Choose classifiers greedily so that their mean probabilities are most accurate.

    Starting with none, the network joins whose vote helps most on the validation images, as often
    as it helps; of the ensembles on the way, the smallest of the best is returned (Caruana et al.
    2004). Of equally accurate ones, that with the smaller cross-entropy is taken.

    Parameters
    ----------
    results
        M networks, as :func:`hw.sweep.run` returns them; those that diverged are left out.
    val
        N validation images, the only ones that are looked at.

    Returns
    -------
    list
        The members, at most ``MOST_VOTES``; a network may be there several times.
    """
    candidates = [result for result in results if not result.diverged]
    votes = np.stack([_probabilities(result, val) for result in candidates])  # (M, N, K)
    total = np.zeros_like(votes[0])
    chosen: list[int] = []
    accuracies = []
    for _ in range(MOST_VOTES):
        merits = [_merit(total + vote, val.labels) for vote in votes]
        chosen.append(max(range(len(merits)), key=merits.__getitem__))
        total += votes[chosen[-1]]
        accuracies.append(merits[chosen[-1]][0])
    size = int(np.argmax(accuracies)) + 1
    return [candidates[index] for index in chosen[:size]]


def ensemble_probabilities(members: Sequence[Result], split: Split) -> npt.NDArray[np.float32]:
    """Mean class probabilities (N, K) of the members of an ensemble."""
    unique = {id(result): result for result in members}
    votes = {key: _probabilities(result, split) for key, result in unique.items()}
    mean: npt.NDArray[np.float32] = np.mean([votes[id(result)] for result in members], axis=0)
    return mean


def _probabilities(result: Result, split: Split) -> npt.NDArray[np.float32]:
    probabilities: npt.NDArray[np.float32] = predict(result.model, split).softmax(1).numpy()
    return probabilities


def _merit(total: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Accuracy and log-likelihood of summed votes (N, K)."""
    shares = total / total.sum(1, keepdims=True)
    likelihood = np.log(shares[np.arange(len(labels)), labels] + 1e-12).mean()
    return float((total.argmax(1) == labels).mean()), float(likelihood)
