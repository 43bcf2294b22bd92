"""The code space of an autoencoder, and how good the images generated from it are."""

from hw.latent.codes import (
    decode,
    encode,
    fit_code_density,
    fit_plane,
    interpolate,
    linear_baselines,
    project,
    reconstruction_errors,
    sample_mixture,
    sample_prior,
)
from hw.latent.generation import (
    feature_extractor,
    frechet_distance,
    generation_table,
    image_features,
    nearest_images,
    precision_recall_coverage,
)

__all__ = [
    "decode",
    "encode",
    "feature_extractor",
    "fit_code_density",
    "fit_plane",
    "frechet_distance",
    "generation_table",
    "image_features",
    "interpolate",
    "linear_baselines",
    "nearest_images",
    "precision_recall_coverage",
    "project",
    "reconstruction_errors",
    "sample_mixture",
    "sample_prior",
]
