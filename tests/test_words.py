"""What identifiers are called."""

import pytest

from hw.words import in_words


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("val_macro_f1", "validation macro F1"),
        ("test_mse", "test error (MSE)"),
        ("train_loss", "training loss"),
        ("learning_rate", "learning rate"),
        ("s per epoch", "time per epoch (s)"),
        ("T-shirt/top", "T-shirt/top"),
        ("val_macro_f1 published", "validation macro F1 published"),
        ("validation_accuracy", "validation accuracy"),
    ],
)
def test_identifiers_become_words_and_words_stay(name, called):
    assert in_words(name) == called
