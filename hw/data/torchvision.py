"""Import torchvision even if its compiled operators do not load.

PyPI's torchvision is built for CUDA. With a CPU-only torch its operators are missing, and the
import fails when it describes them. Declaring their schemas is enough, since nothing here calls
them. torchmetrics imports torchvision too, so :func:`load_torchvision` must come first.
"""

import importlib
import sys
from types import ModuleType

import torch

_library: torch.library.Library  # referenced here: torch drops the schemas when it is deleted


def load_torchvision() -> ModuleType:
    """Import ``torchvision`` with ``torchvision.datasets``."""
    try:
        importlib.import_module("torchvision.datasets")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        _declare_operators()
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        importlib.import_module("torchvision.datasets")
    return sys.modules["torchvision"]


def _declare_operators() -> None:
    global _library
    _library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        schema = f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        _library.define(schema)  # type: ignore[no-untyped-call]
