"""Configuration of `make lab`: notebooks that git tracks are saved without outputs.

So neither running nor autosaving one makes it differ from what is committed. Other notebooks, such
as those of `make new`, are saved as they are.
"""

import subprocess
import warnings
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbstripout import strip_output

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def strip_tracked(model: dict[str, Any], path: str, contents_manager: Any, **kwargs: Any) -> None:
    """Take the outputs out of a tracked notebook before it is saved."""
    root = Path(contents_manager.root_dir)
    if model["type"] != "notebook" or not _is_tracked(root / path.lstrip("/")):
        return
    notebook = strip_output(
        from_dict(model["content"]),
        keep_output=False,
        keep_count=False,
        keep_id=True,
        extra_keys=["cell.metadata.execution", "cell.metadata.trusted"],
    )
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    model["content"] = notebook


def _is_tracked(path: Path) -> bool:
    command = ["git", "-C", str(path.parent), "ls-files", "--error-unmatch", path.name]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:  # no git
        return False


# Jupyter sets the hook twice, and warns of it.
warnings.filterwarnings("ignore", "Overriding existing pre_save_hook")
c = get_config()  # type: ignore[name-defined]  # noqa: F821 -- Jupyter runs this file
c.FileContentsManager.pre_save_hook = strip_tracked
