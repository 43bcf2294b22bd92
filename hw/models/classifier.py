"""A multilayer perceptron that classifies images."""

from sklearn.metrics import f1_score
from torch import nn
from torch.nn import functional as F

from hw.models.layers import Dropout, RandomFlip, RandomShift


class Classifier(nn.Module):
    """Multilayer perceptron for images: hidden layers of Linear, BatchNorm, ReLU, Dropout, then one logit per class.

    Parameters
    ----------
    hidden_sizes : list[int]
        Units of each hidden layer.
    batch_norm : bool
        Batch normalisation (Ioffe and Szegedy 2015) between each hidden Linear and its ReLU.
    dropout : float
        Rate in [0, 1) after each hidden ReLU (Srivastava et al. 2014).
    plain_last : bool
        The last hidden layer goes without batch normalisation and dropout.
    label_smoothing : float
        Share of each target that the loss spreads over all classes (Szegedy et al. 2016, section 7).
    flip : bool
        Mirror images at random in training; average the logits of both views in evaluation.
    shift : int
        Largest random translation in training, in pixels.
    image_shape : tuple[int, int]
        Height and width, H and W.
    n_classes : int
        Number of classes, K.
    """

    selects = ("val_accuracy", max)  # the history column, and its best value, by which an epoch is chosen

    def __init__(self, hidden_sizes, batch_norm=True, dropout=0.0, plain_last=False, label_smoothing=0.0, flip=False,
                 shift=0, image_shape=(28, 28), n_classes=10):  # fmt: skip
        super().__init__()
        self.settings = {
            "hidden_sizes": list(hidden_sizes), "batch_norm": batch_norm, "dropout": dropout, "plain_last": plain_last,
            "label_smoothing": label_smoothing, "flip": flip, "shift": shift,
            "image_shape": list(image_shape), "n_classes": n_classes,
        }  # fmt: skip
        self.flip, self.label_smoothing = flip, label_smoothing
        self.augment = nn.Sequential(*([RandomFlip()] if flip else []), *([RandomShift(shift)] if shift else []))
        width = image_shape[0] * image_shape[1]
        layers = []
        for number, size in enumerate(hidden_sizes, start=1):
            plain = plain_last and number == len(hidden_sizes)
            layers.append(nn.Linear(width, size))
            if batch_norm and not plain:
                layers.append(nn.BatchNorm1d(size))
            layers.append(nn.ReLU(inplace=True))
            if dropout and not plain:
                layers.append(Dropout(dropout))
            width = size
        self.features = nn.Sequential(nn.Flatten(), *layers)
        self.head = nn.Linear(width, n_classes)

    @classmethod
    def from_config(cls, config):
        """Network that a :class:`hw.ClassifierConfig` describes."""
        names = ("hidden_sizes", "batch_norm", "dropout", "plain_last", "label_smoothing", "flip", "shift")
        return cls(**{name: getattr(config, name) for name in names})

    def forward(self, images):  # (N, H, W) in [0, 1]
        """Logits (N, K) of images (N, H, W) with values in [0, 1]."""
        if self.training:
            return self.head(self.features(self.augment(images)))
        logits = self.head(self.features(images))
        if self.flip:
            logits = (logits + self.head(self.features(images.flip(-1)))) / 2
        return logits

    def loss(self, images, labels):
        """Training loss and accuracy of a batch, as 0-d tensors: ``{"loss": …, "accuracy": …}``."""
        logits = self(images)
        return {
            "loss": F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing),
            "accuracy": (logits.detach().argmax(1) == labels).float().mean(),
        }

    def scores(self, images, labels):
        """Scores of labelled images, as :func:`class_scores` has them."""
        return class_scores(self(images).cpu(), labels.cpu())


def class_scores(logits, labels):
    """Scores of a classifier.

    Parameters
    ----------
    logits : torch.Tensor
        (N, K).
    labels : torch.Tensor
        (N,), in 0..K−1.

    Returns
    -------
    dict[str, float]
        ``loss`` (mean cross-entropy in nats), ``accuracy`` and ``macro_f1`` in [0, 1].
    """
    y_pred = logits.argmax(1)
    return {
        "loss": F.cross_entropy(logits, labels).item(),
        "accuracy": (y_pred == labels).double().mean().item(),
        "macro_f1": float(f1_score(labels, y_pred, average="macro", zero_division=0)),
    }
