"""Files of trained networks, each under a name that no other run can take."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from hw.models import Network, checksum, save_model
from hw.training.results import Result


def save_results(
    results: Sequence[Result], system: str, folder: str | Path = "models"
) -> list[Path]:
    """Save the networks of a report as ``<system>-<seed>-<checksum>.safetensors``.

    The checksum is that of the network, so a run can only write what is in the file already:
    :func:`hw.load_model` gives back the network that was saved, whatever other runs do.

    Parameters
    ----------
    results
        One per seed.
    system
        Short name under which the results are recorded.
    folder
        Where the files go; it is created if it is missing.

    Returns
    -------
    list
        The files, in the order of `results`.

    Raises
    ------
    TypeError
        If a network's class does not inherit from :class:`hw.models.Network`.
    """
    return [_save(result, system, Path(folder)) for result in results]


def _save(result: Result, system: str, folder: Path) -> Path:
    model = cast(Network, result.model)  # else the checksum refuses it
    name = f"{system}-{result.seed}-{checksum(model)[:16]}.safetensors"
    return save_model(model, folder / name)
