"""The code space of an autoencoder, and how good the images generated from it are."""
