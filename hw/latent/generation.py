"""How good generated images are: how far from real ones, how varied, and whether they are copies."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.neighbors import NearestNeighbors
from torch import nn

from hw.config import ClassifierConfig
from hw.data import Split, data_folder
from hw.models import Classifier, load_model, save_model
from hw.training import fit, predict, seed_everything
from hw.data.torchvision import load_torchvision

EXTRACTOR_EPOCHS = 20
log = logging.getLogger(__name__)


def feature_extractor(config, data, progress=True):
    """The classifier whose penultimate layer says what an image shows, and how a report cites it.

    Parameters
    ----------
    config : AutoencoderConfig
        Settings; used are ``feature_extractor`` (a file, or empty) and ``device``.
    data : hw.Dataset
        Where no file is given, the recipe of ``ffnn-dropout`` is trained on its training split for
        ``EXTRACTOR_EPOCHS`` epochs and kept beside the cached data sets.
    progress : bool
        Show a progress bar.

    Returns
    -------
    tuple[Classifier, str]
        On the CPU, in evaluation mode; and the file's name and SHA-256 sum.

    Raises
    ------
    ValueError
        When ``feature_extractor`` is not the file of a classifier for images of this shape.
    """
    path = Path(config.feature_extractor)
    if not config.feature_extractor:
        digest = hashlib.sha256(data.train.images.tobytes() + data.val.images.tobytes()).hexdigest()
        path = data_folder() / "features" / f"ffnn-dropout-{EXTRACTOR_EPOCHS}-{digest[:16]}.safetensors"
        if not path.exists():
            log.warning("Training the classifier that judges generated images; it is kept for the next report.")
            settings = ClassifierConfig(epochs=EXTRACTOR_EPOCHS, device=config.device)
            seed_everything(0)
            model = Classifier.from_config(settings)
            fit(model, data, settings, progress=progress)
            save_model(model, path)
    try:
        model = load_model(path)
        if not isinstance(model, Classifier):
            raise ValueError(f"it is {type(model).__name__}")
        model(torch.zeros(1, *data.train.images.shape[1:]))
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(
            "feature_extractor must be the file of a classifier saved by hw.save_model for images of this shape, "
            f"got {str(path)!r}: {error}"
        ) from None
    return model, f"{path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"


def image_features(extractor, images):
    """Penultimate activations of a classifier.

    Parameters
    ----------
    extractor : Classifier
        As :func:`feature_extractor` returns it.
    images : array_like
        (N, H, W): uint8, or floats in [0, 1].

    Returns
    -------
    numpy.ndarray
        (N, F), float32.
    """
    return predict(
        extractor, Split(np.asarray(images), np.zeros(len(images), dtype=np.int64)), extractor.features
    ).numpy()


def frechet_distance(features, other):
    """Fréchet distance of the Gaussians fitted to two sets of features (Heusel et al. 2017, there of Inception's).

    Parameters
    ----------
    features, other : array_like
        (N, F) and (M, F), at least 2 rows each, of the same extractor.

    Returns
    -------
    float
        0 for equal means and covariances. Distances under different extractors do not compare.

    Examples
    --------
    >>> features = np.random.default_rng(0).standard_normal((100, 3))
    >>> round(frechet_distance(features, features + 1), 3)
    3.0
    """
    load_torchvision()  # torchmetrics imports torchvision
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Given(nn.Identity):  # the features are at hand: torchmetrics' network is the identity
        num_features = np.shape(features)[1]

    metric = FrechetInceptionDistance(feature=Given())
    metric.set_dtype(torch.float64)
    for rows, real in ((features, True), (other, False)):
        metric.update(torch.as_tensor(np.asarray(rows, dtype=np.float64)), real=real)
    return float(metric.compute())


def precision_recall_coverage(real, generated, k=5):
    """Do generated images look real, and are all kinds of real images among them?

    Parameters
    ----------
    real, generated : array_like
        Features (N, F) and (M, F).
    k : int
        A ball around an image reaches to its k-th nearest neighbour of the same kind.

    Returns
    -------
    dict[str, float]
        In [0, 1]: ``precision``, the share of generated images within the ball of a real one; ``recall``, the share of
        real images within the ball of a generated one (Kynkäänniemi et al. 2019); ``coverage``, the share of real
        images whose ball holds a generated one (Naeem et al. 2020), which outliers among the generated cannot raise.
    """
    real, generated = np.asarray(real), np.asarray(generated)
    k = min(k, len(real) - 1, len(generated) - 1)
    real_radius, generated_radius = (
        NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, -1] for points in (real, generated)
    )  # the first neighbour is the point itself
    precise, covered, recalled = np.zeros(len(generated), bool), np.zeros(len(real), bool), np.zeros(len(real), bool)
    for start in range(0, len(generated), 1_000):  # keeps the distances to a few MB
        rows = slice(start, start + 1_000)
        distances = torch.cdist(torch.as_tensor(generated[rows]), torch.as_tensor(real)).numpy()  # (rows, N)
        in_real_ball = distances <= real_radius
        precise[rows] = in_real_ball.any(1)
        covered |= in_real_ball.any(0)
        recalled |= (distances <= generated_radius[rows, None]).any(0)
    return {"precision": precise.mean().item(), "recall": recalled.mean().item(), "coverage": covered.mean().item()}


def generation_table(extractor, data, generated):
    """Scores of sets of generated images against the training images, with the test images as the floor.

    Parameters
    ----------
    extractor : Classifier
        As :func:`feature_extractor` returns it.
    data : hw.Dataset
        Real images.
    generated : dict[str, array_like]
        Images (N, H, W) by the name of their source.

    Returns
    -------
    pandas.DataFrame
        Index ``images``; columns ``Fréchet distance``, ``precision``, ``recall``, ``coverage``. All sets are compared
        with the training images; for the last three with as many of them as there are test images.
    """
    train = image_features(extractor, data.train.images)
    sets = {"real test images": data.test.images, **generated}
    rows = {}
    for name, images in sets.items():
        features = image_features(extractor, images)
        rows[name] = {"Fréchet distance": frechet_distance(train, features)}
        rows[name] |= precision_recall_coverage(train[: len(data.test)], features)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("images")


def nearest_images(images, split):
    """Rows of the images in a split that are nearest, by Euclidean distance of pixels, and these distances.

    Parameters
    ----------
    images : array_like
        (N, H, W), floats in [0, 1].
    split : hw.Split
        M images.

    Returns
    -------
    tuple[numpy.ndarray, numpy.ndarray]
        (N,) rows in 0..M−1, and (N,) root mean squared differences of a pixel.
    """
    candidates = split.tensors()[0].flatten(1)
    queries = torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)
    distances, rows = torch.cdist(queries, candidates).min(1)
    return rows.numpy(), (distances / queries.shape[1] ** 0.5).numpy()
