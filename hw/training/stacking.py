"""Many plain classifiers, trained at once on the same batches.

Their first layers are the rows of one matrix, so that a batch is multiplied once for all of them;
the later layers are batched products of the members that have equal widths. Every member has its
own weights, learning rate, weight decay, dropout and Adam state, and learns what it would learn
alone.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from hw.config import ClassifierConfig
from hw.data import Dataset
from hw.models import Classifier, Dropout, class_scores
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
PLAIN = (nn.Flatten, nn.Linear, nn.ReLU, Dropout)

# Settings in which the members of a stack may differ; all others are common to them.
FREE_SETTINGS = frozenset({"learning_rate", "weight_decay", "dropout", "hidden_sizes"})


def can_be_stacked(model: nn.Module) -> bool:
    """Whether a network is a classifier of Linear, ReLU and Dropout alone, with the plain loss."""
    return (
        type(model) is Classifier
        and not (len(model.augment) or model.flip or model.label_smoothing)
        and len(model.linear_layers) > 1
        and all(isinstance(layer, PLAIN) for layer in model.features)
    )


class Block:
    """G members with the same widths w₁ … w_L: all but the weights of their first layers.

    Parameters
    ----------
    models
        The members, of K classes.
    device
        Where they are trained.

    Attributes
    ----------
    parameters
        (G, P); a row holds the bias of a member's first layer, then weight and bias of each later
        layer.
    gradients
        (G, P).
    dropped
        For each hidden layer None or the dropout rates after it, (G, 1, 1), in multiples of 2⁻¹⁶.
    """

    def __init__(self, models: Sequence[Classifier], device: torch.device) -> None:
        self.widths = [layer.out_features for layer in models[0].linear_layers]  # w₁ … w_L, K
        self.parameters = torch.stack([_flatten_later(model) for model in models]).to(device)
        self.gradients = torch.zeros_like(self.parameters)
        self.bias, self.layers = self._split(self.parameters)
        self.bias_grad, self.layer_grads = self._split(self.gradients)
        rates = torch.tensor([_dropped(model) for model in models], device=device)  # (G, L)
        self.dropped = [_any_or_none(rate[:, None, None]) for rate in rates.unbind(1)]

    def __len__(self) -> int:
        return len(self.parameters)

    def forward(self, hidden: Tensor, training: bool) -> list[Tensor]:
        """Activations (G, N, w) of each hidden layer, given those of the first, then the logits."""
        activations = [hidden]
        for number, (weight, bias) in enumerate(self.cast(hidden.dtype), start=1):
            outputs = torch.baddbmm(bias, activations[-1], weight)
            if number < len(self.layers):
                outputs.relu_()
                if training:
                    drop_(outputs, self.dropped[number])
            activations.append(outputs)
        return activations

    def backward(self, activations: Sequence[Tensor], grad: Tensor) -> Tensor:
        """Set the gradients of all but the first layers.

        Parameters
        ----------
        activations
            As :meth:`forward` returns them.
        grad
            The gradient of the logits, (G, N, K).

        Returns
        -------
        Tensor
            The gradient of the first hidden activations, (G, N, w₁).
        """
        for number in reversed(range(len(self.layers))):
            weight, _ = self.cast(grad.dtype)[number]
            weight_grad, bias_grad = self.layer_grads[number]
            weight_grad.copy_(activations[number].transpose(1, 2) @ grad)
            bias_grad.copy_(grad.sum(1, keepdim=True))
            grad = grad @ weight.transpose(1, 2)
            if number:
                undrop_(grad, activations[number], self.dropped[number])
        return grad

    def cast(self, dtype: torch.dtype) -> list[tuple[Tensor, Tensor]]:
        """The later layers in the products' format."""
        if dtype is self.parameters.dtype:
            return self.layers
        return self._split(self.parameters.to(dtype))[1]

    def _split(self, rows: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Views of (G, P): first biases (G, w₁); weights (G, v, w) and biases (G, 1, w)."""
        bias = rows[:, : self.widths[0]]
        start = self.widths[0]
        layers = []
        for n_inputs, n_outputs in pairwise(self.widths):
            end = start + n_inputs * n_outputs
            weight = rows[:, start:end].unflatten(1, (n_inputs, n_outputs))
            start = end + n_outputs
            layers.append((weight, rows[:, None, end:start]))
        return bias, layers


class Stack:
    """M classifiers: the weights of their first layers in one matrix, the others in blocks.

    ``weight`` (H, D) holds the first layers below one another, block by block; H is the sum of
    their widths.

    Parameters
    ----------
    models
        Each of them :func:`can_be_stacked`; images and classes are those of all.
    device
        Where they are trained.
    precision
        Of the products in training, float32 or bfloat16; all else is in float32.
    """

    def __init__(
        self, models: Sequence[Classifier], device: torch.device, precision: str = "float32"
    ) -> None:
        self.products = torch.bfloat16 if precision == "bfloat16" else torch.float32
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for member, model in enumerate(models):
            groups[tuple(layer.out_features for layer in model.linear_layers)].append(member)
        order = [member for group in groups.values() for member in group]
        self.members = torch.tensor(order, device=device).argsort()  # where each is, block by block
        self.names = [_linear_names(model) for model in models]
        self.blocks = [Block([models[i] for i in group], device) for group in groups.values()]
        firsts = [models[member].linear_layers[0].weight for member in order]
        self.weight = torch.cat(firsts).detach().to(device)
        self.weight_grad = torch.zeros_like(self.weight)
        self.columns = [len(block) * block.widths[0] for block in self.blocks]
        dropped = [
            rate
            for member in order
            for rate in _dropped(models[member])[:1] * models[member].linear_layers[0].out_features
        ]
        self.dropped = _any_or_none(torch.tensor(dropped, device=device))  # (H,)

    def logits(self, images: Tensor) -> Tensor:
        """Logits (M, N, K) of images (N, H, W) without dropout, computed in batches."""
        batches = images.flatten(1).split(EVALUATION_BATCH)
        outputs = [self._forward(batch, training=False) for batch in batches]
        logits = [torch.cat([each[-1] for each in activations]) for _, activations in outputs]
        return torch.cat(logits, dim=1)[self.members]

    def backward(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Set the gradients of each member's mean cross-entropy, without autograd.

        This takes two thirds of autograd's time. With g = (softmax − one-hot) / N, ∂/∂W = hᵀ g and
        ∂/∂h = g Wᵀ for each member; where h > 0 the latter is also the gradient of a hidden layer's
        outputs. For the first layers, its product with the images is ∂/∂W₁ of all members at once.

        Parameters
        ----------
        images
            (N, H, W), in [0, 1].
        labels
            (N,), in 0..K−1.

        Returns
        -------
        tuple
            Losses in nats and hits (0 or 1) of each member, both summed over the images, (M,).
        """
        inputs = images.flatten(1).to(self.products)  # (N, D)
        hidden, activations = self._forward(inputs, training=True)
        logits = torch.cat([each[-1] for each in activations])  # (M, N, K), block by block
        log_probabilities = logits.float().log_softmax(2)
        targets = labels.expand(len(logits), -1)[..., None]  # (M, N, 1)
        grad = log_probabilities.exp()
        grad.scatter_add_(2, targets, torch.full_like(grad[..., :1], -1.0))
        grad /= len(inputs)
        grad_hidden = torch.empty_like(hidden)  # (N, H)
        blocks = zip(
            self.blocks,
            activations,
            grad.to(self.products).split([len(block) for block in self.blocks]),
            self._by_block(grad_hidden),
            strict=True,
        )
        for block, own, own_grad, own_grad_hidden in blocks:
            own_grad_hidden.copy_(block.backward(own, own_grad))
        undrop_(grad_hidden, hidden, self.dropped)
        if self.products is torch.float32:
            torch.mm(grad_hidden.T, inputs, out=self.weight_grad)
        else:
            self.weight_grad.copy_(grad_hidden.T @ inputs)
        bias_grads = grad_hidden.sum(0).split(self.columns)
        for block, bias_grad in zip(self.blocks, bias_grads, strict=True):
            block.bias_grad.copy_(bias_grad.view_as(block.bias_grad))
        losses = -log_probabilities.gather(2, targets).sum((1, 2))
        hits = (logits.argmax(2) == labels).sum(1)
        return losses[self.members], hits[self.members]

    def state_of(self, member: int) -> dict[str, Tensor]:
        """State dict of one member, as its own network has it, on the CPU."""
        block, row, first_weight, _ = self.find(member)
        weights = [first_weight, *(weight[row].T for weight, _ in block.layers)]
        biases = [block.bias[row], *(bias[row, 0] for _, bias in block.layers)]
        state: dict[str, Tensor] = {}
        for name, weight, bias in zip(self.names[member], weights, biases, strict=True):
            state |= {f"{name}.weight": weight, f"{name}.bias": bias}
        return {
            name: tensor.cpu().clone(memory_format=torch.contiguous_format)
            for name, tensor in state.items()
        }

    def optimizer(self, configs: Sequence[ClassifierConfig]) -> torch.optim.Adam:
        """Adam with the learning rate and the weight decay of each member."""
        parameters: dict[tuple[float, float], list[Tensor]] = defaultdict(list)
        for member, config in enumerate(configs):
            block, row, weight, weight_grad = self.find(member)
            weight.grad = weight_grad
            others = block.parameters[row]
            others.grad = block.gradients[row]
            parameters[config.learning_rate, config.weight_decay] += [weight, others]
        groups = [
            {"params": tensors, "lr": learning_rate, "weight_decay": weight_decay}
            for (learning_rate, weight_decay), tensors in parameters.items()
        ]
        return adam(groups, self.weight.device)

    def _forward(self, inputs: Tensor, training: bool) -> tuple[Tensor, list[list[Tensor]]]:
        """First hidden activations (N, H), and for each block those of all layers and logits."""
        bias = torch.cat([block.bias.flatten() for block in self.blocks]).to(inputs.dtype)
        hidden = torch.addmm(bias, inputs, self.weight.to(inputs.dtype).T).relu_()
        if training:
            drop_(hidden, self.dropped)
        by_block = zip(self.blocks, self._by_block(hidden), strict=True)
        return hidden, [block.forward(own, training) for block, own in by_block]

    def _by_block(self, hidden: Tensor) -> list[Tensor]:
        """Views (G, N, w₁) of columns (N, H), one for each block."""
        parts = zip(self.blocks, hidden.split(self.columns, dim=1), strict=True)
        return [part.unflatten(1, (len(block), -1)).transpose(0, 1) for block, part in parts]

    def find(self, member: int) -> tuple[Block, int, Tensor, Tensor]:
        """A member's block, its row there, and views of its first weights and their gradient."""
        row = int(self.members[member])
        start = 0
        for block in self.blocks:
            width = block.widths[0]
            if row < len(block):
                own = slice(start + row * width, start + (row + 1) * width)
                return block, row, self.weight[own], self.weight_grad[own]
            row -= len(block)
            start += len(block) * width
        raise IndexError(f"member must be below {len(self.members)}, got {member}")


def fit_stack(
    models: Sequence[Classifier],
    data: Dataset,
    configs: Sequence[ClassifierConfig],
    *,
    seed: int,
    on_epoch: OnEpoch | None = None,
) -> list[pd.DataFrame]:
    """Train classifiers at once; each is left in its best epoch's state, as by :func:`hw.fit`.

    Parameters
    ----------
    models
        Networks that :func:`can_be_stacked`; trained in place.
    data
        Its training and validation splits are used, never its test split.
    configs
        Settings of each network, which agree in ``epochs batch_size schedule device precision
        system``; its own are ``learning_rate`` and ``weight_decay``.
    seed
        Seed of the order of the images; the same seed gives the batches of :func:`hw.fit`, unless
        dropout draws from the same generator.
    on_epoch
        Called after each epoch of each member with its rows so far and the number of epochs.

    Returns
    -------
    list
        A history for each member, with the columns of :func:`hw.fit` (``seconds`` are a member's
        share). A member whose loss is no longer finite has diverged: its scores are NaN from then
        on, and the others go on.
    """
    config = configs[0]
    device = select_device(config.device)
    seed_everything(seed)
    stack = Stack(models, device, select_precision(config, device))
    optimizer = stack.optimizer(configs)
    images, labels = data.train.tensors(device)
    val_images, val_labels = data.val.tensors(device)
    tensors = [stack.weight, *(block.parameters for block in stack.blocks)]
    step = _make_step(stack, optimizer)
    step = capture_step(step, tensors, optimizer, images, labels, config.batch_size)
    scheduler = make_scheduler(optimizer, config)
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
            row |= {"learning_rate": configs[member].learning_rate * factor, "seconds": seconds}
            rows[member].append({"epoch": epoch} | row)
            if on_epoch:
                on_epoch(rows[member], config.epochs)
        scheduler.step()
    for model, member_best in zip(models, best, strict=True):
        if member_best.state is not None:  # else it diverged in the first epoch
            model.load_state_dict(member_best.state)
    return [pd.DataFrame(member_rows) for member_rows in rows]


def drop_(activations: Tensor, dropped: Tensor | None) -> None:
    """Dropout of activations in place, as by :class:`hw.models.Dropout`.

    Parameters
    ----------
    activations
        Of any shape.
    dropped
        Rates in multiples of 2⁻¹⁶, of a shape that broadcasts to it; None for none.
    """
    if dropped is None:
        return
    n_words = (activations.numel() + 3) // 4
    words = torch.empty(n_words, dtype=torch.int64, device=activations.device)
    words.random_(-(2**63), None)
    bits = words.view(torch.int16)[: activations.numel()].view(activations.shape)
    activations *= (bits >= dropped - 2**15) * _scale(dropped)


def undrop_(grad: Tensor, activations: Tensor, dropped: Tensor | None) -> None:
    """Gradient before ReLU and dropout, in place, given that after them and what they returned."""
    grad *= activations.sign()  # 0 or 1; a mask of booleans takes five times as long
    if dropped is not None:
        grad *= _scale(dropped)


def _scale(dropped: Tensor) -> Tensor:
    return 2**16 / (2**16 - dropped)


def _make_step(stack: Stack, optimizer: torch.optim.Optimizer) -> Step:
    """A function that takes one step of all members; it returns their summed losses and hits."""

    def step(images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        losses, hits = stack.backward(images, labels)
        optimizer.step()
        return {"loss": losses, "hits": hits}

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


def _flatten_later(model: Classifier) -> Tensor:
    """The parameters of a network without its first weight: a row of ``Block.parameters``."""
    first, *later = model.linear_layers
    parts: list[Tensor] = [first.bias]
    for layer in later:
        parts += [layer.weight.T.flatten(), layer.bias]
    return torch.cat(parts).detach()


def _dropped(model: Classifier) -> list[int]:
    """Dropout rate after each hidden layer in multiples of 2⁻¹⁶, 0 for none."""
    rates: list[int] = []
    for layer in model.features:
        if isinstance(layer, nn.Linear):
            rates.append(0)
        elif isinstance(layer, Dropout):
            rates[-1] = layer.threshold + 2**15
    return rates


def _any_or_none(rates: Tensor) -> Tensor | None:
    return rates if rates.any() else None


def _linear_names(model: Classifier) -> list[str]:
    return [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)]
