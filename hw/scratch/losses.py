"""The losses.

``forward(outputs, targets)`` is the loss, ``backward()`` its gradient ∂loss/∂outputs.
Shapes: N examples, K outputs.
"""

import numpy as np


class SoftmaxCrossEntropy:
    """Mean cross-entropy of softmax probabilities p = e^z / Σₖ e^zₖ, −mean(log p[label]), in nats.

    Gradient: ∂loss/∂z = (p − onehot(label)) / N (N, K) (Bishop 2006, equation 4.109).
    """

    classifies = True

    def check(self, shape: tuple[int, ...], labels: np.ndarray) -> None:
        """Raise ValueError unless `labels` are N integers in [0, K); `shape` is (N, K)."""
        if labels.shape != shape[:1]:
            raise ValueError(
                f"labels must have shape {shape[:1]} for logits of shape {shape}, "
                f"got {labels.shape}"
            )
        if labels.dtype.kind not in "iu":
            raise ValueError(f"labels must be integers, got {labels.dtype}")
        for label in (labels.min(), labels.max()):
            if not 0 <= label < shape[1]:
                raise ValueError(f"labels must lie in [0, {shape[1]}), got {label}")

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> float:
        """Mean loss of logits (N, K) and integer labels (N,) in [0, K)."""
        self.check(outputs.shape, targets)
        rows = np.arange(len(targets))
        # subtracting the maximum leaves p as it is, and no exponential overflows
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        p = np.exp(shifted)
        total = p.sum(axis=1, keepdims=True)
        p /= total
        self._p = p
        self._at_label = (rows, targets)
        return float(np.mean(np.log(total[:, 0]) - shifted[rows, targets]))

    def backward(self) -> np.ndarray:
        """∂loss/∂logits (N, K)."""
        grad: np.ndarray = self._p.copy()
        grad[self._at_label] -= 1
        grad /= len(grad)
        return grad


class MeanSquaredError:
    """Mean of (y − t)² over all N × K numbers. Gradient: ∂loss/∂y = 2 (y − t) / (N K)."""

    classifies = False

    def check(self, shape: tuple[int, ...], targets: np.ndarray) -> None:
        """Raise ValueError unless `targets` have the `shape` (N, K) of the outputs."""
        if targets.shape != shape:
            raise ValueError(
                f"targets must have the shape of the outputs, {shape}, got {targets.shape}"
            )

    def forward(self, outputs: np.ndarray, targets: np.ndarray) -> float:
        """Mean loss of outputs and targets, both (N, K)."""
        self.check(outputs.shape, targets)
        self._error = outputs - targets
        return float(np.mean(np.square(self._error)))

    def backward(self) -> np.ndarray:
        """∂loss/∂outputs (N, K)."""
        grad: np.ndarray = self._error * (2 / self._error.size)
        return grad


Loss = SoftmaxCrossEntropy | MeanSquaredError
