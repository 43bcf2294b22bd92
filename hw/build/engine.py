"""A papermill engine whose kernels are reached by encrypted sockets.

A kernel listens on TCP ports of this machine. Its messages are signed, but without encryption they
can be read there by whoever may capture packets, and each kernel warns of that.
"""

from typing import Any

from papermill.engines import NBClientEngine, NotebookExecutionManager
from traitlets.config import Config


class EncryptedEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Papermill's own engine, with CurveZMQ keys for every kernel that can use them."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **kwargs: Any
    ) -> None:
        """Run a notebook as :class:`papermill.engines.NBClientEngine` does."""
        config = Config()
        config.KernelManager.transport_encryption = "auto"
        super().execute_managed_notebook(nb_man, kernel_name, config=config, **kwargs)
