"""A multilayer perceptron that classifies images."""

import math
from collections.abc import Sequence
from typing import Literal, Self

from sklearn.metrics import f1_score
from torch import Tensor, nn
from torch.nn import functional as F

from hw.config import ClassifierConfig
from hw.data import Dataset
from hw.models.layers import Dropout, RandomFlip, RandomShift
from hw.models.network import Network


class Classifier(Network):
    """Multilayer perceptron: hidden layers of Linear, BatchNorm, ReLU, Dropout; a logit per class.

    Parameters
    ----------
    hidden_sizes
        Units of each hidden layer.
    batch_norm
        Batch normalisation (Ioffe and Szegedy 2015) between each hidden Linear and its ReLU.
    dropout
        Rate in [0, 1) after each hidden ReLU (Srivastava et al. 2014).
    plain_last
        The last hidden layer has no batch normalisation and no dropout.
    label_smoothing
        Share of each target, in [0, 1), that the loss spreads over all classes (Szegedy et al.
        2016, section 7).
    flip
        Mirror images at random in training; average the logits of both views in evaluation.
    shift
        Largest random translation in training, in pixels.
    image_shape
        (H, W), or (H, W, 3) in colour, in pixels.
    n_classes
        Number of classes, K.
    """

    monitor = "val_accuracy"
    monitor_mode: Literal["max", "min"] = "max"

    def __init__(
        self,
        hidden_sizes: Sequence[int],
        batch_norm: bool = True,
        dropout: float = 0.0,
        plain_last: bool = False,
        label_smoothing: float = 0.0,
        flip: bool = False,
        shift: int = 0,
        image_shape: Sequence[int] = (28, 28),
        n_classes: int = 10,
    ) -> None:
        super().__init__()
        self.flip = flip
        self.label_smoothing = label_smoothing
        self.augment = nn.Sequential()
        if flip:
            self.augment.append(RandomFlip())
        if shift:
            self.augment.append(RandomShift(shift))
        self.features = nn.Sequential(nn.Flatten())
        width = math.prod(image_shape)
        for number, size in enumerate(hidden_sizes, start=1):
            plain = plain_last and number == len(hidden_sizes)
            self.features.append(nn.Linear(width, size))
            if batch_norm and not plain:
                self.features.append(nn.BatchNorm1d(size))
            self.features.append(nn.ReLU(inplace=True))
            if dropout and not plain:
                self.features.append(Dropout(dropout))
            width = size
        self.head = nn.Linear(width, n_classes)

    @classmethod
    def from_config(cls, config: ClassifierConfig, data: Dataset | None = None) -> Self:
        """Make the network that a configuration describes, for the images and classes of `data`."""
        settings = cls.shared_settings(config)
        if data is not None:
            settings |= {"image_shape": data.image_shape, "n_classes": len(data.class_names)}
        return cls(**settings)

    @property
    def linear_layers(self) -> list[nn.Linear]:
        """The Linear layers, from the images to the logits."""
        hidden = [layer for layer in self.features if isinstance(layer, nn.Linear)]
        return [*hidden, self.head]

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, K) of images (N, H, W) or (N, H, W, 3) with values in [0, 1]."""
        if self.training:
            return self._logits(self.augment(images))
        logits = self._logits(images)
        if self.flip:
            logits = (logits + self._logits(images.flip(2))) / 2
        return logits

    def _logits(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(images))
        return logits

    def loss(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Training loss in nats and accuracy in [0, 1] of a batch, as 0-d tensors.

        Parameters
        ----------
        images
            (N, H, W), in [0, 1].
        labels
            (N,), in 0..K−1.

        Returns
        -------
        dict
            ``loss`` and ``accuracy``.
        """
        logits = self(images).float()  # the loss in float32, whatever the products are in
        return {
            "loss": F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing),
            "accuracy": (logits.detach().argmax(1) == labels).float().mean(),
        }

    def scores(self, images: Tensor, labels: Tensor) -> dict[str, float]:
        """Scores of images (N, H, W) with labels (N,); see :func:`class_scores`."""
        return class_scores(self(images).cpu(), labels.cpu())


def class_scores(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Scores of a classifier.

    Parameters
    ----------
    logits
        (N, K), on the CPU.
    labels
        (N,), in 0..K−1, on the CPU.

    Returns
    -------
    dict
        ``loss`` (mean cross-entropy in nats), ``accuracy`` and ``macro_f1`` in [0, 1].
    """
    y_pred = logits.argmax(1)
    return {
        "loss": F.cross_entropy(logits, labels).item(),
        "accuracy": (y_pred == labels).double().mean().item(),
        "macro_f1": float(f1_score(labels, y_pred, average="macro", zero_division=0)),
    }
