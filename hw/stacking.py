"""Many classifiers with one hidden layer trained at once, on the same batches, each as if it were alone.

Their first layers are the rows of one matrix, so that a batch is multiplied once for all of them; their second layers
are batched products, one for each hidden size. Every member has its own weights, learning rate and Adam state.
"""

import copy
import time
from itertools import groupby, islice

import pandas as pd
import torch

from hw.training import class_scores, seed_everything, select_device


class Stack:
    """The weights of M members in common tensors, with their gradients beside them.

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
        sizes = [layer.out_features for layer in hidden]
        self.groups = [(size, len(list(members))) for size, members in groupby(sizes)]  # hidden size, members
        counts = [count for _, count in self.groups]
        self.widths = [size * count for size, count in self.groups]
        tensors = [torch.cat([layer.weight for layer in hidden]), torch.cat([layer.bias for layer in hidden])]
        for group in _split(heads, counts):
            tensors += [
                torch.stack([head.weight.T for head in group]),
                torch.stack([head.bias[None] for head in group]),
            ]
        self.tensors = [tensor.detach().to(device) for tensor in tensors]
        self.gradients = [torch.zeros_like(tensor) for tensor in self.tensors]
        self.weight, self.bias, *heads = self.tensors  # (ΣH, D), (ΣH,)
        self.heads = list(zip(heads[::2], heads[1::2], strict=True))  # (M, H, K), (M, 1, K) for each group
        self.parts = list(self._views(self.tensors))

    def logits(self, images):
        """Logits (M, N, K) of images (N, H, W)."""
        return self._forward(images.flatten(1))[0]

    def backward(self, images, labels):
        """Set the gradients of each member's mean cross-entropy; returns losses (M, N) and predictions (M, N).

        By hand, since it takes two thirds of autograd's time: with g = (softmax − one-hot) / N, ∂/∂W₂ = hᵀ g and
        ∂/∂h = g W₂ᵀ for each member; where h > 0 that is also the gradient of the first layer's outputs, whose product
        with the images is ∂/∂W₁ of all members at once.
        """
        inputs = images.flatten(1)  # (N, D)
        logits, hidden, activations = self._forward(inputs)
        log_probabilities = logits.log_softmax(2)
        targets = labels.expand(len(logits), -1)[..., None]  # (M, N, 1)
        grad = log_probabilities.exp()
        grad.scatter_add_(2, targets, torch.full_like(grad[..., :1], -1.0))
        grad /= len(inputs)
        weight_grad, bias_grad, *head_grads = self.gradients
        grad_hidden = torch.empty_like(hidden)  # (N, ΣH)
        groups = zip(
            grad.split([count for _, count in self.groups]), activations, self.heads, self._members(grad_hidden),
            zip(head_grads[::2], head_grads[1::2], strict=True), strict=True,
        )  # fmt: skip
        for own, activation, (weight, _), own_hidden, (into_weight, into_bias) in groups:
            torch.bmm(activation.transpose(1, 2), own, out=into_weight)
            torch.sum(own, 1, keepdim=True, out=into_bias)
            own_hidden.copy_(own @ weight.transpose(1, 2))
        grad_hidden *= hidden > 0
        torch.mm(grad_hidden.T, inputs, out=weight_grad)
        torch.sum(grad_hidden, 0, out=bias_grad)
        return -log_probabilities.gather(2, targets).squeeze(2), logits.argmax(2)

    def state_of(self, member):
        """State dict of one member, as its own network has it."""
        weight, bias, head_weight, head_bias = (part.cpu().clone() for part in self.parts[member])
        names = ("features.1.weight", "features.1.bias", "head.weight", "head.bias")
        return dict(zip(names, (weight, bias, head_weight.T.contiguous(), head_bias[0]), strict=True))

    def optimizer(self, learning_rates):
        """Adam with a learning rate for each member, one group of tensors for each rate."""
        groups = {}
        for parts, gradients, rate in zip(self.parts, self._views(self.gradients), learning_rates, strict=True):
            for part, gradient in zip(parts, gradients, strict=True):
                part.grad = gradient
            groups.setdefault(rate, []).extend(parts)
        return torch.optim.Adam([{"params": parts, "lr": rate} for rate, parts in groups.items()], fused=True)

    def _forward(self, inputs):
        """Logits (M, N, K), hidden activations (N, ΣH), and these again for each group (M, N, H)."""
        hidden = torch.addmm(self.bias, inputs, self.weight.T).relu_()
        activations = self._members(hidden)
        logits = [torch.baddbmm(bias, own, weight) for own, (weight, bias) in zip(activations, self.heads, strict=True)]
        return torch.cat(logits), hidden, activations

    def _members(self, hidden):
        """Views (M, N, H) of columns (N, ΣH), one for each group."""
        columns = hidden.split(self.widths, dim=1)
        return [
            own.unflatten(1, (-1, size)).transpose(0, 1) for own, (size, _) in zip(columns, self.groups, strict=True)
        ]

    def _views(self, tensors):
        """Each member's own part of tensors shaped like ``tensors``: weight, bias, head's weight and bias."""
        weight, bias, *heads = tensors
        rows = [size for size, count in self.groups for _ in range(count)]
        own_heads = [pair for group in zip(heads[::2], heads[1::2], strict=True) for pair in zip(*group, strict=True)]
        return zip(weight.split(rows), bias.split(rows), *zip(*own_heads, strict=True), strict=True)


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
        losses, predictions = stack.backward(images[batch], targets)
        optimizer.step()
        sums.append(torch.stack([losses.sum(1), (predictions == targets).sum(1)]))
    return (torch.stack(sums).cpu().double().sum(0) / len(images)).tolist()


def _split(items, counts):
    """Consecutive parts of a list, of these lengths."""
    iterator = iter(items)
    return [list(islice(iterator, count)) for count in counts]
