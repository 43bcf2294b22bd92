"""Load the data set that the settings ask for, or its stand-in."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from hw.config import TrainingConfig
from hw.data.dataset import Dataset, Split, checksum
from hw.data.fashion_mnist import GARMENTS, load_fashion_mnist, load_synthetic
from hw.data.fetching import DataUnavailableError
from hw.data.optdigits import DIGITS, load_bundled_digits, load_optdigits
from hw.data.splits import train_val_split

log = logging.getLogger(__name__)


class _Source(NamedTuple):
    title: str
    class_names: tuple[str, ...]
    load: Callable[[], tuple[Split, Split]]  # training and test split
    warning: str = ""  # what the results of a stand-in are not good for


_SOURCES = {
    "fashion_mnist": _Source("Fashion-MNIST", GARMENTS, load_fashion_mnist),
    "synthetic": _Source(
        "synthetic garments",
        GARMENTS,
        load_synthetic,
        "Its numbers cannot be compared with published results.",
    ),
    "optdigits": _Source("optdigits", DIGITS, load_optdigits),
    "load_digits": _Source(
        "the half of optdigits bundled with scikit-learn",
        DIGITS,
        load_bundled_digits,
        "Its sums of errors can be compared with published ones per image only.",
    ),
}


def load(config: TrainingConfig) -> Dataset:
    """Load the data set that the settings ask for, split into training, validation and test.

    Parameters
    ----------
    config
        Uses ``dataset``, ``val_fraction``, ``train_size``, ``seeds`` (the first one draws the
        split) and ``sources`` (the real data set and its stand-in).

    Returns
    -------
    The data set; ``notice`` is set if this is a stand-in.

    Raises
    ------
    DataUnavailableError
        If ``dataset`` names the real data set and it is not available from any source.
    """
    real, stand_in = config.sources
    reason = "as requested"
    if config.dataset != stand_in:
        try:
            return _split(real, config, _SOURCES[real].load())
        except DataUnavailableError as error:
            if config.dataset != "auto":
                raise
            log.warning("%s", error)
            reason = "because it was not available"
    source = _SOURCES[stand_in]
    notice = (
        f"This report uses a stand-in, {source.title}, instead of {_SOURCES[real].title}, "
        f"{reason}. {source.warning}"
    )
    log.warning("%s", notice)
    return _split(stand_in, config, source.load(), notice)


def _split(
    name: str, config: TrainingConfig, published: tuple[Split, Split], notice: str = ""
) -> Dataset:
    """Data set `name` from its published training and test split."""
    train, test = published
    train, val = train_val_split(train, config.val_fraction, config.train_size, config.seeds[0])
    names = _SOURCES[name].class_names
    return Dataset(name, names, train, val, test, checksum(*published), notice)
