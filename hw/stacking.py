"""Many classifiers with one hidden layer trained at once, on the same batches, each as if it were alone.

Their first layers are the rows of one matrix, so that a batch is multiplied once for all of them; their second layers
are batched products, one for each hidden size. Every member has its own weights, learning rate and Adam state.
"""

import copy
import time
from itertools import groupby

import pandas as pd
import torch
from torch.nn import functional as F

from hw.training import class_scores, seed_everything, select_device


class Stack:
    """The weights of M members in common tensors.

    Parameters
    ----------
    models : list[Classifier]
        One plain hidden layer each (no batch normalisation, no dropout), sorted by its size.
    device : torch.device
        Where they are trained.
    """

    def __init__(self, models, device):
        self.models = models
        hidden, heads = [model.features[1] for model in models], [model.head for model in models]
        self.weight = _common([layer.weight for layer in hidden], torch.cat, device)  # (ΣH, D)
        self.bias = _common([layer.bias for layer in hidden], torch.cat, device)  # (ΣH,)
        sizes = [layer.out_features for layer in hidden]
        self.groups, start, first = [], 0, 0
        for size, members in groupby(sizes):
            count = len(list(members))
            group = heads[first : first + count]
            weight = _common([head.weight.T for head in group], torch.stack, device)  # (M, H, K)
            bias = _common([head.bias[None] for head in group], torch.stack, device)  # (M, 1, K)
            self.groups.append((slice(start, start + count * size), count, size, weight, bias))
            start, first = start + count * size, first + count
        self.tensors = [
            self.weight,
            self.bias,
            *(tensor for *_, weight, bias in self.groups for tensor in (weight, bias)),
        ]

    def logits(self, images):
        """Logits (M, N, K) of images (N, H, W)."""
        hidden = torch.relu(torch.addmm(self.bias, images.flatten(1), self.weight.T))  # (N, ΣH)
        parts = [
            torch.baddbmm(bias, hidden[:, rows].view(len(images), count, size).transpose(0, 1), weight)
            for rows, count, size, weight, bias in self.groups
        ]
        return torch.cat(parts)

    def views(self, tensors):
        """Each member's own part of tensors shaped like `self.tensors`: weight, bias, head's weight and bias."""
        weight, bias, *heads = tensors
        for number, (rows, count, size, *_) in enumerate(self.groups):
            for member in range(count):
                own = slice(rows.start + member * size, rows.start + (member + 1) * size)
                yield weight[own], bias[own], heads[2 * number][member], heads[2 * number + 1][member]

    def state_of(self, member):
        """State dict of one member, as its own network has it."""
        weight, bias, head_weight, head_bias = (part.detach().cpu().clone() for part in self._parts[member])
        names = ("features.1.weight", "features.1.bias", "head.weight", "head.bias")
        return dict(zip(names, (weight, bias, head_weight.T.contiguous(), head_bias[0]), strict=True))

    def optimizer(self, learning_rates):
        """Adam with a learning rate for each member, over views that share memory with the common tensors."""
        self._parts = list(self.views([tensor.detach() for tensor in self.tensors]))
        gradients = list(self.views([tensor.grad for tensor in self.tensors]))
        groups = []
        for parts, grads, learning_rate in zip(self._parts, gradients, learning_rates, strict=True):
            for part, grad in zip(parts, grads, strict=True):
                part.grad = grad
            groups.append({"params": list(parts), "lr": learning_rate})
        merged = {}
        for group in groups:  # one group for each rate: fewer, larger calls
            merged.setdefault(group["lr"], []).extend(group["params"])
        return torch.optim.Adam([{"params": parts, "lr": rate} for rate, parts in merged.items()], fused=True)


def fit_stack(models, learning_rates, data, config, *, seed, on_epoch=lambda: None):
    """Train classifiers at once; each is left as it was in its best validation epoch, as :func:`hw.fit` leaves it.

    Parameters
    ----------
    models : list[Classifier]
        One plain hidden layer each, sorted by its size; changed in place.
    learning_rates : list[float]
        Adam's step size of each.
    data : hw.Dataset
        Its training and validation splits are used, never its test split.
    config : SweepConfig
        Settings; used are ``epochs batch_size device``.
    seed : int
        Of the order of the images; the same seed gives the batches of :func:`hw.fit`.
    on_epoch : callable
        Called after each epoch.

    Returns
    -------
    list[pandas.DataFrame]
        A history for each member, with the columns of :func:`hw.fit` (``seconds`` are a member's share). A member whose
        loss is no longer finite has diverged: from there on its scores are NaN, and the others go on.
    """
    device = select_device(config.device)
    seed_everything(seed)
    stack = Stack(models, device)
    optimizer = stack.optimizer(learning_rates)
    images, labels = data.train.tensors(device)
    val_images, val_labels = data.val.tensors(device)
    best, states = [-1.0] * len(models), [copy.deepcopy(model.state_dict()) for model in models]
    rows = [[] for _ in models]
    for epoch in range(1, config.epochs + 1):
        start = time.perf_counter()
        losses, accuracies = _train_epoch(stack, optimizer, images, labels, config.batch_size)
        with torch.inference_mode():
            logits = stack.logits(val_images).cpu()
        share = (time.perf_counter() - start) / len(models)
        for member, rate in enumerate(learning_rates):
            scores = class_scores(logits[member], val_labels.cpu())
            row = {"epoch": epoch, "train_loss": losses[member], "train_accuracy": accuracies[member]}
            row |= {f"val_{name}": value for name, value in scores.items()}
            if not torch.isfinite(torch.tensor(losses[member])):
                row = dict.fromkeys(row, float("nan")) | {"epoch": epoch}
            rows[member].append(row | {"learning_rate": rate, "seconds": share})
            if row["val_accuracy"] > best[member]:
                best[member], states[member] = row["val_accuracy"], stack.state_of(member)
        on_epoch()
    for model, state in zip(models, states, strict=True):
        model.load_state_dict(state)
    return [pd.DataFrame(member) for member in rows]


def _train_epoch(stack, optimizer, images, labels, batch_size):
    """One pass in random order; each member's mean loss and accuracy, two lists."""
    sums = []
    for batch in torch.randperm(len(images)).to(images.device).split(batch_size):
        targets = labels[batch]
        for tensor in stack.tensors:
            tensor.grad.zero_()
        logits = stack.logits(images[batch])  # (M, B, K)
        members, size, _ = logits.shape
        losses = F.cross_entropy(logits.flatten(0, 1), targets.repeat(members), reduction="none").view(members, size)
        losses.mean(1).sum().backward()
        optimizer.step()
        sums.append(torch.stack([losses.detach().sum(1), (logits.detach().argmax(2) == targets).sum(1)]))
    return (torch.stack(sums).cpu().double().sum(0) / len(images)).tolist()


def _common(parts, join, device):
    """One tensor that holds all parts and learns, with a gradient that stays in its place."""
    tensor = join([part.detach() for part in parts]).contiguous().to(device).requires_grad_()
    tensor.grad = torch.zeros_like(tensor)
    return tensor
