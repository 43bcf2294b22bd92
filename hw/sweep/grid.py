"""Many configurations: which ones, trained on this machine or on a Dask cluster, none of them twice, and the best."""

from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import combinations, groupby

import numpy as np
import pandas as pd
import torch
from scipy.stats import ttest_rel
from tqdm import tqdm

from hw import scratch
from hw.data import Dataset
from hw.models import Classifier
from hw.training.stacking import fit_stack
from hw.training import SCHEDULES, seed_everything
from hw.sweep.store import Result, Trial, store, stored

_COLUMNS = (
    "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_macro_f1", "learning_rate", "seconds",
)  # fmt: skip

TIMEOUT = 5  # seconds in which a Dask scheduler has to answer, and to have a worker


def grid(config):
    """All trials of a sweep: every learning rate with every hidden size with every seed.

    Parameters
    ----------
    config : SweepConfig
        Settings.

    Returns
    -------
    list[Trial]
        Seed by seed, learning rate by learning rate as they are given, the hidden sizes of each from small to large.
    """
    return [
        Trial(learning_rate, hidden_size, seed)
        for seed in config.seeds
        for learning_rate in config.learning_rates
        for hidden_size in sorted(config.hidden_sizes)
    ]


def run(config, data, progress=True):
    """Train every trial that has not been trained before.

    Finished trials are stored at once, in the folder ``trials`` beside the cached data sets, under a name made of their
    settings, the data's checksum and the code; what is stored there is not trained again unless ``config.fresh``.

    Parameters
    ----------
    config : SweepConfig
        Settings. With ``scheduler``, the trials run on that Dask cluster, whose workers have this package.
    data : hw.Dataset
        Its training and validation splits are used, never its test split.
    progress : bool
        Show a progress bar.

    Returns
    -------
    list[Result]
        In the order of :func:`grid`.

    Raises
    ------
    ConnectionError
        When no scheduler answers at the address.
    """
    trials = grid(config)
    done = {} if config.fresh else {trial: stored(trial, config, data) for trial in trials}
    done = {trial: result for trial, result in done.items() if result is not None}
    pending = [trial for trial in trials if trial not in done]
    with tqdm(total=len(trials) * config.epochs, unit="epoch", desc="sweep", disable=not progress) as bar:
        bar.update(len(done) * config.epochs)
        if pending:
            train = _train_on_cluster if config.scheduler else _train_here
            for results in train(pending, data, config, bar):
                for result in results:
                    store(result, config, data)
                    done[result.trial] = result
    return [done[trial] for trial in trials]


def summary(results):
    """A row for each configuration, its scores in the best epoch averaged over seeds.

    Parameters
    ----------
    results : list[Result]
        As :func:`run` returns them.

    Returns
    -------
    pandas.DataFrame
        ``learning_rate hidden_size``, then ``train_loss val_loss train_accuracy val_accuracy val_macro_f1``, the
        standard deviation over seeds ``spread`` of the last, and ``diverged``, the number of seeds that did.
    """
    scores = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "val_macro_f1"]
    frame = pd.DataFrame(
        asdict(result.trial) | result.best_epoch[scores].to_dict() | {"diverged": result.diverged} for result in results
    )
    groups = frame.groupby(["learning_rate", "hidden_size"], sort=False)
    table = groups[scores].mean()
    table["spread"] = groups["val_macro_f1"].std()
    table["diverged"] = groups["diverged"].sum()
    return table.reset_index().sort_values(["learning_rate", "hidden_size"], ascending=[False, True], ignore_index=True)


def best(results):
    """The results of the configuration with the highest mean validation macro F1, one for each seed.

    Configurations that diverged with any seed are passed over.

    Raises
    ------
    ValueError
        When every configuration diverged.
    """
    table = summary(results)
    table = table[table["diverged"] == 0]
    if table.empty:
        raise ValueError("every configuration diverged: lower learning_rates")
    winner = table.loc[table["val_macro_f1"].idxmax()]
    chosen = (winner["learning_rate"], winner["hidden_size"])
    return [result for result in results if (result.trial.learning_rate, result.trial.hidden_size) == chosen]


def neighbours(results):
    """What a step in the grid changes, tested over seeds rather than asserted.

    Parameters
    ----------
    results : list[Result]
        As :func:`run` returns them, with at least two seeds.

    Returns
    -------
    pandas.DataFrame
        A row for each pair of configurations that are next to one another: ``from``, ``to``, the mean ``difference`` of
        validation macro F1, ``p`` of a paired t-test over seeds, and whether it is ``significant`` at 5 % after Holm's
        correction (Holm 1979) for the number of pairs. Without rows for a single seed.
    """
    scores = pd.DataFrame(asdict(result.trial) | {"f1": result.best_epoch["val_macro_f1"]} for result in results)
    table = scores.pivot(index=["learning_rate", "hidden_size"], columns="seed", values="f1").dropna()
    rates, sizes = (sorted(set(table.index.get_level_values(level))) for level in (0, 1))
    rows = []
    for one, two in combinations(table.index, 2):
        steps = abs(rates.index(one[0]) - rates.index(two[0])) + abs(sizes.index(one[1]) - sizes.index(two[1]))
        if steps == 1 and len(table.columns) > 1:
            names = {name: f"rate {rate:g}, {size} units" for name, (rate, size) in (("from", one), ("to", two))}
            p = float(ttest_rel(table.loc[two], table.loc[one]).pvalue)
            rows.append(names | {"difference": (table.loc[two] - table.loc[one]).mean(), "p": p})
    frame = pd.DataFrame(rows, columns=["from", "to", "difference", "p"]).sort_values("p", ignore_index=True)
    thresholds = 0.05 / (len(frame) - np.arange(len(frame)))
    frame["significant"] = ["yes" if passed else "no" for passed in np.minimum.accumulate(frame["p"] <= thresholds)]
    return frame


def train(trials, data, config, on_epoch=lambda n_trials: None):
    """Train trials of one seed, in the order of :func:`grid`: with torch together, from scratch one by one.

    Learning rates that are tried with the same hidden sizes form one stack: a whole grid, or what is left of one.

    Returns
    -------
    list[Result]
        In their order.
    """
    if config.engine == "scratch":
        return [_train_from_scratch(trial, _new_model(trial), data, config, on_epoch) for trial in trials]
    sizes = {
        rate: tuple(trial.hidden_size for trial in group)
        for rate, group in groupby(trials, key=lambda trial: trial.learning_rate)
    }
    results = {}
    for shape in dict.fromkeys(sizes.values()):
        rates = [rate for rate in sizes if sizes[rate] == shape]
        stack = [trial for trial in trials if trial.learning_rate in rates]
        models = [_new_model(trial) for trial in stack]
        step = partial(on_epoch, len(stack))
        histories = fit_stack(models, rates, data, config, seed=trials[0].seed, on_epoch=step)
        results |= {trial: Result(trial, *parts) for trial, *parts in zip(stack, models, histories, strict=True)}
    return [results[trial] for trial in trials]


def _new_model(trial):
    """The network of a trial with the weights that it would start from alone."""
    seed_everything(trial.seed)
    return Classifier([trial.hidden_size], batch_norm=False)


def _train_from_scratch(trial, model, data, config, on_epoch):
    """One trial with hw.scratch, from the weights of `model`, which gets those of the best epoch."""
    hidden, head = model.features[1], model.head
    net = scratch.Sequential(
        scratch.Linear(hidden.in_features, hidden.out_features, None),
        scratch.ReLU(),
        scratch.Linear(head.in_features, head.out_features, None),
    )
    pairs = ((net.layers[0].parameters, hidden), (net.layers[2].parameters, head))
    for ours, theirs in pairs:
        ours["weight"][...], ours["bias"][...] = theirs.weight.detach().numpy().T, theirs.bias.detach().numpy()
    optimizer = scratch.Adam(net, trial.learning_rate)
    fit = partial(
        scratch.fit, net, *(_flat(split) for split in (data.train, data.val)), loss=scratch.SoftmaxCrossEntropy(),
        optimizer=optimizer, epochs=1, batch_size=config.batch_size, generator=np.random.default_rng(trial.seed),
        progress=False,
    )  # fmt: skip
    rows, highest = [], -1.0
    for epoch in range(1, config.epochs + 1):
        optimizer.learning_rate = trial.learning_rate * SCHEDULES[config.schedule](epoch - 1, config.epochs)
        try:
            row = fit().iloc[0].to_dict() | {"epoch": epoch}
        except FloatingPointError:
            row = dict.fromkeys(_COLUMNS, np.nan) | {"epoch": epoch, "learning_rate": optimizer.learning_rate}
        rows.append(row)
        if row["val_accuracy"] > highest:
            highest = row["val_accuracy"]
            for ours, theirs in pairs:
                state = {"weight": ours["weight"].T.copy(), "bias": ours["bias"].copy()}
                theirs.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        on_epoch(1)
    return Result(trial, model, pd.DataFrame(rows))


def _flat(split):
    """Inputs (N, D) in [0, 1] and labels (N,), for hw.scratch."""
    return split.images.reshape(len(split), -1).astype(np.float32) / 255, split.labels


def _train_here(trials, data, config, bar):
    for _, group in groupby(trials, key=lambda trial: trial.seed):
        yield train(list(group), data, config, on_epoch=bar.update)


def _train_on_cluster(trials, data, config, bar):
    """The same on a Dask cluster: each seed's trials are dealt out to the workers, results come as they finish.

    The data are a task's result rather than scattered: when the worker that holds them dies, Dask has another one make
    them again, as it does with everything that was lost.
    """
    distributed = _dask().distributed
    with _client(config.scheduler) as client:
        parts = _deal(trials, len(client.scheduler_info(n_workers=-1)["workers"]))
        shared = client.submit(partial(Dataset, **vars(data)), pure=False)
        futures = [client.submit(train, part, shared, config, pure=False) for part in parts]
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                results = future.result()
                bar.update(len(results) * config.epochs)
                yield results
        except (CancelledError, distributed.KilledWorker) as error:
            raise ConnectionError(f"the Dask cluster at {config.scheduler} keeps losing workers: {error}") from None


def _deal(trials, n_parts):
    """Each seed's trials in `n_parts` parts of about the same size, as lists."""
    parts = []
    for _, group in groupby(trials, key=lambda trial: trial.seed):
        group = list(group)
        size = -(-len(group) // n_parts)
        parts += [group[start : start + size] for start in range(0, len(group), size)]
    return parts


def _dask():
    """The package ``dask`` with ``dask.distributed``, which the extra `dask` brings."""
    try:
        import dask.distributed
    except ImportError:
        raise ImportError("scheduler needs Dask: pip install 'hw[dask]'") from None
    return dask


@contextmanager
def _client(address):
    """A client of the scheduler at `address`, once it has a worker."""
    dask = _dask()
    quiet = {"distributed.admin.large-graph-warning-threshold": "10GB"}  # the data are meant to travel with the task
    try:
        client = dask.distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionError(
            f"scheduler must be the address of a running Dask scheduler, got {address!r}: {error}"
        ) from None
    with client, dask.config.set(quiet):
        try:
            client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError:
            raise ConnectionError(f"scheduler {address} has no workers: start one with dask worker {address}") from None
        yield client
