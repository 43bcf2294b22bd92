"""The one rule by which a score of ours is judged beside another one.

A published score is one run, as uncertain as a single run of ours. With n seeds of standard
deviation s (the spread) and the standard error e of a score on this many images,

    variance of the difference = 2 e² + s² (1 + 1/n).

This takes the published run's seed for as variable as ours, and both errors from the images for
independent. On the same test images they are not: e then counts for too much, never for too
little. The degrees of freedom are Welch's and Satterthwaite's: n − 1 if the seeds decide, without
limit if the images do. Each test is at 5 %; none is corrected for the number of verdicts.
"""

import math

from scipy.stats import t

LEVEL = 0.05  # of each test: the share of wrong verdicts where there is nothing to find


def judge(
    other: float,
    mean: float,
    spread: float,
    n_seeds: int,
    *,
    standard_error: float = 0.0,
    margin: float = 0.0,
    exact: bool = False,
    higher_is_better: bool = True,
) -> dict[str, float | str]:
    """Judge the mean of our scores over seeds beside another score.

    Parameters
    ----------
    other
        The score to compare with: of one run, unless it is exact.
    mean, spread, n_seeds
        Mean and standard deviation of our scores, and how many there are.
    standard_error
        Of a single score, from the number of test images.
    margin
        Scores that differ by less are equivalent; 0 if none are.
    exact
        `other` has no noise, such as the error of PCA on the rows that ours is measured on.
    higher_is_better
        Which direction is an improvement.

    Returns
    -------
    ``difference``, ours less the other; ``noise``, half the width of its 95 % interval; and the
    ``verdict``:

    - "equivalent" if two one-sided tests (Schuirmann 1987) find the difference within the margin;
    - else "beaten" or "not reached" if it exceeds the noise;
    - else "no significant difference";
    - "one seed" if there is no spread to judge by, "not measured" if there is no score.

    Examples
    --------
    >>> judge(0.901, 0.9003, 0.0015, 3, standard_error=0.003)["verdict"]
    'no significant difference'
    >>> judge(0.901, 0.9003, 0.0015, 3, standard_error=0.003, margin=0.015)["verdict"]
    'equivalent'
    >>> judge(9_628, 9_344, 10, 3, exact=True, higher_is_better=False)["verdict"]
    'beaten'
    """
    difference = mean - other
    if n_seeds < 2 or math.isnan(difference):
        verdict = "not measured" if math.isnan(difference) else "one seed"
        return {"difference": difference, "noise": math.nan, "verdict": verdict}
    from_seeds = spread**2 * (1 / n_seeds + (not exact))
    variance = from_seeds + 2 * standard_error**2
    freedom = (n_seeds - 1) * (variance / from_seeds) ** 2 if from_seeds else math.inf
    two_sided, one_sided = t.ppf([1 - LEVEL / 2, 1 - LEVEL], freedom) * math.sqrt(variance)
    gain = difference if higher_is_better else -difference
    verdict = "no significant difference"
    if abs(difference) + one_sided < margin:
        verdict = "equivalent"
    elif gain > two_sided:
        verdict = "beaten"
    elif gain < -two_sided:
        verdict = "not reached"
    return {"difference": difference, "noise": float(two_sided), "verdict": verdict}
