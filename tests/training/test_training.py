"""The training loop: it learns, repeats, selects the best epoch, stops if the loss diverges."""

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import garments, without_validation
from sklearn.metrics import accuracy_score, f1_score

import hw
from hw.training import BestEpoch, Result, Stopped, loop, select_device


def _fit(data, **settings):
    config = hw.ClassifierConfig(**{"hidden_sizes": [32], "epochs": 3, "batch_size": 32} | settings)
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    return run


def test_32_images_are_learnt_to_zero_error():
    data = garments(n_train=32)
    run = _fit(data, epochs=150, hidden_sizes=[64], batch_norm=False, dropout=0.0)
    assert run.history["train_accuracy"].iloc[-1] == 1
    assert run.history["train_loss"].iloc[-1] < 0.1


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    data = garments()
    first, again, other = (
        _fit(data, dropout=0.3, flip=True, plain_last=False, seeds=[seed]) for seed in (1, 1, 2)
    )
    columns = first.history.columns.drop("seconds")
    pd.testing.assert_frame_equal(first.history[columns], again.history[columns], check_exact=True)
    for one, two in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, two)
    assert not first.history[columns].equals(other.history[columns])


def test_history_has_a_row_for_each_epoch():
    history = _fit(garments()).history
    train = ["train_loss", "train_accuracy"]
    val = ["val_loss", "val_accuracy", "val_macro_f1"]
    assert list(history.columns) == ["epoch", *train, *val, "learning_rate", "seconds"]
    assert list(history["epoch"]) == [1, 2, 3]
    assert np.isfinite(history.to_numpy()).all()


def test_the_network_is_that_of_the_best_validation_epoch(monkeypatch):
    scripted = iter([0.1, 0.9, 0.2, 0.9])
    states = []

    def evaluate(model, split):
        states.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return {"loss": 1.0, "accuracy": next(scripted)}

    monkeypatch.setattr(loop, "evaluate", evaluate)
    kept = _fit(garments(), epochs=4).model.state_dict()
    assert all(torch.equal(kept[name], states[1][name]) for name in kept)
    assert not all(torch.equal(kept[name], states[3][name]) for name in kept)


@pytest.mark.parametrize("variational", [False, True])
def test_without_validation_the_last_epoch_is_kept(variational):
    data = without_validation(garments())
    config = hw.AutoencoderConfig(hidden_sizes=[16], epochs=2, variational=variational)
    (run,) = hw.fit_seeds(hw.Autoencoder.from_config, data, config, progress=False)
    assert not [column for column in run.history if column.startswith("val_")]
    assert run.best_epoch["epoch"] == 2
    states = []

    def keep_state(rows, epochs):
        states.append({name: tensor.clone() for name, tensor in model.state_dict().items()})

    model = hw.Autoencoder.from_config(config)
    hw.fit(model, data, config, progress=False, on_epoch=keep_state)
    kept = model.state_dict()
    assert all(torch.equal(kept[name], states[-1][name]) for name in kept)
    assert not all(torch.equal(kept[name], states[0][name]) for name in kept)


def test_scores_agree_with_scikit_learn():
    data = garments()
    run = _fit(data)
    y_pred = hw.predict(run.model, data.val).argmax(1)
    scores = hw.evaluate(run.model, data.val)
    assert scores["accuracy"] == pytest.approx(accuracy_score(data.val.labels, y_pred))
    assert scores["macro_f1"] == pytest.approx(f1_score(data.val.labels, y_pred, average="macro"))


def test_training_means_are_weighted_by_batch_size():
    data = garments(
        n_train=33
    )  # a batch of 32 would leave one image, which batch normalisation cannot take
    run = _fit(data, epochs=1, batch_size=20, learning_rate=1e-9, batch_norm=False, dropout=0.0)
    assert run.history["train_accuracy"][0] * 33 == pytest.approx(
        round(hw.evaluate(run.model, data.train)["accuracy"] * 33)
    )


def test_a_last_batch_of_one_image_does_not_break_batch_normalisation():
    assert len(_fit(garments(n_train=33), batch_norm=True, plain_last=False).history) == 3


def test_a_lost_loss_names_epoch_batch_and_remedy():
    data = garments()
    config = hw.ClassifierConfig(hidden_sizes=[8], epochs=2, batch_size=100, batch_norm=False)
    model = hw.Classifier.from_config(config)
    loss = model.loss
    steps = []

    def lose(images, labels):
        steps.append(len(images))
        scores = loss(images, labels)
        return scores | {"loss": scores["loss"] * (float("nan") if len(steps) == 5 else 1)}

    model.loss = lose
    with pytest.raises(
        FloatingPointError,
        match=r"became nan in epoch 2, batch 2: lower learning_rate \(now 0.001\)",
    ):
        hw.fit(model, data, config, progress=False)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [("constant", [0.01] * 4), ("cosine", [0.01, 0.00853553, 0.005, 0.00146447])],
)
def test_schedules_set_the_learning_rate(schedule, rates):
    history = _fit(garments(n_train=40), schedule=schedule, epochs=4, learning_rate=0.01).history
    assert list(history["learning_rate"]) == pytest.approx(rates, rel=1e-5)


def test_every_epoch_is_told_as_it_ends():
    told = []
    config = hw.ClassifierConfig(hidden_sizes=[8], epochs=3)
    data = garments()

    def on_epoch(rows, epochs):
        told.append((len(rows), epochs))

    hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False, on_epoch=on_epoch)
    assert told == [(1, 3), (2, 3), (3, 3)]


def _interrupt(epoch):
    """An `on_epoch` that interrupts after this epoch, as the stop button does."""

    def on_epoch(rows, epochs):
        if len(rows) == epoch:
            raise KeyboardInterrupt

    return on_epoch


def test_an_interrupt_keeps_the_epochs_before_it_and_the_best_network(capsys):
    config = hw.ClassifierConfig(hidden_sizes=[8], epochs=5, seeds=[0, 1])
    data = garments()
    build = hw.Classifier.from_config
    (run,) = hw.fit_seeds(build, data, config, progress=False, on_epoch=_interrupt(2))
    assert list(run.history["epoch"]) == [1, 2]
    assert hw.evaluate(run.model, data.val)["accuracy"] == run.history["val_accuracy"].max()
    assert "seed 0: stopped after 2 of 5 epochs" in capsys.readouterr().out


def test_an_interrupt_of_the_loop_itself_is_still_one():
    assert issubclass(Stopped, KeyboardInterrupt)
    model = hw.Classifier(hidden_sizes=[8])
    with pytest.raises(Stopped, match="stopped after 1 of 5 epochs"):
        hw.fit(
            model, garments(), hw.ClassifierConfig(epochs=5), progress=False, on_epoch=_interrupt(1)
        )


class _Linear(torch.nn.Module):
    """The smallest network that `hw.fit` trains."""

    monitor = "val_loss"
    monitor_mode = "min"

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(784, 10)

    def loss(self, images, labels):
        logits = self.layer(images.flatten(1))
        return {"loss": torch.nn.functional.cross_entropy(logits, labels)}

    def scores(self, images, labels):
        return {"loss": self.loss(images, labels)["loss"].item()}


def _fit_linear(model, config=None):
    return hw.fit(model, garments(40), config or hw.ClassifierConfig(epochs=3), progress=False)


def test_any_module_with_a_loss_and_scores_is_trained_to_its_lowest_loss():
    model = _Linear()
    history = _fit_linear(model)
    assert list(history["epoch"]) == [1, 2, 3]
    assert hw.evaluate(model, garments(40).val)["loss"] == history["val_loss"].min()


@pytest.mark.parametrize("member", ["loss", "scores", "monitor", "monitor_mode"])
def test_a_model_without_something_that_training_needs_is_refused(member, monkeypatch):
    monkeypatch.delattr(_Linear, member)
    message = rf"model must have loss, scores, monitor, monitor_mode .*got _Linear without {member}"
    with pytest.raises(TypeError, match=message):
        _fit_linear(_Linear())


def test_a_class_instead_of_a_network_is_refused():
    with pytest.raises(
        TypeError, match=r"model must be a torch\.nn\.Module, got <class .*_Linear'>"
    ):
        _fit_linear(_Linear)


@pytest.mark.parametrize("config", ["quick.yaml", {"epochs": 3}, hw.SweepConfig()])
def test_a_config_without_the_settings_of_training_is_refused(config):
    with pytest.raises(TypeError, match=r"config must be settings such as hw.ClassifierConfig\(\)"):
        _fit_linear(_Linear(), config)


def test_an_unknown_monitor_is_refused_with_the_columns_there_are(monkeypatch):
    monkeypatch.setattr(_Linear, "monitor", "val_f1")
    message = r"monitor must be a column of the history \(epoch, train_loss, val_loss.*'val_f1'"
    with pytest.raises(ValueError, match=message):
        _fit_linear(_Linear())


def test_an_unknown_monitor_mode_is_refused(monkeypatch):
    monkeypatch.setattr(_Linear, "monitor_mode", "lowest")
    with pytest.raises(ValueError, match="monitor_mode must be 'max' or 'min', got 'lowest'"):
        _fit_linear(_Linear())


@pytest.mark.parametrize(
    ("returned", "got"),
    [
        (torch.tensor(1.0), "Tensor"),
        ({"cross_entropy": torch.tensor(1.0)}, r"keys \['cross_entropy'\]"),
    ],
)
def test_a_loss_that_is_no_dict_with_a_loss_is_refused(returned, got, monkeypatch):
    monkeypatch.setattr(_Linear, "loss", lambda self, images, labels: returned)
    with pytest.raises(TypeError, match=rf'must return a dict .* the key "loss", got {got}'):
        _fit_linear(_Linear())


def test_the_loss_that_is_watched_is_the_one_of_that_name(monkeypatch):
    loss = _Linear.loss

    def with_another_first(self, images, labels):
        return {"margin": torch.tensor(float("nan"))} | loss(self, images, labels)

    monkeypatch.setattr(_Linear, "loss", with_another_first)
    history = _fit_linear(_Linear())
    assert history["train_margin"].isna().all()
    assert history["train_loss"].notna().all()


@pytest.mark.parametrize(
    ("mode", "values", "chosen"),
    [
        ("max", [0.1, 0.9, 0.2, 0.9], 1),
        ("min", [0.3, 0.1, 0.2, 0.1], 1),
        ("max", [np.nan, -5.0, np.nan], 1),
        ("min", [np.nan, 5.0, np.nan], 1),
        ("min", [np.nan, np.nan], 0),
    ],
)
def test_the_best_epoch_is_the_first_with_the_best_number(mode, values, chosen):
    best = BestEpoch(mode)
    updated = [best.update(value, lambda epoch=epoch: epoch) for epoch, value in enumerate(values)]
    assert best.state == chosen
    assert updated[chosen]
    assert not any(updated[chosen + 1 :])


def _result(model, **columns):
    n_epochs = len(next(iter(columns.values())))
    return Result(model, pd.DataFrame({"epoch": range(1, n_epochs + 1)} | columns), seed=0)


def test_a_result_knows_its_best_epoch_by_what_its_model_monitors():
    accuracies = [0.5, 0.7, np.nan, 0.7]
    result = _result(hw.Classifier([4]), val_accuracy=accuracies)
    assert result.best_epoch["epoch"] == 2
    result = _result(hw.Autoencoder([4], 2), val_mse=[0.3, np.inf, 0.1])
    assert result.best_epoch["epoch"] == 3
    assert result.settings == {}


def test_a_result_without_any_finite_score_has_no_best_epoch():
    result = _result(hw.Classifier([4]), val_accuracy=[np.nan, np.nan])
    assert result.best_epoch.isna().all()
    assert list(result.best_epoch.index) == ["epoch", "val_accuracy"]


@pytest.mark.parametrize(("losses", "diverged"), [([2.0, 1.0], False), ([2.0, np.nan], True)])
def test_a_result_whose_loss_is_lost_has_diverged(losses, diverged):
    assert _result(hw.Classifier([4]), train_loss=losses).diverged is diverged


def test_a_prediction_goes_through_the_method_that_is_asked_for():
    model = hw.Autoencoder([8], 3)
    codes = hw.predict(model, garments(40).test, method=model.encode)
    assert codes.shape == (100, 3)


def test_the_step_schedule_halves_the_rate_every_20_epochs():
    history = _fit(garments(n_train=40), schedule="step", epochs=41, learning_rate=0.01).history
    assert list(history["learning_rate"].iloc[[0, 19, 20, 39, 40]]) == pytest.approx(
        [0.01, 0.01, 0.005, 0.005, 0.0025]
    )


def test_a_device_that_is_not_there_is_refused_with_what_there_is():
    missing = "cuda" if not torch.cuda.is_available() else "mps"
    with pytest.raises(
        ValueError,
        match=rf"device must be one that this machine has \(auto, .*cpu\), got '{missing}'",
    ):
        select_device(missing)


def test_a_few_real_images_teach_a_network_much(real_data):
    config = hw.ClassifierConfig(dataset="fashion_mnist", train_size=4000, epochs=4)
    data = hw.load(config)
    (run,) = hw.fit_seeds(hw.Classifier.from_config, data, config, progress=False)
    assert 0.78 < hw.evaluate(run.model, data.test)["accuracy"] < 0.90
