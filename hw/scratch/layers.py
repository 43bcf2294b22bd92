"""The layers, each with the formula of its gradient.

Every layer has ``forward(x, training)`` and ``backward(grad)``: `grad` is ∂loss/∂output, what comes back is
∂loss/∂input, and the gradients of the layer's own parameters are overwritten on the way. A backward pass belongs to
the last forward pass in training mode. Shapes: N examples, D features, K outputs.
"""

import math
import operator

import numpy as np


class Layer:
    """What layers share: `parameters` to be learnt, their `gradients`, and `statistics`, kept but not learnt."""

    takes = gives = None  # features of input and output; None: whatever comes

    def __init__(self, **settings):
        self.settings = settings
        self.parameters, self.gradients, self.statistics = {}, {}, {}

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self.settings.items())})"

    def _check(self, x):
        if x.ndim != 2 or x.shape[1] != self.takes:
            raise ValueError(f"{self!r} takes inputs of shape (N, {self.takes}), got {x.shape}")


class Linear(Layer):
    """Affine map y = x W + b, from (N, D) to (N, K).

    Gradients for g = ∂loss/∂y (N, K): ∂loss/∂W = xᵀ g (D, K), ∂loss/∂b = Σₙ gₙ (K,), ∂loss/∂x = g Wᵀ (N, D).

    Parameters
    ----------
    in_features, out_features : int
        D and K, at least 1.
    generator : numpy.random.Generator or None
        Draws weight (D, K) and bias (K,) uniformly from ±1/√D, as ``torch.nn.Linear`` does; None leaves zeros.
    dtype : numpy.dtype
        float32 or float64.
    """

    def __init__(self, in_features, out_features, generator, dtype=np.float32):
        require_count(in_features=in_features, out_features=out_features)
        super().__init__(in_features=in_features, out_features=out_features)
        self.takes, self.gives = in_features, out_features
        for name, shape in (("weight", (in_features, out_features)), ("bias", (out_features,))):
            self.parameters[name], self.gradients[name] = np.zeros(shape, dtype), np.zeros(shape, dtype)
            if generator is not None:
                self.parameters[name][...] = generator.uniform(-1, 1, shape) / math.sqrt(in_features)

    def forward(self, x, training):
        self._check(x)
        if training:
            self._x = x
        y = x @ self.parameters["weight"]  # (N, K)
        y += self.parameters["bias"]
        return y

    def backward(self, grad, to_input=True):
        """∂loss/∂x, or None with ``to_input=False``, which spares a first layer a product that nobody reads."""
        np.matmul(self._x.T, grad, out=self.gradients["weight"])
        np.sum(grad, axis=0, out=self.gradients["bias"])
        return grad @ self.parameters["weight"].T if to_input else None


class BatchNorm(Layer):
    """Batch normalisation y = γ x̂ + β, x̂ = (x − μ) / √(σ² + ε), over the N examples of a batch.

    Gradients for g = ∂loss/∂y (N, D): ∂loss/∂β = Σₙ gₙ (D,), ∂loss/∂γ = Σₙ gₙ x̂ₙ (D,),
    ∂loss/∂x = γ / √(σ² + ε) · (g − mean(g) − x̂ · mean(g x̂)) (N, D).
    Evaluation uses running means of μ and of the unbiased variance, as ``torch.nn.BatchNorm1d`` does.

    Parameters
    ----------
    features : int
        D, at least 1.
    dtype : numpy.dtype
        float32 or float64.

    References
    ----------
    Ioffe and Szegedy 2015, Algorithm 1, and the gradients of section 3 put together.
    """

    momentum, epsilon = 0.1, 1e-5

    def __init__(self, features, dtype=np.float32):
        require_count(features=features)
        super().__init__(features=features)
        self.takes = self.gives = features
        self.parameters = {"gamma": np.ones(features, dtype), "beta": np.zeros(features, dtype)}
        self.gradients = {name: np.zeros(features, dtype) for name in self.parameters}
        self.statistics = {"running_mean": np.zeros(features, dtype), "running_var": np.ones(features, dtype)}

    def forward(self, x, training):
        self._check(x)
        running_mean, running_var = self.statistics["running_mean"], self.statistics["running_var"]
        if training:
            n = len(x)
            if n < 2:
                raise ValueError(f"a batch must have at least 2 examples for batch normalisation in training, got {n}")
            mean = x.mean(axis=0)
            normalised = x - mean
            var = np.einsum("nd,nd->d", normalised, normalised) / n  # mean square without an (N, D) temporary
            running_mean += self.momentum * (mean - running_mean)
            running_var += self.momentum * (var * (n / (n - 1)) - running_var)
            self._inverse_std = 1 / np.sqrt(var + self.epsilon)
            normalised *= self._inverse_std
            self._normalised = normalised
            y = normalised * self.parameters["gamma"]
        else:
            y = x - running_mean
            y *= self.parameters["gamma"] / np.sqrt(running_var + self.epsilon)
        y += self.parameters["beta"]
        return y

    def backward(self, grad):
        n, normalised = len(grad), self._normalised
        beta = np.sum(grad, axis=0, out=self.gradients["beta"])
        gamma = np.einsum("nd,nd->d", grad, normalised, out=self.gradients["gamma"])
        dx = normalised * (-gamma / n)
        dx += grad
        dx -= beta / n
        dx *= self.parameters["gamma"] * self._inverse_std
        return dx


class ReLU(Layer):
    """Rectifier y = max(x, 0). Gradient: ∂loss/∂x = g where x > 0, else 0 (Glorot et al. 2011)."""

    def forward(self, x, training):
        y = np.maximum(x, 0)
        if training:
            self._active = y > 0
        return y

    def backward(self, grad):
        return grad * self._active


class Sigmoid(Layer):
    """Logistic function y = 1 / (1 + e⁻ˣ), exact at both ends. Gradient: ∂loss/∂x = g y (1 − y)."""

    def forward(self, x, training):
        y = np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))  # no exponent above 0: nothing overflows
        if training:
            self._y = y
        return y

    def backward(self, grad):
        dx = self._y * (1 - self._y)
        dx *= grad
        return dx


class Dropout(Layer):
    """Sets activations to zero with probability `rate` in training, and divides the others by 1 − `rate`.

    y = x m, with m either 0 or 1 / (1 − rate). Gradient: ∂loss/∂x = g m. Evaluation: y = x.

    Parameters
    ----------
    rate : float
        In [0, 1).
    generator : numpy.random.Generator or None
        Draws the masks; None does for evaluation.

    References
    ----------
    Srivastava et al. 2014, section 4, scaled in training as their section 10 allows.
    """

    def __init__(self, rate, generator):
        if not 0 <= rate < 1:
            raise ValueError(f"rate must lie in [0, 1), got {rate}")
        super().__init__(rate=rate)
        self.generator = generator

    def forward(self, x, training):
        if not training:
            return x
        if self.generator is None:
            raise ValueError(f"{self!r} must have a generator for training, got None")
        rate = self.settings["rate"]
        kept = self.generator.random(x.shape, dtype=np.float32) >= rate
        self._mask = np.multiply(kept, 1 / (1 - rate), dtype=x.dtype)
        return x * self._mask

    def backward(self, grad):
        return grad * self._mask


def require_count(**counts):
    """Raise ValueError unless each of these named values is an integer of at least 1."""
    for name, value in counts.items():
        try:
            operator.index(value)
        except TypeError:
            raise ValueError(f"{name} must be an integer, got {value!r}") from None
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
