"""What a report says of its own settings: the network, how it is trained, its hyper-parameters."""

from typing import Any

import pandas as pd

from hw.config import TITLE_FIELDS, AutoencoderConfig, ClassifierConfig, TrainingConfig
from hw.report.tables import table
from hw.training import select_device, select_precision
from hw.words import in_words, listed

# Values of a setting that does nothing
_OFF: tuple[Any, ...] = (None, False, 0, "", "constant", "default", [])

# What a setting adds to plain training, by its value if it has several: in a few words, and as a
# sentence.
_ADDITIONS: dict[str, dict[Any, tuple[str, str]]] = {
    "channels": {None: ("convolutions", "")},
    "variational": {None: ("a distribution of codes", "")},
    "noise_std": {
        None: (
            "noisy inputs",
            "Noise of standard deviation {value} is added to the training images, and the network "
            "has to remove it [@vincent2008].",
        )
    },
    "flip": {
        None: (
            "mirrored images",
            "Training images are mirrored at random; the logits of a test image are the mean of "
            "those for it and for its mirror image [@shorten2019].",
        )
    },
    "shift": {
        None: (
            "shifted images",
            "Training images are shifted at random, by up to {value} px in each direction "
            "[@shorten2019].",
        )
    },
    "label_smoothing": {
        None: (
            "label smoothing",
            "Labels are smoothed: a share of {value} of each target is spread over all classes "
            "[@szegedy2016].",
        )
    },
    "weight_decay": {
        None: ("weight decay", "An L2 penalty of {value} on the weights is added to the gradient.")
    },
    "init": {
        "he": ("He's first weights", "The first weights are drawn as He et al. do [@he2015]."),
        "orthogonal": (
            "orthogonal first weights",
            "The first weights are random orthogonal matrices [@saxe2014].",
        ),
    },
    "schedule": {
        "step": ("a learning rate halved in steps", ""),
        "cosine": ("a cosine schedule", ""),
    },
}
_SCHEDULES = {
    "constant": "a constant learning rate of {rate}",
    "step": "a learning rate of {rate} that is halved every 20 epochs",
    "cosine": "a learning rate that falls from {rate} to zero along a cosine [@loshchilov2017]",
}
_LOSSES = {
    "mse": "the mean squared error of the pixels",
    "bce": "the binary cross-entropy of the pixels",
}
_ACTIVATIONS = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU"}

# Hidden in the table: what is no hyper-parameter, and what has no effect.
_HIDDEN = {
    *TITLE_FIELDS,
    *("system", "dataset", "published", "device", "full_epochs", "fresh", "feature_extractor"),
}
_NAMES = {
    "init": "first weights",
    "noise_std": "noise on inputs (std)",
    "code_size": "code length",
    "channels": "convolution filters",
    "hidden_sizes": "hidden units",
    "beta": "weight of the divergence, β",
    "weight_decay": "weight decay (L2)",
    "val_fraction": "share for validation",
}


def describe_classifier(config: ClassifierConfig) -> str:
    """Sentence on the hidden layers of a classifier, with citations.

    Parameters
    ----------
    config
        The report's settings.
    """
    sizes = config.hidden_sizes
    one = len(sizes) == 1
    layers = f"The {len(sizes)} hidden layers have {listed(sizes)} units;"
    if one:
        layers = f"The hidden layer has {sizes[0]} units;"
    parts = ["batch normalisation [@ioffe2015] between them"] if config.batch_norm else []
    if config.dropout:
        parts.append(f"dropout [@srivastava2014] at a rate of {config.dropout:g} after them")
    said = f"{layers} {'it' if one else 'each'} is a linear map and a ReLU"
    if not parts or (one and config.plain_last):
        return f"{said}."
    return f"{said}, with {listed(parts)}{', except for the last' * config.plain_last}."


def describe_autoencoder(config: AutoencoderConfig) -> str:
    """Sentences on the layers of an autoencoder.

    Parameters
    ----------
    config
        The report's settings.
    """
    stages = []
    if config.channels:
        filters = listed(config.channels)
        plural = "convolutions" if len(config.channels) > 1 else "a convolution"
        stages.append(f"{plural} of stride 2 with {filters} filters")
    if config.hidden_sizes:
        several = len(config.hidden_sizes) > 1
        plural = "fully connected layers" if several else "a fully connected layer"
        stages.append(f"{plural} of {listed(config.hidden_sizes)} units")
    activation = _ACTIVATIONS.get(config.activation, config.activation)
    before = "The encoder is a single linear map, which ends"
    if stages:
        each = "each " * (len(config.channels) + len(config.hidden_sizes) > 1)
        before = f"The encoder has {listed(stages)}, {each}followed by {activation}, and ends"
    return (
        f"{before} in a linear code of {config.code_size} numbers. The decoder mirrors it and ends "
        "in a sigmoid, since pixels lie in [0, 1]."
    )


def describe_optimisation(config: ClassifierConfig | AutoencoderConfig, n_val: int) -> str:
    """Sentences on how a network is trained, with citations: optimiser, schedule, regularisation.

    Parameters
    ----------
    config
        The report's settings.
    n_val
        Number of validation images, which choose the epoch if there are any.
    """
    schedule = _SCHEDULES[config.schedule].format(rate=f"{config.learning_rate:g}")
    sentences = [
        f"Adam [@kingma2015] makes {config.epochs:,} pass{'es' * (config.epochs > 1)} over the "
        f"training images in random order, in batches of {config.batch_size:,}, with {schedule}."
    ]
    sentences += [sentence for _, sentence in _additions(config) if sentence]
    monitored = "accuracy"
    if isinstance(config, AutoencoderConfig):
        monitored = "bound" if config.variational else "MSE"
        if not config.variational:
            sentences.insert(0, f"Training minimises {_LOSSES[config.loss]}.")
    sentences.append(
        f"The weights of the epoch with the best validation {monitored} are kept."
        if n_val
        else "The weights of the last epoch are kept."
    )
    return " ".join(sentences)


def describe_additions(config: TrainingConfig) -> str:
    """What a network has beside plain training, in a few words: "label smoothing and …".

    Parameters
    ----------
    config
        The report's settings.

    Returns
    -------
    Empty if it has nothing.
    """
    return listed(words for words, _ in _additions(config))


def show_settings(config: ClassifierConfig | AutoencoderConfig) -> None:
    """Display a table of the hyper-parameters, in which those that were changed stand out.

    Parameters
    ----------
    config
        The report's settings. The default of each stands beside it where it differs.
    """
    default = type(config)()
    names = [name for name in type(config).model_fields if _matters(name, config, default)]
    values = [_print(name, getattr(config, name)) for name in names]
    defaults = [_print(name, getattr(default, name)) for name in names]
    is_changed = [value != usual for value, usual in zip(values, defaults, strict=True)]
    precision = select_precision(config, select_device(config.device))
    values[names.index("precision")] = precision
    columns = {
        "setting": [_NAMES.get(name, in_words(name)) for name in names],
        "value": [
            f"**{value}**" if differs else value
            for value, differs in zip(values, is_changed, strict=True)
        ],
    }
    caption = (
        "Hyper-parameters. The optimiser is Adam with β₁ = 0.9 and β₂ = 0.999; what is not listed "
        "is switched off."
    )
    if any(is_changed):
        columns["default"] = [
            usual if differs else "" for usual, differs in zip(defaults, is_changed, strict=True)
        ]
        caption += " Bold values differ from the defaults, which stand beside them."
    table("settings", pd.DataFrame(columns), caption=caption, markdown=True, width="column")


def _matters(name: str, config: TrainingConfig, default: TrainingConfig) -> bool:
    """Whether a setting is on, or off unlike its default."""
    if name in _HIDDEN or (name == "beta" and not getattr(config, "variational", False)):
        return False
    value = getattr(config, name)
    return name not in _ADDITIONS or value not in _OFF or value != getattr(default, name)


def _additions(config: TrainingConfig) -> list[tuple[str, str]]:
    """What a network has beside plain training, each in a few words and as a sentence."""
    found = []
    for name, by_value in _ADDITIONS.items():
        value = getattr(config, name, None)
        if value in _OFF:
            continue
        words, sentence = by_value.get(value if None not in by_value else None, ("", ""))
        if words:
            found.append((words, sentence.format(value=_print(name, value))))
    return found


def _print(name: str, value: Any) -> str:
    """A setting as it is printed: numbers, lists of them, and plain words."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if value is None:
        return "all"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"{value:,}"
    return "PyTorch's" if name == "init" and value == "default" else _ACTIVATIONS.get(value, value)
