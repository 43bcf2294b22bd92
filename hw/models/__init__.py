"""The torch networks, each with its own loss and scores, and saving them without pickle."""

from hw.models.autoencoder import ACTIVATIONS, Autoencoder, VariationalAutoencoder, gaussian_kl
from hw.models.classifier import Classifier, class_scores
from hw.models.layers import Dropout, RandomFlip, RandomShift
from hw.models.network import Network
from hw.models.saving import checksum, load_model, save_model
from hw.models.summary import layer_table

__all__ = [
    "ACTIVATIONS",
    "Autoencoder",
    "Classifier",
    "Dropout",
    "Network",
    "RandomFlip",
    "RandomShift",
    "VariationalAutoencoder",
    "checksum",
    "class_scores",
    "gaussian_kl",
    "layer_table",
    "load_model",
    "save_model",
]
