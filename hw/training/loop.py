"""The one training loop, and what goes with it: devices, seeds, evaluation in large batches."""

import copy
import math
import random
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch.optim import lr_scheduler
from tqdm import tqdm

from hw.training.graphs import captured

EVALUATION_BATCH = 5_000  # images per forward pass where no gradient is kept

SCHEDULES = {  # what the learning rate is multiplied by, given the number of finished epochs and that of all
    "constant": lambda done, epochs: 1.0,
    "step": lambda done, epochs: 0.5 ** (done // 20),
    "cosine": lambda done, epochs: (1 + math.cos(math.pi * done / epochs)) / 2,
}


@dataclass(frozen=True)
class Run:
    """One training run: its seed, the network as of its best epoch, and the history, a row per epoch."""

    seed: int
    model: torch.nn.Module
    history: pd.DataFrame


class Stopped(KeyboardInterrupt):
    """Training was interrupted; ``history`` holds the whole epochs before, and the network is that of the best."""

    def __init__(self, history, epochs):
        super().__init__(f"stopped after {len(history)} of {epochs} epochs")
        self.history = history


def fit_seeds(build, data, config, progress=True, on_epoch=None):
    """Train one network per seed. An interrupt keeps what has been trained so far and says so.

    Parameters
    ----------
    build : callable
        Takes `config` and returns a new network, as ``hw.Classifier.from_config``.
    data : hw.Dataset
        Its training and validation splits are used, never its test split.
    config : ClassifierConfig
        Settings, with the list `seeds`.
    progress : bool
        Show a progress bar.
    on_epoch : callable, optional
        As in :func:`fit`.

    Returns
    -------
    list[Run]
        In the order of ``config.seeds``; fewer, the last of them shorter, after an interrupt.
    """
    runs = []
    for seed in config.seeds:
        seed_everything(seed)
        model = build(config)
        try:
            history = fit(model, data, config, seed=seed, progress=progress, on_epoch=on_epoch)
        except Stopped as stop:
            print(f"seed {seed}: {stop}")
            return [*runs, Run(seed, model, stop.history)]
        runs.append(Run(seed, model, history))
    return runs


def fit(model, data, config, *, seed=0, progress=True, on_epoch=None):
    """Train a network with Adam (Kingma and Ba 2015), and leave it as it was in its best validation epoch.

    All images lie in the device's memory; an epoch is one random permutation of them, cut into batches. No step waits
    for the device: losses are added up there and read once an epoch.

    Parameters
    ----------
    model : torch.nn.Module
        With ``loss(images, labels)``, which returns a dict of 0-d tensors, the one called "loss" to be minimised;
        ``scores(images, labels)``, the like as floats; and ``selects``, the history column that decides on the best
        epoch, with ``max`` or ``min``.
    data : hw.Dataset
        Its training and validation splits are used, never its test split.
    config : ClassifierConfig
        Settings; used are ``epochs batch_size learning_rate weight_decay schedule device``.
    seed : int
        Of the order of the images, of dropout and of augmentation.
    progress : bool
        Show a progress bar.
    on_epoch : callable, optional
        Is called after each epoch with the history's rows so far (a list of dicts) and the number of epochs in all.

    Returns
    -------
    pandas.DataFrame
        A row per epoch: ``epoch``, ``train_…`` (running means over the epoch, in training mode), ``val_…`` (after the
        epoch), ``learning_rate``, ``seconds``.

    Raises
    ------
    FloatingPointError
        When the loss is not a finite number; names the epoch and the batch.
    Stopped
        When an interrupt comes after the first epoch.
    """
    device = select_device(config.device)
    seed_everything(seed)
    model.to(device)
    images, labels = data.train.tensors(device)
    model.train()
    optimizer = adam([{"params": model.parameters(), "lr": config.learning_rate}], device, config.weight_decay)
    step = captured(
        _step(model, optimizer), [*model.parameters(), *model.buffers()], optimizer, images, labels, config.batch_size
    )
    schedule = scheduled(optimizer, config)
    column, better = model.selects
    best, best_state, rows = None, None, []
    bar = tqdm(range(1, config.epochs + 1), desc=f"seed {seed}", unit="epoch", disable=not progress, mininterval=0.5)
    try:
        for epoch in bar:
            start = time.perf_counter()
            row = {"epoch": epoch}
            row |= _prefixed("train", _train_epoch(model, step, images, labels, config, epoch))
            row |= _prefixed("val", evaluate(model, data.val))
            row |= {"learning_rate": float(schedule.get_last_lr()[0]), "seconds": time.perf_counter() - start}
            schedule.step()
            bar.set_postfix({name: f"{row[name]:.4f}" for name in ("train_loss", "val_loss", column)})
            if best is None or (row[column] != best and better(row[column], best) == row[column]):
                best, best_state = row[column], copy.deepcopy(model.state_dict())
            rows.append(row)
            if on_epoch:
                on_epoch(rows, config.epochs)
    except KeyboardInterrupt:
        if not rows:
            raise
        model.load_state_dict(best_state)
        raise Stopped(pd.DataFrame(rows), config.epochs) from None
    model.load_state_dict(best_state)
    return pd.DataFrame(rows)


def _step(model, optimizer):
    """A function that takes one step on a batch and returns what ``model.loss`` returned."""

    def step(images, labels):
        scores = model.loss(images, labels)
        optimizer.zero_grad()
        scores["loss"].backward()
        optimizer.step()
        return {name: score.detach() for name, score in scores.items()}

    return step


def _train_epoch(model, step, images, labels, config, epoch):
    """One pass over the images in random order; means of what ``model.loss`` returns, weighted by batch size."""
    model.train()
    batches = torch.randperm(len(images)).to(images.device).split(config.batch_size)
    if len(batches) > 1 and len(batches[-1]) == 1:  # batch normalisation needs two
        batches = batches[:-1]
    scores = []
    for batch in batches:
        score = step(images[batch], labels[batch])
        scores.append(torch.stack(list(score.values())))
    per_batch = torch.stack(scores).cpu().double()
    bad = torch.nonzero(~torch.isfinite(per_batch[:, 0]))
    if len(bad):
        raise FloatingPointError(
            f"the loss became {per_batch[bad[0, 0], 0].item()} in epoch {epoch}, batch {bad[0, 0].item() + 1}: "
            f"lower learning_rate (now {config.learning_rate:g}) or raise batch_size"
        )
    weights = torch.tensor([len(batch) for batch in batches], dtype=torch.float64)
    means = (weights @ per_batch / weights.sum()).tolist()
    return dict(zip(score, means, strict=True))


def adam(groups, device, weight_decay=0.0):
    """Adam (Kingma and Ba 2015) in one fused operation; on a GPU one that can be recorded, with rates that are tensors.

    Parameters
    ----------
    groups : list[dict]
        With ``params`` and ``lr``, a float.
    device : torch.device
        Where the parameters are.
    weight_decay : float
        L2 penalty added to the gradient.
    """
    on_gpu = device.type == "cuda"
    if on_gpu:
        groups = [group | {"lr": torch.tensor(group["lr"], device=device)} for group in groups]
    return torch.optim.Adam(groups, weight_decay=weight_decay, fused=True, capturable=on_gpu)


def scheduled(optimizer, config):
    """The schedule of a configuration, as a torch scheduler that is stepped after each epoch."""
    factor = SCHEDULES[config.schedule]
    return lr_scheduler.LambdaLR(optimizer, lambda done: factor(done, config.epochs))


def predict(model, split, through=None):
    """Outputs of a network in evaluation mode, in large batches.

    Parameters
    ----------
    model : torch.nn.Module
        On any device; stays there.
    split : hw.Split
        N examples.
    through : callable, optional
        Part of the network that is asked for, as ``model.encode``; the whole network by default.

    Returns
    -------
    torch.Tensor
        On the CPU, float32, first dimension N: logits (N, K) of a classifier, images (N, H, W) of an autoencoder.
    """
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        images, _ = split.tensors(device)
        return torch.cat([(through or model)(batch) for batch in images.split(EVALUATION_BATCH)]).cpu()


def evaluate(model, split):
    """Scores of a network on a split, in evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
        With ``scores(images, labels)``; on any device; stays there.
    split : hw.Split
        N labelled examples.

    Returns
    -------
    dict[str, float]
        As ``model.scores`` returns them: of a classifier ``loss`` (mean cross-entropy in nats), ``accuracy`` and
        ``macro_f1`` in [0, 1]; of an autoencoder ``loss`` and ``mse``.
    """
    model.eval()
    with torch.inference_mode():
        return model.scores(*split.tensors(next(model.parameters()).device))


def select_device(name="auto"):
    """The torch device of that name; ``auto`` takes CUDA, then Apple's MPS, then the CPU.

    Raises
    ------
    ValueError
        When the machine has no such device.

    Examples
    --------
    >>> select_device("cpu")
    device(type='cpu')
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, there in present.items() if there)
    if not present.get(name, False):
        there = ", ".join(device for device, yes in present.items() if yes)
        raise ValueError(f"device must be one that this machine has (auto, {there}), got {name!r}")
    return torch.device(name)


def seed_everything(seed):
    """Seed Python's, NumPy's and torch's global generators, which torch's own layers draw from."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 -- libraries may draw from it
    torch.manual_seed(seed)


def _prefixed(prefix, scores):
    return {f"{prefix}_{name}": value for name, value in scores.items()}
