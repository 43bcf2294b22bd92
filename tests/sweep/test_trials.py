"""What a sweep tries: any settings of any configuration, each trial a validated one."""

import pytest
from conftest import garments
from scipy.stats import loguniform

import hw
from hw import sweep

DATA = garments(20, 20)


def _settings(trials):
    return [(trial.seed, *trial.settings.values()) for trial in trials]


def test_a_grid_has_every_combination_with_every_seed():
    config = hw.ClassifierConfig(seeds=[3, 1], epochs=7)
    trials = sweep.grid(config, {"hidden_sizes": [[8], [16, 8]], "dropout": [0.0, 0.2]})
    assert _settings(trials) == [
        (seed, sizes, dropout)
        for seed in (3, 1)
        for sizes in ([8], [16, 8])
        for dropout in (0.0, 0.2)
    ]
    for trial in trials:
        assert trial.config == config.model_copy(update=trial.settings)
        assert [layer.out_features for layer in trial.make_model(DATA).linear_layers[:-1]] == (
            trial.settings["hidden_sizes"]
        )


@pytest.mark.parametrize(
    ("tried", "message"),
    [
        ({"learning_rte": [0.1]}, "unknown parameter learning_rte: did you mean learning_rate?"),
        ({"dropout": [0.1, 1.5]}, "dropout must be less than 1, got 1.5"),
        ({"hidden_sizes": [64]}, "hidden_sizes must be a list, got 64"),
        ({"hidden_sizes": [[64, 0]]}, "hidden_sizes[1] must be at least 1, got 0"),
        ({"epochs": 5}, "epochs must be a list of values to try, got 5"),
        ({"schedule": "cosine"}, "schedule must be a list of values to try, got 'cosine'"),
        ({"dropout": []}, "dropout must be a list of values to try, got []"),
        ({"train_size": [100]}, "train_size must be the same in all trials, got 100"),
        ({"seeds": [[1]]}, "seeds must be the same in all trials, got [1]"),
        ({"dropout": [0.1, 0.1]}, 'settings must be distinct, got {"dropout": 0.1} twice'),
    ],
)
def test_a_bad_grid_is_refused_by_the_name_of_the_setting(tried, message):
    with pytest.raises(hw.ParameterError) as error:
        sweep.grid(hw.ClassifierConfig(), tried)
    assert str(error.value) == message


def test_a_sample_draws_different_configurations_of_the_grid_the_same_for_the_same_seed():
    tried = {"hidden_sizes": [[8], [16, 8], [8, 8]], "learning_rate": [0.1, 0.01, 0.001]}
    config = hw.ClassifierConfig(seeds=[0, 1])
    one, same, other = (_settings(sweep.sample(config, tried, 5, seed=s)) for s in (0, 0, 1))
    assert one == same != other
    assert len(one) == 10
    assert len({str(drawn) for drawn in one}) == 10
    assert {str(drawn[1:]) for drawn in one[:5]} == {str(drawn[1:]) for drawn in one[5:]}
    everything = sweep.sample(config, tried, 1_000)
    assert sorted(_settings(everything)) == sorted(_settings(sweep.grid(config, tried)))


def test_a_sample_draws_from_distributions():
    tried = {"learning_rate": loguniform(1e-4, 1e-2), "batch_norm": [True]}
    rates = [trial.config.learning_rate for trial in sweep.sample(hw.ClassifierConfig(), tried, 50)]
    assert len(set(rates)) == 50
    assert all(1e-4 <= rate <= 1e-2 and type(rate) is float for rate in rates)
    assert sum(rate < 1e-3 for rate in rates) in range(10, 40)


@pytest.mark.parametrize("config", [hw.AutoencoderConfig(), hw.OptdigitsConfig()])
def test_the_network_is_that_of_the_notebook_with_such_settings(config):
    (trial,) = sweep.listed(config, [{"hidden_sizes": [16]}])
    assert isinstance(trial.make_model(DATA), hw.Autoencoder)
    assert not trial.can_be_stacked


def test_the_notebooks_grid_takes_further_settings_and_draws_from_them():
    config = hw.SweepConfig(
        learning_rates=[0.01, 0.001],
        hidden_sizes=[16, 8],
        seeds=[0],
        grid={"dropout": [0.0, 0.5], "learning_rate": [0.1]},
    )
    trials = sweep.grid(config)
    assert [trial.settings for trial in trials] == [
        {"learning_rate": 0.1, "hidden_size": size, "dropout": dropout}
        for size in (8, 16)
        for dropout in (0.0, 0.5)
    ]
    deep = config.model_copy(update={"grid": {"hidden_sizes": [[8], [8, 8]]}, "sample": 3})
    drawn = sweep.grid(deep)
    assert len(drawn) == 3
    assert all(trial.settings.keys() == {"learning_rate", "hidden_sizes"} for trial in drawn)


@pytest.mark.parametrize("grid", [{"dropout": [0.5]}, {"batch_norm": [True]}])
def test_what_numpy_alone_cannot_train_is_refused(grid):
    with pytest.raises(hw.ParameterError, match="engine must be 'torch' for networks with more"):
        sweep.grid(hw.SweepConfig(engine="scratch", grid=grid))
