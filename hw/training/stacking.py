"""Many classifiers with one hidden layer trained at once, on the same batches, each as if it were alone.

Their first layers are the rows of one matrix, so that a batch is multiplied once for all of them; their second layers
are batched products, one for each hidden size. Every member has its own weights, learning rate and Adam state.
"""

import copy
import time
from itertools import chain

import pandas as pd
import torch

from hw.training.graphs import captured
from hw.models import class_scores
from hw.training import SCHEDULES, adam, scheduled, seed_everything, select_device

EVALUATION_BATCH = 500  # images: small, so that the hidden layers of all members stay in the processor's cache


class Stack:
    """The weights of R × S members, R learning rates with S hidden sizes each, in two tensors.

    ``weight`` (R·H, D) holds the first layers below one another, H being the sum of the sizes; a row of ``rest`` (R, L)
    holds whatever else the members of a learning rate learn: so Adam has two tensors for each rate.

    Parameters
    ----------
    models : list[Classifier]
        One plain hidden layer each (no batch normalisation, no dropout); the sizes of the first rate, of the second …
    n_rates : int
        R.
    device : torch.device
        Where they are trained.
    """

    def __init__(self, models, n_rates, device):
        hidden, heads = [model.features[1] for model in models], [model.head for model in models]
        self.n_rates, self.n_classes = n_rates, heads[0].out_features
        self.sizes = [layer.out_features for layer in hidden[: len(models) // n_rates]]
        rows = [
            torch.cat(
                [
                    *(layer.bias for layer in layers),
                    *(part for head in tops for part in (head.weight.T.flatten(), head.bias)),
                ]
            )
            for layers, tops in zip(_rows(hidden, n_rates), _rows(heads, n_rates), strict=True)
        ]
        self.weight = torch.cat([layer.weight for layer in hidden]).detach().to(device)  # (R·H, D)
        self.rest = torch.stack(rows).detach().to(device)  # (R, L)
        self.weight_grad, self.rest_grad = torch.zeros_like(self.weight), torch.zeros_like(self.rest)

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
        grad_hidden = torch.empty_like(hidden)  # (N, R·H)
        places = zip(self._heads(self.rest), self._heads(self.rest_grad), self._columns(grad_hidden), strict=True)
        for number, ((weight, _), (into_weight, into_bias), into_hidden) in enumerate(places):
            own = grad.unflatten(0, (self.n_rates, -1))[:, number]  # (R, N, K)
            into_weight.copy_(activations[number].transpose(1, 2) @ own)
            into_bias.copy_(own.sum(1, keepdim=True))
            into_hidden.copy_(own @ weight.transpose(1, 2))
        grad_hidden *= hidden.sign()  # 0 or 1; a mask of booleans takes five times as long
        torch.mm(grad_hidden.T, inputs, out=self.weight_grad)
        self.rest_grad[:, : sum(self.sizes)] = grad_hidden.sum(0).view(self.n_rates, -1)
        return -log_probabilities.gather(2, targets).squeeze(2), logits.argmax(2)

    def state_of(self, member):
        """State dict of one member, as its own network has it."""
        rate, number = divmod(member, len(self.sizes))
        start, size = sum(self.sizes[:number]), self.sizes[number]
        head_weight, head_bias = (part[rate] for part in self._heads(self.rest)[number])
        parts = {
            "features.1.weight": self.weight.unflatten(0, (self.n_rates, -1))[rate, start : start + size],
            "features.1.bias": self.rest[rate, start : start + size],
            "head.weight": head_weight.T,
            "head.bias": head_bias[0],
        }
        return {name: part.cpu().clone(memory_format=torch.contiguous_format) for name, part in parts.items()}

    def optimizer(self, learning_rates):
        """Adam with a learning rate for each row of members."""
        parts = [self.weight.chunk(self.n_rates), self.rest.unbind()]
        gradients = [self.weight_grad.chunk(self.n_rates), self.rest_grad.unbind()]
        for part, gradient in zip(chain(*parts), chain(*gradients), strict=True):
            part.grad = gradient
        groups = [{"params": pair, "lr": rate} for *pair, rate in zip(*parts, learning_rates, strict=True)]
        return adam(groups, self.weight.device)

    def _forward(self, inputs):
        """Logits (M, N, K), hidden activations (N, R·H), and these again for each size (R, N, size)."""
        bias = self.rest[:, : sum(self.sizes)].flatten()
        hidden = torch.addmm(bias, inputs, self.weight.T).relu_()
        activations = self._columns(hidden)
        heads = zip(activations, self._heads(self.rest), strict=True)
        logits = torch.stack([torch.baddbmm(bias, own, weight) for own, (weight, bias) in heads], dim=1)
        return logits.flatten(0, 1), hidden, activations

    def _columns(self, hidden):
        """Views (R, N, size) of columns (N, R·H), one for each size."""
        return [own.transpose(0, 1) for own in hidden.unflatten(1, (self.n_rates, -1)).split(self.sizes, dim=2)]

    def _heads(self, rest):
        """Views (R, size, K) and (R, 1, K) of the second layers' weights and biases, a pair for each size."""
        lengths = [length for size in self.sizes for length in (size * self.n_classes, self.n_classes)]
        parts = rest[:, sum(self.sizes) :].split(lengths, dim=1)
        shaped = [part.unflatten(1, (-1, self.n_classes)) for part in parts]
        return list(zip(shaped[::2], shaped[1::2], strict=True))


def fit_stack(models, learning_rates, data, config, *, seed, on_epoch=lambda: None):
    """Train classifiers at once; each is left as it was in its best validation epoch, as :func:`hw.fit` leaves it.

    Parameters
    ----------
    models : list[Classifier]
        One plain hidden layer each: all sizes with the first rate, the same sizes with the second …; changed in place.
    learning_rates : list[float]
        Adam's step sizes.
    data : hw.Dataset
        Its training and validation splits are used, never its test split.
    config : SweepConfig
        Settings; used are ``epochs batch_size schedule device``.
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
    stack = Stack(models, len(learning_rates), device)
    rates = [rate for row, rate in zip(_rows(models, len(learning_rates)), learning_rates, strict=True) for _ in row]
    optimizer = stack.optimizer(learning_rates)
    schedule, factor = scheduled(optimizer, config), SCHEDULES[config.schedule]
    images, labels = data.train.tensors(device)
    tensors = [stack.weight, stack.rest]
    step = captured(_step(stack, optimizer), tensors, optimizer, images, labels, config.batch_size)
    val_images, val_labels = data.val.tensors(device)
    best, states = [-1.0] * len(models), [copy.deepcopy(model.state_dict()) for model in models]
    rows = [[] for _ in models]
    for epoch in range(1, config.epochs + 1):
        start = time.perf_counter()
        losses, accuracies = _train_epoch(step, images, labels, config.batch_size)
        logits = torch.cat([stack.logits(part) for part in val_images.split(EVALUATION_BATCH)], dim=1).cpu()
        share = (time.perf_counter() - start) / len(models)
        for member, rate in enumerate(rates):
            scores = class_scores(logits[member], val_labels.cpu())
            row = {"epoch": epoch, "train_loss": losses[member], "train_accuracy": accuracies[member]}
            row |= {f"val_{name}": value for name, value in scores.items()}
            if not torch.isfinite(torch.tensor(losses[member])):
                row = dict.fromkeys(row, float("nan")) | {"epoch": epoch}
            rows[member].append(row | {"learning_rate": rate * factor(epoch - 1, config.epochs), "seconds": share})
            if row["val_accuracy"] > best[member]:
                best[member], states[member] = row["val_accuracy"], stack.state_of(member)
        schedule.step()
        on_epoch()
    for model, state in zip(models, states, strict=True):
        model.load_state_dict(state)
    return [pd.DataFrame(member) for member in rows]


def _step(stack, optimizer):
    """A function that takes one step of all members on a batch and returns their summed losses and numbers of hits."""

    def step(images, labels):
        losses, predictions = stack.backward(images, labels)
        optimizer.step()
        return {"loss": losses.sum(1), "hits": (predictions == labels).sum(1)}

    return step


def _train_epoch(step, images, labels, batch_size):
    """One pass in random order; each member's mean loss and accuracy, two lists."""
    sums = []
    for batch in torch.randperm(len(images)).to(images.device).split(batch_size):
        sums.append(torch.stack(list(step(images[batch], labels[batch]).values())))
    return (torch.stack(sums).cpu().double().sum(0) / len(images)).tolist()


def _rows(items, n_rows):
    """A list cut into rows of equal length."""
    length = len(items) // n_rows
    return [items[start : start + length] for start in range(0, len(items), length)]
