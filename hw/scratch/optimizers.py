"""The optimisers; they update the parameter vector of a whole network in place."""

import math

import numpy as np

from hw.scratch.network import Sequential

BLOCK = 65_536  # parameters that Adam updates at a time: they then stay in a core's cache
NEGLIGIBLE = 1e-30  # Adam sets smaller moments to zero
CLEAN_UP_STEPS = 64  # once in as many steps


class SGD:
    """Stochastic gradient descent: v ← momentum · v + g, θ ← θ − learning_rate · v.

    Agrees with ``torch.optim.SGD``.

    Parameters
    ----------
    net
        The network whose parameters are updated, in place.
    learning_rate
        Above 0.
    momentum
        In [0, 1) (Polyak 1964).
    """

    def __init__(self, net: Sequential, learning_rate: float, momentum: float = 0.0) -> None:
        _require(learning_rate > 0, "learning_rate must be above 0", learning_rate)
        _require(0 <= momentum < 1, "momentum must lie in [0, 1)", momentum)
        self.net = net
        self.learning_rate = learning_rate
        self.momentum = momentum
        self._velocity = np.zeros_like(net.parameters)
        self._work = np.empty_like(net.parameters)

    def step(self) -> None:
        """Update the parameters by the gradients of the last backward pass."""
        self._velocity *= self.momentum
        self._velocity += self.net.gradients
        self.net.parameters -= np.multiply(self._velocity, self.learning_rate, out=self._work)


class Adam:
    """Adaptive moment estimation, with m and v the running means of g and g².

    θ ← θ − learning_rate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) in step t.
    Agrees with ``torch.optim.Adam``.

    Parameters
    ----------
    net
        The network whose parameters are updated, in place.
    learning_rate
        Above 0.
    betas
        β₁ and β₂, in [0, 1).
    epsilon
        ε, above 0.
    weight_decay
        L2 penalty: this times θ is added to g. At least 0.

    References
    ----------
    Kingma and Ba (2015), Algorithm 1, with the factors rearranged as at the end of section 2.
    """

    def __init__(
        self,
        net: Sequential,
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        _require(learning_rate > 0, "learning_rate must be above 0", learning_rate)
        _require(all(0 <= beta < 1 for beta in betas), "betas must lie in [0, 1)", betas)
        _require(epsilon > 0, "epsilon must be above 0", epsilon)
        _require(weight_decay >= 0, "weight_decay must be at least 0", weight_decay)
        self.net = net
        self.learning_rate = learning_rate
        self.betas = betas
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.steps = 0
        self._m = np.zeros_like(net.parameters)
        self._v = np.zeros_like(net.parameters)
        self._work = np.empty(min(BLOCK, net.parameters.size), net.dtype)

    def step(self) -> None:
        """Update the parameters by the gradients of the last backward pass."""
        self.steps += 1
        beta1, beta2 = self.betas
        # _m and _v lack the factors 1 − β; the step size makes up for it and saves two passes
        root = math.sqrt((1 - beta2) / (1 - beta2**self.steps))
        step_size = self.learning_rate * (1 - beta1) / (1 - beta1**self.steps) / root
        vectors = (self.net.parameters, self.net.gradients, self._m, self._v)
        for start in range(0, self.net.parameters.size, BLOCK):
            theta, g, m, v = (vector[start : start + BLOCK] for vector in vectors)
            work = self._work[: len(theta)]
            if self.weight_decay:
                g += np.multiply(theta, self.weight_decay, out=work)
            m *= beta1
            m += g
            v *= beta2
            v += np.multiply(g, g, out=work)
            np.sqrt(v, out=work)
            work += self.epsilon / root
            np.divide(m, work, out=work)
            theta -= np.multiply(work, step_size, out=work)
        if self.steps % CLEAN_UP_STEPS == 0:
            # moments of dead units decay to subnormal numbers, which are ten times slower
            for moment in (self._m, self._v):
                moment[np.abs(moment) < NEGLIGIBLE] = 0


Optimizer = SGD | Adam


def _require(holds: bool, rule: str, value: object) -> None:
    if not holds:
        raise ValueError(f"{rule}, got {value}")
