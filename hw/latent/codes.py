"""The code space of an autoencoder: codes of images, images of codes, densities to draw codes from, and maps."""

import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture

from hw.training import EVALUATION_BATCH, predict

MIXTURE_SIZES = (1, 2, 5, 10, 20)  # numbers of components that fit_code_density tries
MIXTURE_CODES = 20_000  # codes that it takes at most, drawn at random
MIXTURE_TOLERANCE = 1e-2  # nats per code by which a step of its fit has to gain
MIXTURE_FLOOR = 1e-4  # of the codes' variance, added to every variance: a code that never changes would leave none
TSNE_STEPS = 500  # after as many, neighbours have found each other; further ones spread the islands, and take as long


def encode(model, split):
    """Codes of images.

    Parameters
    ----------
    model : hw.Autoencoder
        On any device; stays there.
    split : hw.Split
        N images.

    Returns
    -------
    numpy.ndarray
        (N, L), float32.
    """
    return predict(model, split, model.encode).numpy()


def decode(model, codes):
    """Images of codes.

    Parameters
    ----------
    model : hw.Autoencoder
        On any device; stays there.
    codes : array_like
        (N, L).

    Returns
    -------
    numpy.ndarray
        (N, H, W), float32 in [0, 1].
    """
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        batches = torch.as_tensor(np.asarray(codes), dtype=torch.float32, device=device).split(EVALUATION_BATCH)
        return torch.cat([model.decode(batch) for batch in batches]).cpu().numpy()


def reconstruction_errors(model, split):
    """Mean squared error of each image's reconstruction, (N,), pixels in [0, 1]."""
    reconstructions, (images, _) = predict(model, split), split.tensors()
    return (reconstructions - images).square().mean((1, 2)).numpy()


def linear_baselines(train, test, code_size):
    """Mean squared errors on `test` of what needs no network, fitted on `train`.

    Returns
    -------
    dict[str, float]
        Of PCA with as many components as the code is long (the best that a linear autoencoder can do on its own
        training images, Bourlard and Kamp 1988), and of the mean training image.
    """
    rows, test_rows = _rows(train), _rows(test)
    pca = PCA(min(code_size, *rows.shape), svd_solver="covariance_eigh").fit(rows)
    guesses = {
        f"PCA, {pca.n_components_} components": pca.inverse_transform(pca.transform(test_rows)),
        "the mean training image": rows.mean(0),
    }
    return {name: float(np.square(test_rows - guess).mean()) for name, guess in guesses.items()}


def sample_prior(n, code_size, seed=0):
    """`n` codes (n, L) drawn from N(0, I).

    Examples
    --------
    >>> sample_prior(3, 2).shape
    (3, 2)
    """
    return np.random.default_rng(seed).standard_normal((n, code_size), dtype=np.float32)


def fit_code_density(codes, held_out, sizes=MIXTURE_SIZES, seed=0):
    """A Gaussian mixture of full covariances with the number of components that describes held-out codes best.

    Parameters
    ----------
    codes : array_like
        (N, L), to fit to; of more than ``MIXTURE_CODES`` a random part is taken.
    held_out : array_like
        (M, L), on which the Bayesian information criterion (Schwarz 1978) is taken.
    sizes : tuple[int, ...]
        Numbers of components to try; those that N codes cannot support (fewer than 2·L each) are passed over.
    seed : int
        Of the part and of the initial assignment.

    Returns
    -------
    tuple[sklearn.mixture.GaussianMixture, pandas.DataFrame]
        The mixture with the lowest criterion; ``components`` and ``bic`` of all that were tried.
    """
    codes, held_out = np.asarray(codes, dtype=np.float32), np.asarray(held_out, dtype=np.float32)
    if len(codes) > MIXTURE_CODES:
        codes = np.random.default_rng(seed).choice(codes, MIXTURE_CODES, replace=False)
    supported = [size for size in sizes if size * 2 * codes.shape[1] <= len(codes)] or [1]
    floor = MIXTURE_FLOOR * (float(codes.var()) or 1.0)
    settings = {"tol": MIXTURE_TOLERANCE, "reg_covar": floor, "random_state": seed}
    mixtures = [GaussianMixture(size, **settings).fit(codes) for size in supported]
    table = pd.DataFrame({"components": supported, "bic": [mixture.bic(held_out) for mixture in mixtures]})
    return mixtures[table["bic"].idxmin()], table


def sample_mixture(mixture, n, seed=0):
    """`n` codes (n, L) drawn from a Gaussian mixture, in random order.

    Examples
    --------
    >>> mixture, _ = fit_code_density([[0.0, 0.0], [0.0, 1.0], [9.0, 0.0], [9.0, 1.0]], [[0.0, 0.5]], sizes=(1,))
    >>> sample_mixture(mixture, 5).shape
    (5, 2)
    """
    generator = np.random.default_rng(seed)
    components = generator.choice(mixture.n_components, n, p=mixture.weights_)
    factors = np.linalg.cholesky(mixture.covariances_)  # (components, L, L)
    noise = generator.standard_normal((n, mixture.means_.shape[1]))
    return (mixture.means_[components] + np.einsum("nij,nj->ni", factors[components], noise)).astype(np.float32)


def interpolate(start, end, n_steps=9):
    """`n_steps` codes (n_steps, L) on the straight line from code `start` (L,) to code `end` (L,), both included.

    Examples
    --------
    >>> interpolate([0, 0], [1, 2], n_steps=3).tolist()
    [[0.0, 0.0], [0.5, 1.0], [1.0, 2.0]]
    """
    shares = np.linspace(0, 1, n_steps, dtype=np.float32)[:, None]
    return (1 - shares) * np.asarray(start) + shares * np.asarray(end)


def project(codes, seed=0):
    """Two-dimensional maps of codes: their first two principal components, and t-SNE (van der Maaten and Hinton 2008).

    Parameters
    ----------
    codes : array_like
        (N, L), N and L at least 2.
    seed : int
        Of t-SNE.

    Returns
    -------
    dict[str, numpy.ndarray]
        (N, 2) by the method's name.
    """
    codes = np.asarray(codes)
    tsne = TSNE(perplexity=min(30, (len(codes) - 1) / 3), init="pca", max_iter=TSNE_STEPS, random_state=seed)
    return {"PCA": PCA(2).fit_transform(codes), "t-SNE": tsne.fit_transform(codes)}


def fit_plane(rows):
    """The plane of the first two principal components of codes or images (N, …): scikit-learn's PCA, fitted.

    Its ``transform`` gives points (N, 2) of rows, its ``inverse_transform`` rows of points.

    Examples
    --------
    >>> plane = fit_plane([[0, 0, 0], [1, 0, 0], [0, 2, 0]])
    >>> plane.transform([[0, 0, 5]]).shape
    (1, 2)
    """
    rows = np.asarray(rows)
    return PCA(2).fit(rows.reshape(len(rows), -1))


def _rows(split):
    """Images (N, H·W) as float32 in [0, 1]."""
    return split.tensors()[0].flatten(1).numpy()
