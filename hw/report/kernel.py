"""What the running kernel tells: whether somebody is watching, and which cell runs."""

from typing import Any

from IPython import get_ipython


def front_end_is_live() -> bool:
    """Whether somebody can move a slider: headless runs (papermill, nbconvert) take no input."""
    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))


def running_cell() -> str | None:
    """Name of the cell that runs, the same if it is run again; None if nothing tells.

    JupyterLab and VS Code send the cell's id. A headless run sends none, but runs each cell once,
    so there the execution count tells them apart.
    """
    shell = get_ipython()
    if not hasattr(shell, "get_parent"):  # no kernel
        return None
    message: dict[str, Any] = shell.get_parent()
    cell: str | None = message.get("metadata", {}).get("cellId")
    if cell is None and not front_end_is_live():
        cell = f"execution {shell.execution_count}"
    return cell
