"""Codes of images and images of codes, densities to draw codes from, and maps of the code space.

Shapes: N images of H × W pixels, codes of length L.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture

from hw.data import Split
from hw.models import Autoencoder
from hw.training import EVALUATION_BATCH, predict

MIXTURE_SIZES = (1, 2, 5, 10, 20)  # numbers of components that fit_code_density tries
MIXTURE_CODES = 20_000  # codes that it fits to at most, drawn at random
MIXTURE_TOLERANCE = 1e-2  # it stops when a step gains less than this, in nats per code
MIXTURE_FLOOR = 1e-4  # share of the codes' variance added to every variance, which keeps it above 0
TSNE_STEPS = 500  # more steps take longer and only spread the clusters further apart


def encode(model: Autoencoder, split: Split) -> np.ndarray:
    """Codes of images.

    Parameters
    ----------
    model
        On any device; stays there.
    split
        N images.

    Returns
    -------
    ndarray
        (N, L), float32.
    """
    return predict(model, split, method=model.encode).numpy()


def decode(model: Autoencoder, codes: ArrayLike) -> np.ndarray:
    """Images of codes.

    Parameters
    ----------
    model
        On any device; stays there.
    codes
        (N, L).

    Returns
    -------
    ndarray
        (N, H, W), float32 in [0, 1].
    """
    device = next(model.parameters()).device
    model.eval()
    tensor = torch.as_tensor(np.asarray(codes), dtype=torch.float32, device=device)
    with torch.inference_mode():
        images = [model.decode(batch) for batch in torch.split(tensor, EVALUATION_BATCH)]
        return torch.cat(images).cpu().numpy()


def reconstruction_errors(model: Autoencoder, split: Split) -> np.ndarray:
    """Mean squared error of each image's reconstruction, (N,), for pixels in [0, 1]."""
    images, _ = split.tensors()
    return (predict(model, split) - images).square().flatten(1).mean(1).numpy()


def linear_baselines(train: Split, test: Split, code_size: int) -> dict[str, float]:
    """Mean squared errors on `test` of two models without a network, fitted to `train`.

    Parameters
    ----------
    train, test
        Images of the same shape.
    code_size
        L, the number of principal components.

    Returns
    -------
    dict
        Errors by the name of the model: PCA with L components, the best that a linear autoencoder
        can do on its own training images (Bourlard and Kamp 1988); and the mean training image.
    """
    rows = _flatten(train)
    test_rows = _flatten(test)
    pca = PCA(min(code_size, *rows.shape), svd_solver="covariance_eigh").fit(rows)
    reconstructions = {
        f"PCA, {pca.n_components_} components": pca.inverse_transform(pca.transform(test_rows)),
        "the mean training image": rows.mean(0),
    }
    return {
        name: float(np.square(test_rows - reconstructed).mean())
        for name, reconstructed in reconstructions.items()
    }


def sample_prior(n: int, code_size: int, seed: int = 0) -> np.ndarray:
    """`n` codes, (n, L), drawn from N(0, I).

    Examples
    --------
    >>> sample_prior(3, 2).shape
    (3, 2)
    """
    return np.random.default_rng(seed).standard_normal((n, code_size), dtype=np.float32)


def fit_code_density(
    codes: ArrayLike, held_out: ArrayLike, sizes: Sequence[int] = MIXTURE_SIZES, seed: int = 0
) -> tuple[GaussianMixture, pd.DataFrame]:
    """Fit Gaussian mixtures with full covariances; keep the one that describes held-out codes best.

    Parameters
    ----------
    codes
        (N, L), to fit to. If there are more than ``MIXTURE_CODES``, a random subset is used.
    held_out
        (M, L), on which the log-likelihood is computed. If M is 0, a tenth of `codes`, drawn at
        random, is held out.
    sizes
        Numbers of components to try. Numbers with fewer than 2·L codes per component are skipped.
    seed
        Seed of the subset and of the initial assignment.

    Returns
    -------
    tuple
        The mixture with the highest log-likelihood, and a table with the columns ``components``
        and ``log_likelihood``, the mean of held-out codes in nats, of all mixtures tried.
    """
    codes = np.asarray(codes, dtype=np.float32)
    held_out = np.asarray(held_out, dtype=np.float32)
    generator = np.random.default_rng(seed)
    if not len(held_out):
        order = generator.permutation(len(codes))
        held_out, codes = np.split(codes[order], [-(-len(codes) // 10)])
    if len(codes) > MIXTURE_CODES:
        codes = generator.choice(codes, MIXTURE_CODES, replace=False)
    supported = [size for size in sizes if size * 2 * codes.shape[1] <= len(codes)] or [1]
    floor = MIXTURE_FLOOR * (float(codes.var()) or 1.0)
    settings = {"tol": MIXTURE_TOLERANCE, "reg_covar": floor, "random_state": seed}
    mixtures = [GaussianMixture(size, **settings).fit(codes) for size in supported]
    likelihoods = [mixture.score(held_out) for mixture in mixtures]
    table = pd.DataFrame({"components": supported, "log_likelihood": likelihoods})
    return mixtures[int(np.argmax(likelihoods))], table


def sample_mixture(mixture: GaussianMixture, n: int, seed: int = 0) -> np.ndarray:
    """`n` codes, (n, L), drawn from a Gaussian mixture, in random order.

    Examples
    --------
    >>> codes = [[0.0, 0.0], [0.0, 1.0], [9.0, 0.0], [9.0, 1.0]]
    >>> mixture, _ = fit_code_density(codes, [[0.0, 0.5]], sizes=(1,))
    >>> sample_mixture(mixture, 5).shape
    (5, 2)
    """
    generator = np.random.default_rng(seed)
    components = generator.choice(mixture.n_components, n, p=mixture.weights_)
    factors = np.linalg.cholesky(mixture.covariances_)  # (components, L, L)
    noise = generator.standard_normal((n, mixture.means_.shape[1]))
    offsets = np.einsum("nij,nj->ni", factors[components], noise)
    codes: np.ndarray = mixture.means_[components] + offsets
    return codes.astype(np.float32)


def interpolate(start: ArrayLike, end: ArrayLike, n_steps: int = 9) -> np.ndarray:
    """`n_steps` codes on the straight line from `start` (L,) to `end` (L,), both included.

    Examples
    --------
    >>> interpolate([0, 0], [1, 2], n_steps=3).tolist()
    [[0.0, 0.0], [0.5, 1.0], [1.0, 2.0]]
    """
    weights = np.linspace(0, 1, n_steps, dtype=np.float32)[:, None]
    codes: np.ndarray = (1 - weights) * np.asarray(start) + weights * np.asarray(end)
    return codes


def project(codes: ArrayLike, seed: int = 0) -> dict[str, np.ndarray]:
    """Two-dimensional maps of codes: two principal components, and t-SNE.

    Parameters
    ----------
    codes
        (N, L), N and L at least 2.
    seed
        Seed of t-SNE.

    Returns
    -------
    dict
        (N, 2) by the name of the method.

    References
    ----------
    Van der Maaten and Hinton (2008) for t-SNE.
    """
    codes = np.asarray(codes)
    perplexity = min(30, (len(codes) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, init="pca", max_iter=TSNE_STEPS, random_state=seed)
    return {"PCA": PCA(2).fit_transform(codes), "t-SNE": tsne.fit_transform(codes)}


def fit_plane(rows: ArrayLike) -> PCA:
    """The plane of the first two principal components of codes or images (N, …).

    Returns scikit-learn's PCA, fitted: its ``transform`` gives points (N, 2), its
    ``inverse_transform`` gives rows back.

    Examples
    --------
    >>> plane = fit_plane([[0, 0, 0], [1, 0, 0], [0, 2, 0]])
    >>> plane.transform([[0, 0, 5]]).shape
    (1, 2)
    """
    rows = np.asarray(rows)
    return PCA(2).fit(rows.reshape(len(rows), -1))


def _flatten(split: Split) -> np.ndarray:
    """Images as rows (N, H·W), float32 in [0, 1]."""
    return split.scaled().reshape(len(split), -1)
