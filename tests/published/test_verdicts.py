"""The rule by which two scores are judged."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from hw.published import judge


def test_without_images_noise_the_interval_is_that_of_one_more_run():
    scores = np.array([0.90, 0.91, 0.93])
    judged = judge(0.80, scores.mean(), scores.std(ddof=1), 3)
    quantile = 4.302653  # of Student's t with two degrees of freedom at 97.5 %
    assert judged["noise"] == pytest.approx(quantile * scores.std(ddof=1) * (1 + 1 / 3) ** 0.5)
    (interval,) = [ttest_ind(scores, [0.80]).confidence_interval(0.95)]
    assert judged["noise"] == pytest.approx((interval.high - interval.low) / 2)


def test_an_exact_value_is_judged_by_the_t_test_of_a_mean():
    scores = np.array([0.90, 0.91, 0.93])
    for other in (0.85, 0.89):
        judged = judge(other, scores.mean(), scores.std(ddof=1), 3, exact=True)
        found = ttest_1samp(scores, other).pvalue < 0.05
        assert (judged["verdict"] == "beaten") == found


def test_without_spread_both_scores_have_the_noise_of_the_images():
    judged = judge(0.9, 0.9, 0.0, 5, standard_error=0.003)
    assert judged["noise"] == pytest.approx(1.959964 * 2**0.5 * 0.003)


def test_a_larger_margin_is_easier_to_keep_and_none_cannot_be():
    verdicts = [
        judge(0.9, 0.901, 0.001, 5, standard_error=0.003, margin=margin)["verdict"]
        for margin in (0.0, 0.005, 0.01)
    ]
    assert verdicts == ["no significant difference"] * 2 + ["equivalent"]


@pytest.mark.parametrize("shift", [0.0, 0.01])
def test_verdicts_are_wrong_in_one_of_twenty_comparisons(shift):
    generator = np.random.default_rng(0)
    wrong = 0
    for _ in range(2_000):
        published, *ours = generator.normal(0.9, 0.005, 4) + generator.normal(0, 0.003, 4)
        mean, spread = np.mean(ours), np.std(ours, ddof=1)
        margin = shift  # scores that differ by the margin are not equivalent
        judged = judge(published + shift, mean, spread, 3, standard_error=0.0, margin=margin)
        verdicts = ("equivalent",) if shift else ("beaten", "not reached")
        wrong += judged["verdict"] in verdicts
    assert wrong / 2_000 < 0.06


def test_what_cannot_be_judged_says_why():
    assert judge(0.9, 0.95, math.nan, 1)["verdict"] == "one seed"
    assert judge(0.9, math.nan, math.nan, 3)["verdict"] == "not measured"
