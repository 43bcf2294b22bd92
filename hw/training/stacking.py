"""Many classifiers with one hidden layer, trained at once on the same batches.

Their first layers are the rows of one matrix, so that a batch is multiplied once for all of them;
their second layers are batched products, one for each hidden size. Every member has its own
weights, learning rate and Adam state, and learns what it would learn alone.
"""

import time
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from hw.config import SweepConfig
from hw.data import Dataset
from hw.models import Classifier, class_scores
from hw.training.graphs import Step, capture_step
from hw.training.optimisation import (
    SCHEDULES,
    BestEpoch,
    adam,
    make_scheduler,
    seed_everything,
    select_device,
)
from hw.training.precision import select_precision
from hw.training.results import OnEpoch, Row

EVALUATION_BATCH = 500  # images: few, so that all hidden layers stay in the processor's cache

Item = TypeVar("Item")


class Stack:
    """The weights of R × S members, R learning rates with S hidden sizes each, in two tensors.

    ``weight`` (R·H, D) holds the first layers below one another; H is the sum of the sizes. A row
    of ``rest`` (R, L) holds the remaining parameters of that learning rate, so Adam sees two
    tensors per rate.

    Parameters
    ----------
    models
        One plain hidden layer each (no batch normalisation, no dropout); all sizes for the first
        rate, then the same sizes for the second, and so on.
    n_rates
        Number of learning rates, R.
    device
        Where they are trained.
    precision
        Of the products in training, float32 or bfloat16; all else is in float32.
    """

    def __init__(
        self,
        models: Sequence[Classifier],
        n_rates: int,
        device: torch.device,
        precision: str = "float32",
    ) -> None:
        layers = [model.linear_layers for model in models]  # pairs: hidden, head
        self.n_rates = n_rates
        self.products = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.n_classes = models[0].head.out_features
        self.sizes = [hidden.out_features for hidden, _ in layers[: len(models) // n_rates]]
        rest = []
        for row in _rows(layers, n_rates):
            biases = [hidden.bias for hidden, _ in row]
            heads = [(head.weight.T.flatten(), head.bias) for _, head in row]
            rest.append(torch.cat([*biases, *chain(*heads)]))
        self.weight = torch.cat([hidden.weight for hidden, _ in layers]).detach().to(device)
        self.rest = torch.stack(rest).detach().to(device)
        self.weight_grad = torch.zeros_like(self.weight)
        self.rest_grad = torch.zeros_like(self.rest)

    def logits(self, images: Tensor) -> Tensor:
        """Logits (M, N, K) of images (N, H, W), computed in batches."""
        batches = images.flatten(1).split(EVALUATION_BATCH)
        return torch.cat([self._forward(batch, self.rest)[0] for batch in batches], dim=1)

    def backward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Set the gradients of each member's mean cross-entropy, without autograd.

        This takes two thirds of autograd's time. With g = (softmax − one-hot) / N, ∂/∂W₂ = hᵀ g and
        ∂/∂h = g W₂ᵀ for each member; where h > 0 the latter is also the gradient of the first
        layer's outputs, whose product with the images is ∂/∂W₁ of all members at once.

        Parameters
        ----------
        images
            (N, H, W), in [0, 1].
        labels
            (N,), in 0..K−1.

        Returns
        -------
        tuple
            Losses (M, N) in nats and predicted classes (M, N).
        """
        inputs = images.flatten(1).to(self.products)  # (N, D)
        rest = self.rest.to(self.products)
        logits, hidden, activations = self._forward(inputs, rest)
        log_probabilities = logits.float().log_softmax(2)
        targets = labels.expand(len(logits), -1)[..., None]  # (M, N, 1)
        grad = log_probabilities.exp()
        grad.scatter_add_(2, targets, torch.full_like(grad[..., :1], -1.0))
        grad /= len(inputs)
        grad_by_size = grad.unflatten(0, (self.n_rates, -1)).to(self.products).unbind(1)
        grad_hidden = torch.empty_like(hidden)  # (N, R·H)
        heads = self._heads(rest)
        head_grads = self._heads(self.rest_grad)
        hidden_grads = self._columns(grad_hidden)
        for size, grad_logits in enumerate(grad_by_size):  # (R, N, K)
            weight, _ = heads[size]
            weight_grad, bias_grad = head_grads[size]
            weight_grad.copy_(activations[size].transpose(1, 2) @ grad_logits)
            bias_grad.copy_(grad_logits.sum(1, keepdim=True))
            hidden_grads[size].copy_(grad_logits @ weight.transpose(1, 2))
        grad_hidden *= hidden.sign()  # 0 or 1; a mask of booleans takes five times as long
        if self.products is torch.float32:
            torch.mm(grad_hidden.T, inputs, out=self.weight_grad)
        else:
            self.weight_grad.copy_(grad_hidden.T @ inputs)
        self.rest_grad[:, : sum(self.sizes)] = grad_hidden.sum(0).view(self.n_rates, -1)
        return -log_probabilities.gather(2, targets).squeeze(2), logits.argmax(2)

    def state_of(self, member: int) -> dict[str, Tensor]:
        """State dict of one member, as its own network has it, on the CPU."""
        rate, number = divmod(member, len(self.sizes))
        size = self.sizes[number]
        start = sum(self.sizes[:number])
        head_weight, head_bias = self._heads(self.rest)[number]
        state = {
            "features.1.weight": self.weight.unflatten(0, (self.n_rates, -1))[rate],
            "features.1.bias": self.rest[rate],
            "head.weight": head_weight[rate].T,
            "head.bias": head_bias[rate, 0],
        }
        for name in ("features.1.weight", "features.1.bias"):
            state[name] = state[name][start : start + size]
        return {
            name: tensor.cpu().clone(memory_format=torch.contiguous_format)
            for name, tensor in state.items()
        }

    def optimizer(self, learning_rates: Sequence[float]) -> torch.optim.Adam:
        """Adam with a learning rate for each row of members."""
        weights = self.weight.chunk(self.n_rates)
        rests = self.rest.unbind()
        gradients = chain(self.weight_grad.chunk(self.n_rates), self.rest_grad.unbind())
        for parameter, gradient in zip(chain(weights, rests), gradients, strict=True):
            parameter.grad = gradient
        groups = [
            {"params": [weight, rest], "lr": learning_rate}
            for weight, rest, learning_rate in zip(weights, rests, learning_rates, strict=True)
        ]
        return adam(groups, self.weight.device)

    def _forward(self, inputs: Tensor, rest: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Logits (M, N, K), hidden activations (N, R·H), and these for each size (R, N, size)."""
        bias = rest[:, : sum(self.sizes)].flatten()
        hidden = torch.addmm(bias, inputs, self.weight.to(inputs.dtype).T).relu_()
        activations = self._columns(hidden)
        logits = [
            torch.baddbmm(head_bias, activation, head_weight)  # (R, N, K)
            for activation, (head_weight, head_bias) in zip(
                activations, self._heads(rest), strict=True
            )
        ]
        return torch.stack(logits, dim=1).flatten(0, 1), hidden, activations

    def _columns(self, hidden: Tensor) -> list[Tensor]:
        """Views (R, N, size) of columns (N, R·H), one for each size."""
        blocks = hidden.unflatten(1, (self.n_rates, -1)).split(self.sizes, dim=2)
        return [block.transpose(0, 1) for block in blocks]

    def _heads(self, rest: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Views (R, size, K) and (R, 1, K) of the second layers' weights and biases, per size."""
        lengths = [
            length for size in self.sizes for length in (size * self.n_classes, self.n_classes)
        ]
        blocks = rest[:, sum(self.sizes) :].split(lengths, dim=1)
        shaped = [block.unflatten(1, (-1, self.n_classes)) for block in blocks]
        return list(zip(shaped[::2], shaped[1::2], strict=True))


def fit_stack(
    models: Sequence[Classifier],
    data: Dataset,
    config: SweepConfig,
    *,
    learning_rates: Sequence[float],
    seed: int,
    on_epoch: OnEpoch | None = None,
) -> list[pd.DataFrame]:
    """Train classifiers at once; each is left in its best epoch's state, as by :func:`hw.fit`.

    Parameters
    ----------
    models
        One plain hidden layer each: all sizes for the first rate, then the same sizes for the
        second, and so on; trained in place.
    data
        Its training and validation splits are used, never its test split.
    config
        Settings; used are ``epochs batch_size schedule device precision system``.
    learning_rates
        Adam's step sizes, R.
    seed
        Seed of the order of the images; the same seed gives the batches of :func:`hw.fit`.
    on_epoch
        Called after each epoch of each member with its rows so far and the number of epochs.

    Returns
    -------
    list
        A history for each member, with the columns of :func:`hw.fit` (``seconds`` are a member's
        share). A member whose loss is no longer finite has diverged: its scores are NaN from then
        on, and the others go on.
    """
    device = select_device(config.device)
    seed_everything(seed)
    precision = select_precision(config, device)
    stack = Stack(models, len(learning_rates), device, precision)
    optimizer = stack.optimizer(learning_rates)
    scheduler = make_scheduler(optimizer, config)
    images, labels = data.train.tensors(device)
    val_images, val_labels = data.val.tensors(device)
    tensors = [stack.weight, stack.rest]
    step = _make_step(stack, optimizer)
    step = capture_step(step, tensors, optimizer, images, labels, config.batch_size)
    rates = np.repeat(learning_rates, len(models) // len(learning_rates)).tolist()
    best = [BestEpoch(model.monitor_mode) for model in models]
    rows: list[list[Row]] = [[] for _ in models]
    for epoch in range(1, config.epochs + 1):
        start = time.perf_counter()
        losses, accuracies = _train_epoch(step, images, labels, config.batch_size)
        logits = stack.logits(val_images).cpu()
        seconds = (time.perf_counter() - start) / len(models)
        factor = SCHEDULES[config.schedule](epoch - 1, config.epochs)
        for member, model in enumerate(models):
            row = {"train_loss": losses[member], "train_accuracy": accuracies[member]}
            scores = class_scores(logits[member], val_labels.cpu())
            row |= {f"val_{name}": value for name, value in scores.items()}
            if np.isfinite(losses[member]):
                best[member].update(row[model.monitor], partial(stack.state_of, member))
            else:
                row = dict.fromkeys(row, float("nan"))
            row |= {"learning_rate": rates[member] * factor, "seconds": seconds}
            rows[member].append({"epoch": epoch} | row)
            if on_epoch:
                on_epoch(rows[member], config.epochs)
        scheduler.step()
    for model, member_best in zip(models, best, strict=True):
        if member_best.state is not None:  # else it diverged in the first epoch
            model.load_state_dict(member_best.state)
    return [pd.DataFrame(member_rows) for member_rows in rows]


def _make_step(stack: Stack, optimizer: torch.optim.Optimizer) -> Step:
    """A function that takes one step of all members; it returns their summed losses and hits."""

    def step(images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        losses, predictions = stack.backward(images, labels)
        optimizer.step()
        return {"loss": losses.sum(1), "hits": (predictions == labels).sum(1)}

    return step


def _train_epoch(
    step: Step, images: Tensor, labels: Tensor, batch_size: int
) -> tuple[list[float], list[float]]:
    """One pass in random order; each member's mean loss and accuracy."""
    sums = []
    for batch in torch.randperm(len(images)).to(images.device).split(batch_size):
        sums.append(torch.stack(list(step(images[batch], labels[batch]).values())))
    losses, accuracies = (torch.stack(sums).cpu().double().sum(0) / len(images)).tolist()
    return losses, accuracies


def _rows(items: Sequence[Item], n_rows: int) -> list[Sequence[Item]]:
    """A sequence cut into rows of equal length."""
    length = len(items) // n_rows
    return [items[start : start + length] for start in range(0, len(items), length)]
