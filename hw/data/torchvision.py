"""torchvision, also where its compiled operators do not load.

PyPI's torchvision is built for CUDA; beside a CPU-only torch its operators are missing, and its import fails where it
describes them. Declaring their schemas is enough: nothing here calls them. torchmetrics imports torchvision too, so
:func:`load_torchvision` comes before it.
"""

import sys

import torch


def load_torchvision():
    """The module ``torchvision``, with ``datasets`` imported."""
    try:
        import torchvision.datasets
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        _declare_operators()
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        import torchvision.datasets
    return torchvision


def _declare_operators():
    global _operators  # torch forgets the schemas with the object
    _operators = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        _operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
