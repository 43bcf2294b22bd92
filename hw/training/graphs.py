"""CUDA graphs: a training step recorded once and replayed, so that a small network does not wait for Python."""

import logging

import torch

log = logging.getLogger(__name__)
WARM_UP = 3  # steps before the recording, on a stream of their own, as torch asks for


def captured(step, tensors, optimizer, images, labels, batch_size):
    """A training step as a CUDA graph where the images lie on a GPU, and elsewhere the step itself.

    Parameters
    ----------
    step : callable
        Takes a batch, images and labels, and returns a dict of tensors. It reads no value back to the CPU, and changes
        nothing but `tensors`, gradients and the optimiser's state.
    tensors : list[torch.Tensor]
        Parameters and buffers that a step changes in place; the recording leaves them as they were.
    optimizer : torch.optim.Optimizer
        New, made with ``capturable=True`` and learning rates that are tensors on the device.
    images, labels : torch.Tensor
        All of them, on the device.
    batch_size : int
        Batches of another size, as the last of an epoch, go through the step itself.

    Returns
    -------
    callable
        To be called like `step`. Where the recording fails it is `step`, and a line in the log says why.
    """
    if not on_gpu(images) or len(images) < batch_size:
        return step
    before = [tensor.clone() for tensor in tensors]
    random_state = torch.cuda.get_rng_state(images.device) if images.is_cuda else torch.get_rng_state()
    inputs = images[:batch_size].clone(), labels[:batch_size].clone()
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
    (torch.cuda.set_rng_state if images.is_cuda else torch.set_rng_state)(random_state)

    def replay(batch_images, batch_labels):
        if len(batch_labels) != batch_size:
            return step(batch_images, batch_labels)
        for buffer, batch in zip(inputs, (batch_images, batch_labels), strict=True):
            buffer.copy_(batch)
        graph.replay()
        return {name: output.clone() for name, output in outputs.items()}

    return step if graph is None else replay


def on_gpu(tensor):
    """Whether a tensor lies where graphs can be recorded."""
    return tensor.is_cuda


def _record(step, inputs):
    """Warm up, and record the step on these inputs; the graph, and the tensors that hold its results."""
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
