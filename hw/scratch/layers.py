"""The layers, each with the formula of its gradient.

``forward(x, training)`` maps inputs to outputs. ``backward(grad)`` takes ∂loss/∂output, overwrites
the gradients of the layer's own parameters and returns ∂loss/∂input. A backward pass belongs to the
last forward pass in training mode. Shapes: N examples, D features, K outputs.
"""

import math
import operator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


class Layer:
    """Base class of the layers.

    Attributes
    ----------
    parameters, gradients
        Arrays to be learned and their gradients, by name.
    statistics
        Arrays that are saved but not learned, by name.
    settings
        Arguments that make the same layer again.
    in_features, out_features
        D and K; None if any number will do.
    """

    in_features: int | None = None
    out_features: int | None = None

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.parameters: dict[str, np.ndarray] = {}
        self.gradients: dict[str, np.ndarray] = {}
        self.statistics: dict[str, np.ndarray] = {}

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"{type(self).__name__}({settings})"

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        """Outputs (N, K) of inputs (N, D)."""
        raise NotImplementedError

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """∂loss/∂input (N, D), given ∂loss/∂output (N, K)."""
        raise NotImplementedError

    def _check_shape(self, x: np.ndarray) -> None:
        if x.ndim != 2 or x.shape[1] != self.in_features:
            raise ValueError(
                f"{self!r} takes inputs of shape (N, {self.in_features}), got {x.shape}"
            )


class Linear(Layer):
    """Affine map y = x W + b, from (N, D) to (N, K).

    Gradients for g = ∂loss/∂y (N, K): ∂loss/∂W = xᵀ g (D, K), ∂loss/∂b = Σₙ gₙ (K,),
    ∂loss/∂x = g Wᵀ (N, D).

    Parameters
    ----------
    in_features, out_features
        D and K, at least 1.
    generator
        Draws weight (D, K) and bias (K,) uniformly from ±1/√D, as ``torch.nn.Linear`` does. With
        None both are zero.
    dtype
        float32 or float64.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        generator: np.random.Generator | None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        require_count(in_features=in_features, out_features=out_features)
        super().__init__(in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        for name, shape in (("weight", (in_features, out_features)), ("bias", (out_features,))):
            self.parameters[name] = np.zeros(shape, dtype)
            self.gradients[name] = np.zeros(shape, dtype)
            if generator is not None:
                drawn = generator.uniform(-1, 1, shape) / math.sqrt(in_features)
                self.parameters[name][...] = drawn

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._check_shape(x)
        if training:
            self._x = x
        y: np.ndarray = x @ self.parameters["weight"]  # (N, K)
        y += self.parameters["bias"]
        return y

    def backward(self, grad: np.ndarray) -> np.ndarray:
        self.backward_parameters(grad)
        dx: np.ndarray = grad @ self.parameters["weight"].T  # (N, D)
        return dx

    def backward_parameters(self, grad: np.ndarray) -> None:
        """Set the gradients only: a first layer need not compute ∂loss/∂x, which nobody reads."""
        np.matmul(self._x.T, grad, out=self.gradients["weight"])
        np.sum(grad, axis=0, out=self.gradients["bias"])


class BatchNorm(Layer):
    """Batch normalisation y = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε), over the N examples of a batch.

    Gradients for g = ∂loss/∂y (N, D): ∂loss/∂β = Σₙ gₙ (D,), ∂loss/∂γ = Σₙ gₙ x̂ₙ (D,),
    ∂loss/∂x = γ / √(σ² + ε) · (g − mean(g) − x̂ · mean(g x̂)) (N, D).
    Evaluation uses running means of μ and of the unbiased variance, as ``torch.nn.BatchNorm1d``.

    Parameters
    ----------
    features
        D, at least 1.
    dtype
        float32 or float64.

    References
    ----------
    Ioffe and Szegedy (2015), Algorithm 1; the gradients of section 3, combined.
    """

    momentum = 0.1
    epsilon = 1e-5

    def __init__(self, features: int, dtype: DTypeLike = np.float32) -> None:
        require_count(features=features)
        super().__init__(features=features)
        self.in_features = features
        self.out_features = features
        self.parameters = {"gamma": np.ones(features, dtype), "beta": np.zeros(features, dtype)}
        self.gradients = {name: np.zeros(features, dtype) for name in self.parameters}
        self.statistics = {
            "running_mean": np.zeros(features, dtype),
            "running_var": np.ones(features, dtype),
        }

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        self._check_shape(x)
        y: np.ndarray
        if training:
            y = self._normalise(x) * self.parameters["gamma"]
        else:
            y = x - self.statistics["running_mean"]
            std = np.sqrt(self.statistics["running_var"] + self.epsilon)
            y *= self.parameters["gamma"] / std
        y += self.parameters["beta"]
        return y

    def _normalise(self, x: np.ndarray) -> np.ndarray:
        """x̂ (N, D) of a training batch; keeps what `backward` needs and updates the statistics."""
        n = len(x)
        if n < 2:
            raise ValueError(
                "a batch must have at least 2 examples for batch normalisation in training, "
                f"got {n}"
            )
        mean = x.mean(axis=0)
        normalised: np.ndarray = x - mean
        var = np.einsum("nd,nd->d", normalised, normalised) / n  # needs no (N, D) array of squares
        running_mean = self.statistics["running_mean"]
        running_var = self.statistics["running_var"]
        running_mean += self.momentum * (mean - running_mean)
        running_var += self.momentum * (var * (n / (n - 1)) - running_var)
        self._inverse_std = 1 / np.sqrt(var + self.epsilon)
        normalised *= self._inverse_std
        self._normalised = normalised
        return normalised

    def backward(self, grad: np.ndarray) -> np.ndarray:
        n = len(grad)
        beta = np.sum(grad, axis=0, out=self.gradients["beta"])
        gamma = np.einsum("nd,nd->d", grad, self._normalised, out=self.gradients["gamma"])
        dx: np.ndarray = self._normalised * (-gamma / n)
        dx += grad
        dx -= beta / n
        dx *= self.parameters["gamma"] * self._inverse_std
        return dx


class ReLU(Layer):
    """Rectifier y = max(x, 0) (Glorot et al. 2011). Gradient: ∂loss/∂x = g if x > 0, else 0."""

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        y: np.ndarray = np.maximum(x, 0)
        if training:
            self._active = y > 0
        return y

    def backward(self, grad: np.ndarray) -> np.ndarray:
        dx: np.ndarray = grad * self._active
        return dx


class Sigmoid(Layer):
    """Logistic function y = 1 / (1 + e⁻ˣ). Gradient: ∂loss/∂x = g y (1 − y)."""

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        y: np.ndarray = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))  # cannot overflow
        if training:
            self._y = y
        return y

    def backward(self, grad: np.ndarray) -> np.ndarray:
        dx: np.ndarray = self._y * (1 - self._y)
        dx *= grad
        return dx


class Dropout(Layer):
    """Sets activations to zero at random in training and divides the others by 1 − `rate`.

    y = x m, with m either 0 or 1 / (1 − rate). Gradient: ∂loss/∂x = g m. Evaluation: y = x.

    Parameters
    ----------
    rate
        Probability of a zero, in [0, 1).
    generator
        Draws the masks; may be None for evaluation.

    References
    ----------
    Srivastava et al. (2014), section 4, scaled in training as their section 10 allows.
    """

    def __init__(self, rate: float, generator: np.random.Generator | None) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"rate must lie in [0, 1), got {rate}")
        super().__init__(rate=rate)
        self.rate = rate
        self.generator = generator

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        if not training:
            return x
        if self.generator is None:
            raise ValueError(f"{self!r} must have a generator for training, got None")
        kept = self.generator.random(x.shape, dtype=np.float32) >= self.rate
        self._mask = np.multiply(kept, 1 / (1 - self.rate), dtype=x.dtype)
        return x * self._mask

    def backward(self, grad: np.ndarray) -> np.ndarray:
        return grad * self._mask


def require_count(**counts: int) -> None:
    """Raise ValueError unless every value, named by its keyword, is an integer of at least 1."""
    for name, value in counts.items():
        try:
            operator.index(value)
        except TypeError:
            raise ValueError(f"{name} must be an integer, got {value!r}") from None
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
