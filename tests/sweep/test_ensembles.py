"""The ensemble of a sweep's networks is chosen on validation images alone."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from hw import sweep
from hw.data import Split
from hw.training import Result

LABELS = np.array([0, 0, 1, 1, 2, 2])
SPLIT = Split(np.arange(6).reshape(6, 1, 1), LABELS, max_value=5)


class Fixed(nn.Module):
    """Gives each of the six images the probabilities that it was made with."""

    monitor = "val_accuracy"
    monitor_mode = "max"

    def __init__(self, probabilities):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(probabilities).log())

    def forward(self, images):
        return self.logits[(images.flatten() * 5).round().long()]


def _voter(certainty, diverged=False):
    """A result whose network gives the true class of image i the probability certainty[i]."""
    rows = np.repeat((1 - np.array(certainty, np.float32))[:, None] / 2, 3, axis=1)
    rows[np.arange(6), LABELS] = certainty
    history = pd.DataFrame({"train_loss": [np.nan if diverged else 0.5], "val_accuracy": [0.5]})
    return Result(Fixed(rows), history, 0, {"certainty": certainty})


def test_networks_that_help_each_other_are_chosen_and_no_others():
    sure = _voter([0.9, 0.9, 0.9, 0.2, 0.9, 0.2])  # four right
    helpful = _voter([0.9, 0.2, 0.2, 0.9, 0.2, 0.9])  # right where the first is wrong
    poor = _voter([0.1] * 6)
    members = sweep.ensemble([poor, helpful, sure], SPLIT)
    assert members == [sure, helpful]
    mean = sweep.ensemble_probabilities(members, SPLIT)
    assert mean.argmax(1).tolist() == LABELS.tolist()
    assert mean[1, 0] == pytest.approx((0.9 + 0.2) / 2)


def test_a_network_that_no_other_helps_stays_alone():
    best = _voter([0.9] * 5 + [0.1])
    assert sweep.ensemble([_voter([0.1] * 6), best], SPLIT) == [best]


def test_networks_that_diverged_have_no_vote():
    diverged = _voter([0.9] * 6, diverged=True)
    other = _voter([0.9] * 3 + [0.1] * 3)
    assert sweep.ensemble([diverged, other], SPLIT) == [other]


def test_an_ensemble_of_trained_networks_is_at_least_as_accurate_on_validation(small_garments):
    import hw

    config = hw.ClassifierConfig(batch_norm=False, epochs=3, batch_size=50, seeds=[0, 1])
    trials = sweep.grid(config, {"hidden_sizes": [[8], [16]], "learning_rate": [0.01, 0.001]})
    results = sweep.train(trials, small_garments)
    val = small_garments.val
    members = sweep.ensemble(results, val)
    together = (sweep.ensemble_probabilities(members, val).argmax(1) == val.labels).mean()
    assert together >= max(hw.evaluate(each.model, val)["accuracy"] for each in results)
