"""A table of a network's layers."""

from collections.abc import Sequence

import pandas as pd
from torch import nn
from torchinfo import summary


def layer_table(model: nn.Module, image_shape: Sequence[int] | None = None) -> pd.DataFrame:
    """List the layers of a network with their output shapes and numbers of parameters.

    A layer that runs more than once in a forward pass is listed, and its parameters are counted,
    once.

    Parameters
    ----------
    model
        Takes images (N, H, W), or (N, H, W, 3) in colour.
    image_shape
        Shape of an image, in pixels; by default that of the network's settings, or 28 × 28.

    Returns
    -------
    DataFrame
        Index ``layer`` in the order of the forward pass; columns ``output shape`` (N is the batch)
        and ``parameters``; the last row, ``all``, is the sum.

    Examples
    --------
    >>> layer_table(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))["parameters"].to_dict()
    {'Flatten': 0, 'Linear': 7850, 'all': 7850}
    """
    if image_shape is None:
        image_shape = getattr(model, "settings", {}).get("image_shape", (28, 28))
    runs = summary(model, (2, *image_shape), verbose=0).summary_list
    leaves = {run.layer_id: run for run in runs if run.is_leaf_layer}.values()
    shapes = [" × ".join(["N", *map(str, leaf.output_size[1:])]) for leaf in leaves]
    counts = [_count_parameters(leaf.module) for leaf in leaves]
    index = pd.Index([*(leaf.class_name for leaf in leaves), "all"], name="layer")
    columns = {"output shape": [*shapes, ""], "parameters": [*counts, sum(counts)]}
    return pd.DataFrame(columns, index)


def _count_parameters(module: nn.Module) -> int:
    return sum(tensor.numel() for tensor in module.parameters())
