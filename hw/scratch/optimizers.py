"""The optimisers, which work in place on the parameter vector of a whole network."""

import math

import numpy as np

BLOCK = 65_536  # numbers that Adam updates at a time: what it works on then stays in a core's cache
NEGLIGIBLE, SWEEP = 1e-30, 64  # every 64 steps Adam sets moments below 1e-30 to zero


class SGD:
    """Stochastic gradient descent, v ← momentum · v + g, θ ← θ − learning_rate · v, as ``torch.optim.SGD``.

    Parameters
    ----------
    net : Sequential
        The network whose parameters are updated, in place.
    learning_rate : float
        Above 0.
    momentum : float
        In [0, 1) (Polyak 1964).
    """

    def __init__(self, net, learning_rate, momentum=0.0):
        _require(learning_rate > 0, "learning_rate must be above 0", learning_rate)
        _require(0 <= momentum < 1, "momentum must lie in [0, 1)", momentum)
        self.net, self.learning_rate, self.momentum = net, learning_rate, momentum
        self._velocity, self._work = np.zeros_like(net.parameters), np.empty_like(net.parameters)

    def step(self):
        """Update the parameters by the gradients of the last backward pass."""
        self._velocity *= self.momentum
        self._velocity += self.net.gradients
        self.net.parameters -= np.multiply(self._velocity, self.learning_rate, out=self._work)


class Adam:
    """Adaptive moment estimation, as ``torch.optim.Adam``, with m and v the running means of g and g².

    θ ← θ − learning_rate · m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) in step t.

    Parameters
    ----------
    net : Sequential
        The network whose parameters are updated, in place.
    learning_rate : float
        Above 0.
    betas : tuple[float, float]
        β₁ and β₂, in [0, 1).
    epsilon : float
        ε, above 0.
    weight_decay : float
        At least 0; times θ, it is added to g, as L2 regularisation would.

    References
    ----------
    Kingma and Ba 2015, Algorithm 1, its factors rearranged as at the end of section 2.
    """

    def __init__(self, net, learning_rate=1e-3, betas=(0.9, 0.999), epsilon=1e-8, weight_decay=0.0):
        _require(learning_rate > 0, "learning_rate must be above 0", learning_rate)
        _require(all(0 <= beta < 1 for beta in betas), "betas must lie in [0, 1)", betas)
        _require(epsilon > 0, "epsilon must be above 0", epsilon)
        _require(weight_decay >= 0, "weight_decay must be at least 0", weight_decay)
        self.net, self.learning_rate, self.betas = net, learning_rate, betas
        self.epsilon, self.weight_decay, self.steps = epsilon, weight_decay, 0
        self._m, self._v = np.zeros_like(net.parameters), np.zeros_like(net.parameters)
        self._work = np.empty(min(BLOCK, net.parameters.size), net.dtype)

    def step(self):
        """Update the parameters by the gradients of the last backward pass."""
        self.steps += 1
        beta1, beta2 = self.betas
        # _m and _v go without the factors 1 − β, and the step size makes up for it: two passes over the vectors less
        root = math.sqrt((1 - beta2) / (1 - beta2**self.steps))
        step_size = self.learning_rate * (1 - beta1) / (1 - beta1**self.steps) / root
        vectors = self.net.parameters, self.net.gradients, self._m, self._v
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
        if self.steps % SWEEP == 0:
            # where gradients have ceased (dead units), moments fade into subnormal numbers, ten times slower to compute
            for moment in (self._m, self._v):
                moment[np.abs(moment) < NEGLIGIBLE] = 0


def _require(holds, rule, value):
    if not holds:
        raise ValueError(f"{rule}, got {value}")
