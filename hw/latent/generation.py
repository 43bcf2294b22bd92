"""How good generated images are: how far from real ones, how varied, and whether they are copies.

Shapes: N images of H × W pixels, feature vectors of length F.
"""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from sklearn.neighbors import NearestNeighbors
from torch import nn

from hw.config import AutoencoderConfig, ClassifierConfig
from hw.data import Dataset, Split, load_torchvision
from hw.files import data_folder
from hw.models import Classifier, load_model, save_model
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
        If no file is given, the network of ``ffnn-dropout`` is trained on this for
        ``EXTRACTOR_EPOCHS`` epochs, and cached for later reports.
    config
        Settings; used are ``feature_extractor`` (a file, or empty) and ``device``.
    progress
        Show a progress bar.

    Returns
    -------
    tuple
        The classifier, on the CPU and in evaluation mode, and its file name and SHA-256.

    Raises
    ------
    ValueError
        If ``feature_extractor`` is not the file of a classifier for images of this shape.
    """
    if config.feature_extractor:
        path = Path(config.feature_extractor)
    else:
        path = _extractor_path(data)
        if not path.exists():
            _train_extractor(data, config, path, progress)
    try:
        model = load_model(path)
        if not isinstance(model, Classifier):
            raise ValueError(f"it is {type(model).__name__}")
        model(torch.zeros(1, *data.train.images.shape[1:]))
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(
            "feature_extractor must be the file of a classifier saved by hw.save_model "
            f"for images of this shape, got {str(path)!r}: {error}"
        ) from None
    return model, f"{path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _extractor_path(data: Dataset) -> Path:
    """Where the extractor trained on these images is cached."""
    images = data.train.images.tobytes() + data.val.images.tobytes()
    digest = hashlib.sha256(images).hexdigest()[:16]
    name = f"ffnn-dropout-{EXTRACTOR_EPOCHS}-{digest}.safetensors"
    return data_folder() / "features" / name


def _train_extractor(data: Dataset, config: AutoencoderConfig, path: Path, progress: bool) -> None:
    log.warning("Training the classifier that judges generated images; later reports reuse it.")
    settings = ClassifierConfig(epochs=EXTRACTOR_EPOCHS, device=config.device)
    seed_everything(0)
    model = Classifier.from_config(settings)
    fit(model, data, settings, progress=progress)
    save_model(model, path)


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

    Examples
    --------
    >>> features = np.random.default_rng(0).standard_normal((100, 3))
    >>> round(frechet_distance(features, features + 1), 3)
    3.0
    """
    load_torchvision()  # torchmetrics imports torchvision
    from torchmetrics.image.fid import FrechetInceptionDistance

    features = np.asarray(features, dtype=np.float64)
    other = np.asarray(other, dtype=np.float64)
    precomputed = nn.Identity()  # torchmetrics gets features instead of images
    precomputed.num_features = features.shape[1]
    metric = FrechetInceptionDistance(feature=precomputed)
    metric.set_dtype(torch.float64)
    metric.update(torch.as_tensor(features), real=True)
    metric.update(torch.as_tensor(other), real=False)
    return float(metric.compute())


def precision_recall_coverage(
    real: ArrayLike, generated: ArrayLike, k: int = 5
) -> dict[str, float]:
    """Whether generated images look real, and whether they cover all kinds of real images.

    Parameters
    ----------
    real, generated
        Features (N, F) and (M, F).
    k
        The ball around an image reaches to its k-th nearest neighbour in its own set.

    Returns
    -------
    dict
        In [0, 1]: ``precision``, the share of generated images in the ball of a real one;
        ``recall``, the share of real images in the ball of a generated one (Kynkäänniemi et al.
        2019); ``coverage``, the share of real images with a generated one in their ball (Naeem et
        al. 2020), which outliers among the generated images cannot raise.
    """
    real = np.asarray(real)
    generated = np.asarray(generated)
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
    """
    candidates = split.tensors()[0].flatten(1)
    queries = torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)
    distances, rows = torch.cdist(queries, candidates).min(1)
    return rows.numpy(), (distances / queries.shape[1] ** 0.5).numpy()
