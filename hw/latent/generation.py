"""How good generated images are: how far from real ones, how varied, and whether they are copies.

Shapes: N images of H × W pixels, feature vectors of length F.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors

from hw.config import AutoencoderConfig, ClassifierConfig
from hw.data import Dataset, Split
from hw.files import data_folder
from hw.models import Classifier, checksum, load_model, save_model
from hw.training import fit, predict, seed_everything

EXTRACTOR_EPOCHS = 20
BALL_BATCH = 1_000  # generated images compared at a time: their distances take a few MB

log = logging.getLogger(__name__)


def feature_extractor(
    data: Dataset, config: AutoencoderConfig, progress: bool = True
) -> tuple[Classifier, str]:
    """The classifier whose penultimate layer describes images, and how to cite it.

    Parameters
    ----------
    data
        If no file is given, the network of ``ffnn-dropout`` is trained on its training and
        validation images for ``EXTRACTOR_EPOCHS`` epochs, and cached for later reports: however
        they split the same images, distances are under the same network.
    config
        Settings; used are ``feature_extractor`` (a file, or empty) and ``device``.
    progress
        Show a progress bar.

    Returns
    -------
    tuple
        The classifier, on the CPU and in evaluation mode, and its file name and
        :func:`hw.models.checksum`.

    Raises
    ------
    ValueError
        If ``feature_extractor`` is not the file of a classifier for images of this shape.
    """
    data = _unsplit(data)
    path = Path(config.feature_extractor) if config.feature_extractor else _extractor_path(data)
    if config.feature_extractor or path.exists():
        try:
            return _load_extractor(path, data)
        except (OSError, ValueError, RuntimeError) as error:
            if config.feature_extractor:
                raise ValueError(
                    "feature_extractor must be the file of a classifier saved by hw.save_model "
                    f"for images of this shape, got {str(path)!r}: {error}"
                ) from None
            log.warning("The cached classifier will be trained again: %s", error)
    model = _train_extractor(data, config, progress)
    try:
        save_model(model, path)
    except OSError as error:
        log.warning("The classifier cannot be cached: %s", error)
    return model, _cite(model, path)


def _load_extractor(path: Path, data: Dataset) -> tuple[Classifier, str]:
    model = load_model(path)
    if not isinstance(model, Classifier):
        raise ValueError(f"it is {type(model).__name__}")
    model(torch.zeros(1, *data.image_shape))
    return model, _cite(model, path)


def _cite(model: Classifier, path: Path) -> str:
    return f"{path.name}, SHA-256 {checksum(model)}"


def _unsplit(data: Dataset) -> Dataset:
    """Training and validation images as training images, in an order that no split changes."""
    images = np.concatenate([data.train.images, data.val.images])
    labels = np.concatenate([data.train.labels, data.val.labels])
    keys = [
        (hashlib.sha256(image).digest(), label) for image, label in zip(images, labels, strict=True)
    ]
    order = sorted(range(len(images)), key=keys.__getitem__)
    none = replace(data.val, images=images[:0], labels=labels[:0])
    return replace(
        data, train=replace(data.train, images=images[order], labels=labels[order]), val=none
    )


def _extractor_path(data: Dataset) -> Path:
    """Where the extractor trained on these images is cached."""
    content = data.train.images.tobytes() + data.train.labels.tobytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    name = f"ffnn-dropout-{EXTRACTOR_EPOCHS}-{digest}.safetensors"
    return data_folder() / "features" / name


def _train_extractor(data: Dataset, config: AutoencoderConfig, progress: bool) -> Classifier:
    log.info("Training the classifier that judges generated images; later reports reuse it.")
    settings = ClassifierConfig(epochs=EXTRACTOR_EPOCHS, device=config.device)
    seed_everything(0)
    model = Classifier.from_config(settings, data)
    fit(model, data, settings, progress=progress)
    return model.cpu().eval()


def image_features(extractor: Classifier, images: ArrayLike) -> np.ndarray:
    """Penultimate activations of a classifier.

    Parameters
    ----------
    extractor
        As :func:`feature_extractor` returns it.
    images
        (N, H, W): uint8, or floats in [0, 1].

    Returns
    -------
    ndarray
        (N, F), float32.
    """
    images = np.asarray(images)
    split = Split(images, np.zeros(len(images), dtype=np.int64))
    return predict(extractor, split, method=extractor.features).numpy()


def frechet_distance(features: ArrayLike, other: ArrayLike) -> float:
    """Fréchet distance between Gaussians fitted to two sets of features.

    Heusel et al. (2017) use features of the Inception network; distances under different extractors
    cannot be compared.

    Parameters
    ----------
    features, other
        (N, F) and (M, F), at least 2 rows each, from the same extractor.

    Returns
    -------
    float
        At least 0; 0 for equal means and covariances.

    Raises
    ------
    ValueError
        If there are fewer rows, or a value is not finite.

    Examples
    --------
    >>> features = np.random.default_rng(0).standard_normal((100, 3))
    >>> round(frechet_distance(features, features + 1), 3)
    3.0
    """
    features = _check(features, "features", 2).astype(np.float64)
    other = _check(other, "other", 2).astype(np.float64)
    shift = features.mean(0) - other.mean(0)
    # With covariances AᵀA and BᵀB, tr √(AᵀA BᵀB) is the sum of the singular values of ABᵀ. That is
    # exact for fewer images than features too, whose covariances have no inverse.
    root = _covariance_root(features)
    other_root = _covariance_root(other)
    common = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    distance = shift @ shift + (root**2).sum() + (other_root**2).sum() - 2 * common
    return max(float(distance), 0.0)  # rounding can leave less than 0


def _covariance_root(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix R of at most F rows, (·, F), such that RᵀR is the covariance of points (N, F)."""
    n, n_features = points.shape
    scaled: NDArray[np.float64] = (points - points.mean(0)) / (n - 1) ** 0.5
    if n <= n_features:
        return scaled
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    root: NDArray[np.float64] = np.sqrt(values.clip(0))[:, None] * vectors.T
    return root


def _check(features: ArrayLike, name: str, least: int) -> NDArray[Any]:
    """Features (N, F) as an array; a ValueError if N < `least` or a value is not finite."""
    features = np.asarray(features)
    if features.ndim != 2 or len(features) < least:
        raise ValueError(f"{name} must have at least {least} rows, got shape {features.shape}")
    finite = np.isfinite(features).all(1)
    if not finite.all():
        raise ValueError(f"{name} must be finite, got NaN or infinity in {(~finite).sum()} rows")
    return features


def precision_recall_coverage(
    real: ArrayLike, generated: ArrayLike, k: int = 5
) -> dict[str, float]:
    """Whether generated images look real, and whether they cover all kinds of real images.

    Parameters
    ----------
    real, generated
        Features (N, F) and (M, F), at least 2 rows each.
    k
        The ball around an image reaches to its k-th nearest neighbour in its own set, or to the
        farthest in a smaller set.

    Returns
    -------
    dict
        In [0, 1]: ``precision``, the share of generated images in the ball of a real one;
        ``recall``, the share of real images in the ball of a generated one (Kynkäänniemi et al.
        2019); ``coverage``, the share of real images with a generated one in their ball (Naeem et
        al. 2020), which outliers among the generated images cannot raise.

    Raises
    ------
    ValueError
        If there are fewer rows, or a value is not finite.
    """
    real = _check(real, "real", 2)
    generated = _check(generated, "generated", 2)
    k = min(k, len(real) - 1, len(generated) - 1)
    real_radius = _ball_radius(real, k)
    generated_radius = _ball_radius(generated, k)
    precise = np.zeros(len(generated), bool)
    recalled = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    for start in range(0, len(generated), BALL_BATCH):
        rows = slice(start, start + BALL_BATCH)
        distances = torch.cdist(
            torch.as_tensor(generated[rows]), torch.as_tensor(real)
        ).numpy()  # (rows, N)
        in_real_ball = distances <= real_radius
        precise[rows] = in_real_ball.any(1)
        recalled |= (distances <= generated_radius[rows, None]).any(0)
        covered |= in_real_ball.any(0)
    return {
        "precision": precise.mean().item(),
        "recall": recalled.mean().item(),
        "coverage": covered.mean().item(),
    }


def _ball_radius(points: np.ndarray, k: int) -> np.ndarray:
    """Distance of each point (N, F) to its k-th nearest neighbour, (N,)."""
    neighbours = NearestNeighbors(n_neighbors=k + 1).fit(points)  # the first is the point itself
    distances: np.ndarray = neighbours.kneighbors(points)[0]
    return distances[:, -1]


def generation_table(
    extractor: Classifier, data: Dataset, generated: Mapping[str, ArrayLike]
) -> pd.DataFrame:
    """Compare sets of generated images, and the test images as a reference, with training images.

    Parameters
    ----------
    extractor
        As :func:`feature_extractor` returns it.
    data
        Real images.
    generated
        Images (N, H, W) by the name of their source.

    Returns
    -------
    DataFrame
        Index ``images``; columns ``Fréchet distance``, ``precision``, ``recall``, ``coverage``. The
        last three use only as many training images as there are test images.
    """
    train = image_features(extractor, data.train.images)
    rows = {}
    for name, images in {"real test images": data.test.images, **generated}.items():
        features = image_features(extractor, images)
        rows[name] = {"Fréchet distance": frechet_distance(train, features)}
        rows[name] |= precision_recall_coverage(train[: len(data.test)], features)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("images")


def nearest_images(images: ArrayLike, split: Split) -> tuple[np.ndarray, np.ndarray]:
    """The nearest image in a split for each image, by Euclidean distance of pixels.

    Parameters
    ----------
    images
        (N, H, W), floats in [0, 1].
    split
        M images.

    Returns
    -------
    tuple
        Rows of the split (N,), in 0..M−1, and root mean squared differences per pixel (N,).

    Raises
    ------
    ValueError
        If a pixel is not finite.
    """
    candidates = split.tensors()[0].flatten(1)
    pixels = np.asarray(images, dtype=np.float32)
    queries = torch.as_tensor(_check(pixels.reshape(len(pixels), -1), "images", 0))
    distances, rows = torch.cdist(queries, candidates).min(1)
    return rows.numpy(), (distances / queries.shape[1] ** 0.5).numpy()
