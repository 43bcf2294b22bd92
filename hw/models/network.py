"""The base class of the networks here: it remembers the arguments a network was made with."""

import inspect
from typing import Any, Self

from torch import nn


class Network(nn.Module):
    """A torch module with ``settings``, the arguments that make the same network again.

    A subclass names its hyper-parameters once, in the signature of ``__init__``. What reads them
    from a configuration, and what saves them to a file, derives the names from there.

    Attributes
    ----------
    settings
        Every argument of ``__init__`` by name, defaults included; sequences are lists, so that
        JSON gives back what it was given.
    """

    settings: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Record the arguments; none are required, since copying and unpickling give none."""
        network = super().__new__(cls)
        bound = inspect.signature(cls.__init__).bind_partial(network, *args, **kwargs)
        bound.apply_defaults()
        _, *arguments = bound.arguments.items()  # without self
        settings = {name: _as_json(value) for name, value in arguments}
        object.__setattr__(network, "settings", settings)  # nn.Module is not initialised yet
        return network

    @classmethod
    def shared_settings(cls, config: object) -> dict[str, Any]:
        """The fields of `config` that are named like an argument of ``__init__``."""
        names = inspect.signature(cls.__init__).parameters
        return {name: value for name, value in vars(config).items() if name in names}


def _as_json(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value
