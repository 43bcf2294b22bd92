"""The training loop: it learns, repeats, chooses the best epoch, and stops when the loss is lost."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score

import hw
from hw import training
from hw.data import Dataset, Split


def _dataset(n_train=300, n_val=100):
    generator = np.random.default_rng(0)
    train, val, test = (Split(*hw.make_garments(n, generator)) for n in (n_train, n_val, 100))
    return Dataset("synthetic", tuple("abcdefghij"), train, val, test, "", "stand-in")


def _fit(data, **settings):
    config = hw.ClassifierConfig(**{"hidden_sizes": [32], "epochs": 3, "batch_size": 32} | settings)
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return run


def test_32_images_are_learnt_to_zero_error():
    data = _dataset(n_train=32)
    run = _fit(data, epochs=150, hidden_sizes=[64], batch_norm=False, dropout=0.0)
    assert run.history["train_accuracy"].iloc[-1] == 1
    assert run.history["train_loss"].iloc[-1] < 0.1


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    data = _dataset()
    first, again, other = (_fit(data, dropout=0.3, flip=True, plain_last=False, seeds=[seed]) for seed in (1, 1, 2))
    columns = first.history.columns.drop("seconds")
    pd.testing.assert_frame_equal(first.history[columns], again.history[columns], check_exact=True)
    for one, two in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, two)
    assert not first.history[columns].equals(other.history[columns])


def test_history_has_a_row_for_each_epoch():
    history = _fit(_dataset()).history
    assert list(history.columns) == [
        "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_macro_f1", "learning_rate", "seconds",
    ]  # fmt: skip
    assert list(history["epoch"]) == [1, 2, 3]
    assert np.isfinite(history.to_numpy()).all()


def test_the_network_is_that_of_the_best_validation_epoch(monkeypatch):
    scripted, states = iter([0.1, 0.9, 0.2, 0.9]), []

    def evaluate(model, split):
        states.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return {"loss": 1.0, "accuracy": next(scripted)}

    monkeypatch.setattr(training, "evaluate", evaluate)
    kept = _fit(_dataset(), epochs=4).model.state_dict()
    assert all(torch.equal(kept[name], states[1][name]) for name in kept)
    assert not all(torch.equal(kept[name], states[3][name]) for name in kept)


def test_scores_agree_with_scikit_learn():
    data = _dataset()
    run = _fit(data)
    y_pred = hw.predict(run.model, data.val).argmax(1)
    scores = hw.evaluate(run.model, data.val)
    assert scores["accuracy"] == pytest.approx(accuracy_score(data.val.labels, y_pred))
    assert scores["macro_f1"] == pytest.approx(f1_score(data.val.labels, y_pred, average="macro"))


def test_training_means_are_weighted_by_batch_size():
    data = _dataset(n_train=33)  # a batch of 32 would leave one image, which batch normalisation cannot take
    run = _fit(data, epochs=1, batch_size=20, learning_rate=1e-9, batch_norm=False, dropout=0.0)
    assert run.history["train_accuracy"][0] * 33 == pytest.approx(
        round(hw.evaluate(run.model, data.train)["accuracy"] * 33)
    )


def test_a_last_batch_of_one_image_does_not_break_batch_normalisation():
    assert len(_fit(_dataset(n_train=33), batch_norm=True, plain_last=False).history) == 3


def test_a_lost_loss_names_epoch_batch_and_remedy():
    data = _dataset()
    config = hw.ClassifierConfig(hidden_sizes=[8], epochs=2, batch_size=100, batch_norm=False)
    model = hw.Classifier.from_config(config)
    loss, steps = model.loss, []

    def lose(images, labels):
        steps.append(len(images))
        scores = loss(images, labels)
        return scores | {"loss": scores["loss"] * (float("nan") if len(steps) == 5 else 1)}

    model.loss = lose
    with pytest.raises(FloatingPointError, match=r"became nan in epoch 2, batch 2: lower learning_rate \(now 0.001\)"):
        hw.fit(model, data, config, progress=False)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [("constant", [0.01] * 4), ("cosine", [0.01, 0.00853553, 0.005, 0.00146447])],
)
def test_schedules_set_the_learning_rate(schedule, rates):
    history = _fit(_dataset(n_train=40), schedule=schedule, epochs=4, learning_rate=0.01).history
    assert list(history["learning_rate"]) == pytest.approx(rates, rel=1e-5)


def test_every_epoch_is_told_as_it_ends():
    told = []
    config = hw.ClassifierConfig(hidden_sizes=[8], epochs=3)
    data = _dataset()
    hw.fit_seeds(hw.Classifier.from_config, data, config, False, lambda rows, epochs: told.append((len(rows), epochs)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def _interrupt(epoch):
    """An `on_epoch` that interrupts after this epoch, as the stop button does."""

    def on_epoch(rows, epochs):
        if len(rows) == epoch:
            raise KeyboardInterrupt

    return on_epoch


def test_an_interrupt_keeps_the_epochs_before_it_and_the_best_network(capsys):
    config = hw.ClassifierConfig(hidden_sizes=[8], epochs=5, seeds=[0, 1])
    data = _dataset()
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, False, _interrupt(2))
    assert list(run.history["epoch"]) == [1, 2]
    assert hw.evaluate(run.model, data.val)["accuracy"] == run.history["val_accuracy"].max()
    assert "seed 0: stopped after 2 of 5 epochs" in capsys.readouterr().out


def test_an_interrupt_of_the_loop_itself_is_still_one():
    model = hw.Classifier(hidden_sizes=[8])
    with pytest.raises(KeyboardInterrupt, match="stopped after 1 of 5 epochs"):
        hw.fit(model, _dataset(), hw.ClassifierConfig(epochs=5), progress=False, on_epoch=_interrupt(1))


def test_the_step_schedule_halves_the_rate_every_20_epochs():
    history = _fit(_dataset(n_train=40), schedule="step", epochs=41, learning_rate=0.01).history
    assert list(history["learning_rate"].iloc[[0, 19, 20, 39, 40]]) == pytest.approx([0.01, 0.01, 0.005, 0.005, 0.0025])


def test_a_device_that_is_not_there_is_refused_with_what_there_is():
    missing = "cuda" if not torch.cuda.is_available() else "mps"
    with pytest.raises(ValueError, match=rf"device must be one that this machine has \(auto, .*cpu\), got '{missing}'"):
        hw.select_device(missing)


def test_a_few_real_images_teach_a_network_much(real_data):
    config = hw.ClassifierConfig(dataset="fashion_mnist", train_size=4000, epochs=4)
    data = hw.load(config)
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    assert 0.78 < hw.evaluate(run.model, data.test)["accuracy"] < 0.90
