"""The training loop, and evaluation in large batches."""

import copy
import time
from collections.abc import Callable
from typing import cast

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from hw.data import Dataset, Split
from hw.training.graphs import Step, capture_step
from hw.training.optimisation import (
    BestEpoch,
    FitConfig,
    adam,
    make_scheduler,
    seed_everything,
    select_device,
)
from hw.training.precision import products_in, select_precision
from hw.training.results import OnEpoch, Row, Stopped, Trainable

EVALUATION_BATCH = 5_000  # images per forward pass without gradients


def fit(
    model: Trainable,
    data: Dataset,
    config: FitConfig,
    *,
    seed: int = 0,
    progress: bool = True,
    on_epoch: OnEpoch | None = None,
) -> pd.DataFrame:
    """Train a network with Adam (Kingma and Ba 2015), and leave it in its best epoch's state.

    Without validation images there is no ``val_…`` to choose by: the last epoch's state stays.

    All images are in the device's memory; an epoch is one random permutation of them, cut into
    batches. No step waits for the device: losses are added up there and read once an epoch.

    Parameters
    ----------
    model
        A ``torch.nn.Module`` with the members of :class:`Trainable`; trained in place.
    data
        Its training and validation splits are used, never its test split.
    config
        Settings; used are ``epochs batch_size learning_rate weight_decay schedule device
        precision system``.
    seed
        Seed of the order of the images, of dropout and of augmentation.
    progress
        Show a progress bar.
    on_epoch
        Called after each epoch with the rows recorded so far and the number of epochs.

    Returns
    -------
    DataFrame
        A row per epoch: ``epoch`` from 1, ``train_…`` (running means over the epoch, in training
        mode), ``val_…`` (after the epoch, if there are validation images), ``learning_rate``,
        ``seconds``.

    Raises
    ------
    TypeError
        If `model` or `config` lacks something that training needs.
    ValueError
        If ``model.monitor`` is not a column of the history.
    FloatingPointError
        If the loss is not a finite number; the message names the epoch and the batch.
    Stopped
        If an interrupt comes after the first epoch.
    """
    module = _check(model, config)
    device = select_device(config.device)
    seed_everything(seed)
    module.to(device)
    module.train()
    group = {"params": module.parameters(), "lr": config.learning_rate}
    optimizer = adam([group], device, config.weight_decay)
    images, labels = data.train.tensors(device)
    tensors = [*module.parameters(), *module.buffers()]
    precision = select_precision(config, device)
    step = _make_step(model, optimizer, precision)
    step = capture_step(step, tensors, optimizer, images, labels, config.batch_size)
    scheduler = make_scheduler(optimizer, config)  # after the capture, which runs steps
    unvalidated = not len(data.val) and model.monitor.startswith("val_")
    monitor = "epoch" if unvalidated else model.monitor  # the last epoch is the highest
    best = BestEpoch("max" if unvalidated else model.monitor_mode)
    rows: list[Row] = []
    epochs = tqdm(
        range(1, config.epochs + 1),
        desc=f"seed {seed}",
        unit="epoch",
        disable=not progress,
        mininterval=0.5,
    )
    try:
        for epoch in epochs:
            start = time.perf_counter()
            module.train()
            row: Row = {"epoch": epoch}
            row |= _prefixed("train", _train_epoch(step, images, labels, config, epoch))
            if len(data.val):
                row |= _prefixed("val", evaluate(module, data.val))
            row["learning_rate"] = float(scheduler.get_last_lr()[0])
            row["seconds"] = time.perf_counter() - start
            scheduler.step()
            best.update(_monitored(monitor, row), lambda: copy.deepcopy(module.state_dict()))
            rows.append(row)
            _show(epochs, row, model.monitor)
            if on_epoch:
                on_epoch(rows, config.epochs)
    except KeyboardInterrupt:
        if not rows:
            raise
        module.load_state_dict(best.state)
        raise Stopped(pd.DataFrame(rows), config.epochs) from None
    module.load_state_dict(best.state)
    return pd.DataFrame(rows)


def _check(model: Trainable, config: FitConfig) -> nn.Module:
    """The model as a module; TypeError if it or the configuration lacks what training needs."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {model!r}")
    members = ("loss", "scores", "monitor", "monitor_mode")
    if missing := [name for name in members if not hasattr(model, name)]:
        raise TypeError(
            f"model must have {', '.join(members)} (see hw.training.Trainable), "
            f"got {type(model).__name__} without {', '.join(missing)}"
        )
    fields = (
        *("epochs", "batch_size", "learning_rate", "weight_decay", "schedule"),
        *("device", "precision", "system"),
    )
    if not all(hasattr(config, name) for name in fields):
        raise TypeError(
            f"config must be settings such as hw.ClassifierConfig(), with {', '.join(fields)}, "
            f"got {config!r}"
        )
    return model


def _show(bar: "tqdm[int]", row: Row, monitor: str) -> None:
    """Show losses and the monitored score beside the progress bar."""
    shown = ("train_loss", "val_loss", monitor)
    bar.set_postfix({name: f"{row[name]:.4f}" for name in shown if name in row})


def _monitored(monitor: str, row: Row) -> float:
    """The value of the monitored column in this epoch."""
    if monitor not in row:
        columns = ", ".join(row)
        raise ValueError(f"monitor must be a column of the history ({columns}), got {monitor!r}")
    return row[monitor]


def _make_step(model: Trainable, optimizer: torch.optim.Optimizer, precision: str) -> Step:
    """A function that takes one step on a batch and returns what ``model.loss`` returned."""

    def step(images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        with products_in(precision, images.device):
            scores = model.loss(images, labels)
        if not isinstance(scores, dict) or "loss" not in scores:
            got = f"keys {list(scores)}" if isinstance(scores, dict) else type(scores).__name__
            raise TypeError(
                f'model.loss must return a dict of tensors with the key "loss", got {got}'
            )
        optimizer.zero_grad()
        scores["loss"].backward()
        optimizer.step()
        return {name: score.detach() for name, score in scores.items()}

    return step


def _train_epoch(
    step: Step, images: Tensor, labels: Tensor, config: FitConfig, epoch: int
) -> dict[str, float]:
    """One pass over the images in random order; means of the scores, weighted by batch size."""
    batches = torch.randperm(len(images)).to(images.device).split(config.batch_size)
    if len(batches) > 1 and len(batches[-1]) == 1:  # batch normalisation needs two
        batches = batches[:-1]
    scores = []
    for batch in batches:
        score = step(images[batch], labels[batch])
        scores.append(torch.stack(list(score.values())))
    per_batch = torch.stack(scores).cpu().double()  # (batches, scores)
    losses = per_batch[:, list(score).index("loss")]
    lost = torch.nonzero(~torch.isfinite(losses))
    if len(lost):
        batch_index = int(lost[0, 0])
        raise FloatingPointError(
            f"the loss became {losses[batch_index].item()} in epoch {epoch}, "
            f"batch {batch_index + 1}: "
            f"lower learning_rate (now {config.learning_rate:g}) or raise batch_size"
        )
    weights = torch.tensor([len(batch) for batch in batches], dtype=torch.float64)
    means = (weights @ per_batch / weights.sum()).tolist()
    return dict(zip(score, means, strict=True))


def predict(
    model: nn.Module, split: Split, *, method: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Outputs of a network in evaluation mode, computed in large batches.

    Parameters
    ----------
    model
        On any device; stays there.
    split
        N images.
    method
        Method of the network to call, such as ``model.encode``; the network itself by default.

    Returns
    -------
    Tensor
        On the CPU, float32, first dimension N: logits (N, K) of a classifier, images of an
        autoencoder.
    """
    device = next(model.parameters()).device
    model.eval()
    call = method or model
    with torch.inference_mode():
        images, _ = split.tensors(device)
        return torch.cat([call(batch) for batch in images.split(EVALUATION_BATCH)]).cpu()


def evaluate(model: nn.Module, split: Split) -> dict[str, float]:
    """Scores of a network on a split, in evaluation mode.

    Parameters
    ----------
    model
        With ``scores(images, labels)``; on any device; stays there.
    split
        N labelled images.

    Returns
    -------
    dict
        As ``model.scores`` returns them: of a classifier ``loss`` (mean cross-entropy in nats),
        ``accuracy`` and ``macro_f1`` in [0, 1]; of an autoencoder ``loss`` and ``mse``.
    """
    model.eval()
    device = next(model.parameters()).device
    with torch.inference_mode():
        return cast(Trainable, model).scores(*split.tensors(device))


def _prefixed(prefix: str, scores: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in scores.items()}
