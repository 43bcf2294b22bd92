"""What our identifiers are called in a report: heads of columns, names of scores and settings."""

from collections.abc import Iterable

_SPLITS = {"train": "training", "val": "validation", "test": "test"}
_WORDS = {
    "f1": "F1",
    "macro_f1": "macro F1",
    "mse": "error (MSE)",
    "kl": "KL divergence",
    "lr": "learning rate",
    "hidden_size": "hidden units",
    "hidden_sizes": "hidden units",
    "val_fraction": "share held out",
    "train_size": "training images",
    "batch_norm": "batch normalisation",
    "plain_last": "last hidden layer plain",
    "flip": "mirrored images",
    "shift": "largest shift (pixels)",
    "seconds": "time (s)",
    "seconds_per_epoch": "time per epoch (s)",
    "s per epoch": "time per epoch (s)",
}


def in_words(name: str) -> str:
    """Return what an identifier is called: ``val_macro_f1`` is "validation macro F1".

    Other names lose their underscores; what is no identifier stays as it is.
    """
    if name in _WORDS:
        return _WORDS[name]
    split, underscore, rest = name.partition("_")
    if underscore and split in _SPLITS:
        return f"{_SPLITS[split]} {in_words(rest)}"
    if " " in name:
        return " ".join(in_words(part) if "_" in part else part for part in name.split(" "))
    return name.replace("_", " ") if name.isidentifier() else name


def listed(words: Iterable[object]) -> str:
    """Return "512, 256 and 128"; nothing for no words.

    Examples
    --------
    >>> listed(["shoes", "bags"])
    'shoes and bags'
    """
    *first, last = [*map(str, words)] or [""]
    return f"{', '.join(first)} and {last}" if first else last
