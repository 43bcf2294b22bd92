"""Run all benchmarks, one after another, into ``benchmarks/results.md`` and ``results.json``.

Run as ``python benchmarks``, or with the names of some, which are only printed. Use the machine
for nothing else meanwhile.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from measuring import markdown, write

NAMES = ("training", "scratch", "sweep", "gpu", "rendering", "start", "memory", "scaling")


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print the results as they come, and write the table if everything was measured."""
    parser = argparse.ArgumentParser(prog="python benchmarks", description="Measure speed.")
    parser.add_argument("name", nargs="*", help=f"{', '.join(NAMES)}; default: all of them")
    names = parser.parse_args(words).name
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        parser.error(f"a benchmark must be one of {', '.join(NAMES)}, got {', '.join(unknown)}")
    rows = []
    for name in names or NAMES:
        print(f"\n## {name}\n", flush=True)
        measured = import_module(name).measure()
        print(markdown(measured), flush=True)
        rows += measured
    if not names:
        write(rows, Path(__file__).parent)


if __name__ == "__main__":
    main()
