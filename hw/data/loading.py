"""The data set that the settings ask for, or its announced stand-in."""

import logging
from typing import NamedTuple

from hw.data.fashion_mnist import GARMENTS, load_fashion_mnist, load_synthetic
from hw.data.fetching import DataUnavailableError
from hw.data.optdigits import DIGITS, load_bundled_digits, load_optdigits
from hw.data.splits import Dataset, checksum, train_val_split

log = logging.getLogger(__name__)


class _Source(NamedTuple):
    title: str
    class_names: tuple[str, ...]
    load: callable  # training and test split
    limits: str = ""  # of a stand-in


_SOURCES = {
    "fashion_mnist": _Source("Fashion-MNIST", GARMENTS, load_fashion_mnist),
    "synthetic": _Source(
        "synthetic garments", GARMENTS, load_synthetic, "nothing here compares with results on the real data"
    ),
    "optdigits": _Source("optdigits", DIGITS, load_optdigits),
    "load_digits": _Source(
        "the half of optdigits that scikit-learn brings along", DIGITS, load_bundled_digits,
        "sums of errors compare with those on all rows only per row",
    ),
}  # fmt: skip


def load(config):
    """Load the data set that the settings ask for.

    Parameters
    ----------
    config : ClassifierConfig
        Settings; used are ``dataset val_fraction train_size seeds`` (the first seed draws the splits) and ``sources``,
        the names of the real data set and of what stands in for it.

    Returns
    -------
    Dataset
        With ``notice`` set where it is a stand-in.

    Raises
    ------
    DataUnavailableError
        When ``dataset`` asks for the real data and they can be had from nowhere.
    """
    real, stand_in = config.sources
    name, reason = config.dataset, "as asked for"
    if name != stand_in:
        try:
            name, splits = real, _SOURCES[real].load()
        except DataUnavailableError as error:
            if config.dataset != "auto":
                raise
            log.warning("%s", error)
            name, reason = stand_in, "which could not be had"
    notice = ""
    if name == stand_in:
        title, _, load_stand_in, limits = _SOURCES[stand_in]
        splits = load_stand_in()
        notice = f"Made with a stand-in, {title}, instead of {_SOURCES[real].title}, {reason}: {limits}."
        log.warning("%s", notice)
    train, test = splits
    train, val = train_val_split(train, config.val_fraction, config.train_size, config.seeds[0])
    return Dataset(name, _SOURCES[name].class_names, train, val, test, checksum(*splits), notice)
