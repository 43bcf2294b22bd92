"""The losses: ``forward(outputs, targets)`` gives a float, ``backward()`` its gradient with respect to the outputs."""

import numpy as np


class SoftmaxCrossEntropy:
    """Mean cross-entropy in nats of softmax probabilities p = e^z / Σₖ e^zₖ: loss = −mean(log p[label]).

    Gradient: ∂loss/∂z = (p − onehot(label)) / N (N, K) (Bishop 2006, equation 4.109).
    """

    classifies = True

    def check(self, shape, labels):
        """Raise ValueError unless `labels` are N integers in [0, K), for outputs of `shape` (N, K)."""
        if labels.shape != shape[:1]:
            raise ValueError(f"labels must have shape {shape[:1]} for logits of shape {shape}, got {labels.shape}")
        if labels.dtype.kind not in "iu":
            raise ValueError(f"labels must be integers, got {labels.dtype}")
        for label in (labels.min(), labels.max()):
            if not 0 <= label < shape[1]:
                raise ValueError(f"labels must lie in [0, {shape[1]}), got {label}")

    def forward(self, logits, labels):
        """Mean loss, a float, of logits (N, K) and integer labels (N,) in [0, K)."""
        self.check(logits.shape, labels)
        rows = np.arange(len(labels))
        shifted = logits - logits.max(axis=1, keepdims=True)  # p stays the same, and no exponential overflows
        p = np.exp(shifted)
        total = p.sum(axis=1, keepdims=True)
        p /= total
        self._p, self._at_label = p, (rows, labels)
        return float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))

    def backward(self):
        """∂loss/∂logits (N, K)."""
        grad = self._p.copy()
        grad[self._at_label] -= 1
        grad /= len(grad)
        return grad


class MeanSquaredError:
    """Mean of (y − t)² over all N × K numbers. Gradient: ∂loss/∂y = 2 (y − t) / (N K)."""

    classifies = False

    def check(self, shape, targets):
        """Raise ValueError unless `targets` have the outputs' `shape` (N, K)."""
        if targets.shape != shape:
            raise ValueError(f"targets must have the shape of the outputs, {shape}, got {targets.shape}")

    def forward(self, outputs, targets):
        """Mean loss, a float, of outputs and targets (N, K)."""
        self.check(outputs.shape, targets)
        self._error = outputs - targets
        return float(np.mean(np.square(self._error)))

    def backward(self):
        """∂loss/∂outputs (N, K)."""
        return self._error * (2 / self._error.size)
