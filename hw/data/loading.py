"""Load the data set that the settings ask for, or its stand-in."""

import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from hw.config import TORCHVISION_SETS, TrainingConfig, is_path
from hw.data.dataset import Dataset, Split, checksum
from hw.data.fashion_mnist import GARMENTS, load_fashion_mnist, load_synthetic
from hw.data.fetching import DataUnavailableError
from hw.data.optdigits import DIGITS, load_bundled_digits, load_optdigits
from hw.data.own import read_own
from hw.data.small_sets import CLASS_NAMES, load_small_set
from hw.data.splits import train_val_split
from hw.parameters import ParameterError

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
} | {
    name: _Source(name, CLASS_NAMES[name], partial(load_small_set, name))
    for name in TORCHVISION_SETS
}


def load(config: TrainingConfig, *, regression: bool = False) -> Dataset:
    """Load the data set that the settings ask for, split into training, validation and test.

    Parameters
    ----------
    config
        Uses ``dataset``, ``val_fraction``, ``train_size``, ``seeds`` (the first one draws the
        split) and ``sources`` (the real data set and its stand-in).
    regression
        Take a data set whose labels are numbers to predict.

    Returns
    -------
    The data set; ``notice`` is set if this is a stand-in.

    Raises
    ------
    DataUnavailableError
        If ``dataset`` names the real data set and it is not available from any source.
    ParameterError
        If ``dataset`` is a file or a folder that cannot be used; says why in one line.
    """
    if is_path(config.dataset):
        return _load_own(config, regression)
    if config.dataset in TORCHVISION_SETS:
        return _split(config.dataset, config, _SOURCES[config.dataset].load())
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


def _load_own(config: TrainingConfig, regression: bool) -> Dataset:
    settings = {name: getattr(config, name) for name in ("val_fraction", "train_size")}
    try:
        data = read_own(config.dataset, seed=config.seeds[0], **settings)
        if not data.class_names and not regression:
            raise ValueError(
                "labels must be classes, integers or words, got floats, which are numbers to "
                "predict: hw.load(config, regression=True) takes them"
            )
        if config.image_shape not in (None, data.image_shape):
            wanted, got = (" × ".join(map(str, s)) for s in (config.image_shape, data.image_shape))
            raise ValueError(f"images must be {wanted} for this report, got {got}")
    except ValueError as error:
        raise ParameterError(f"dataset {config.dataset!r} cannot be used: {error}") from None
    return data


def _split(
    name: str, config: TrainingConfig, published: tuple[Split, Split], notice: str = ""
) -> Dataset:
    """Data set `name` from its published training and test split."""
    train, test = published
    train, val = train_val_split(train, config.val_fraction, config.train_size, config.seeds[0])
    names = _SOURCES[name].class_names
    return Dataset(name, names, train, val, test, checksum(*published), notice)
