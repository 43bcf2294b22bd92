"""Writes requirements.txt: the hashes of all files of the pinned versions, found by uv.

torch, torchvision and the libraries of its builds for GPUs are left out: which of its builds is
right depends on the machine, and each index has its own files of one version.
"""

import re
import subprocess
import sys
from pathlib import Path

COMMAND = (
    *("uv", "pip", "compile", "pyproject.toml", "--extra", "dev", "--constraint"),
    *("constraints.txt", "--universal", "--python-version", "3.11.0", "--generate-hashes"),
    *("--no-header", "--no-annotate", "--no-config", "--quiet"),
    *("--default-index", "https://pypi.org/simple"),
)
LEFT_OUT = re.compile(r"(torch|torchvision|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
HEAD = """\
# Written by `make lock` from pyproject.toml and constraints.txt. torch and torchvision are not
# here: constraints.txt pins their version, the machine decides on the build.
"""


def lock(text: str) -> str:
    """Requirements with hashes, as uv writes them, without those that the machine decides on."""
    entries = re.split(r"\n(?=\S)", text.strip())
    return HEAD + "".join(f"{entry}\n" for entry in entries if not LEFT_OUT.match(entry))


if __name__ == "__main__":
    command = [sys.executable, "-m", *COMMAND]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    Path("requirements.txt").write_text(lock(done.stdout), encoding="utf-8")
