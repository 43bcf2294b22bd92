"""All benchmarks, one after another, into one table: ``benchmarks/results.md`` and ``results.json``.

Run as ``python benchmarks``, or with the names of some. Leave the machine alone meanwhile.
"""

import sys
from importlib import import_module
from pathlib import Path

from measuring import markdown, write

NAMES = ("training", "scratch", "sweep", "gpu", "rendering", "start", "memory", "scaling")


def main(names):
    """Measure, print as it goes, and write the table."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"a benchmark must be one of {', '.join(NAMES)}, got {', '.join(unknown)}")
    rows = []
    for name in names or NAMES:
        print(f"\n## {name}\n", flush=True)
        rows += (new := import_module(name).measure())
        print(markdown(new), flush=True)
    if not names:
        write(rows, Path(__file__).parent)


if __name__ == "__main__":
    main(sys.argv[1:])
