"""CUDA graphs: a training step is recorded once and replayed, without Python in between."""

import logging
from collections.abc import Callable

import torch
from torch import Tensor

log = logging.getLogger(__name__)

Step = Callable[[Tensor, Tensor], dict[str, Tensor]]

WARM_UP = 3  # steps before the recording, on a separate stream, as torch requires


def capture_step(
    step: Step,
    tensors: list[Tensor],
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    batch_size: int,
) -> Step:
    """Capture a training step as a CUDA graph if the images are on a GPU.

    Parameters
    ----------
    step
        Takes a batch, images and labels, and returns a dict of tensors. It must not read values
        back to the CPU, and must change nothing but `tensors`, gradients and optimiser state.
    tensors
        Parameters and buffers that a step changes in place; the recording leaves them unchanged.
    optimizer
        New, made with ``capturable=True`` and learning rates that are tensors on the device.
    images
        All training images (N, H, W), on the device.
    labels
        Their labels (N,), on the device.
    batch_size
        Size of the batches that are captured. Batches of another size, like the last of an epoch,
        run `step` itself.

    Returns
    -------
    Callable
        A replacement for `step`. On a CPU, or if recording fails, `step` itself is returned; a
        failure is logged.
    """
    if not on_gpu(images) or len(images) < batch_size:
        return step
    before = [tensor.clone() for tensor in tensors]
    cuda = images.is_cuda
    random_state = torch.cuda.get_rng_state(images.device) if cuda else torch.get_rng_state()
    inputs = (images[:batch_size].clone(), labels[:batch_size].clone())
    graph = None
    try:
        graph, outputs = _record(step, inputs)
    except RuntimeError as error:
        log.warning("Training goes on without a CUDA graph: %s", error)
    with torch.no_grad():
        for tensor, value in zip(tensors, before, strict=True):
            tensor.copy_(value)
        for moments in optimizer.state.values():
            for moment in moments.values():
                moment.zero_()
    (torch.cuda.set_rng_state if cuda else torch.set_rng_state)(random_state)
    if graph is None:
        return step

    def replay(batch_images: Tensor, batch_labels: Tensor) -> dict[str, Tensor]:
        if len(batch_labels) != batch_size:
            return step(batch_images, batch_labels)
        for buffer, batch in zip(inputs, (batch_images, batch_labels), strict=True):
            buffer.copy_(batch)
        graph.replay()
        return {name: output.clone() for name, output in outputs.items()}

    return replay


def on_gpu(tensor: Tensor) -> bool:
    """Whether a tensor is on a device that can record graphs."""
    return tensor.is_cuda


def _record(
    step: Step, inputs: tuple[Tensor, Tensor]
) -> tuple[torch.cuda.CUDAGraph, dict[str, Tensor]]:
    """Warm up and record `step` on `inputs`; return the graph and its output tensors."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            step(*inputs)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        outputs = step(*inputs)
    return graph, outputs
