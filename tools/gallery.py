"""Copies the reports into the gallery: ``python -m tools.gallery reports``."""

import json
import shutil
import sys
from pathlib import Path

from hw.build.catalogue import find_reports
from hw.files import atomic_write
from hw.report.outputs import read_results

GALLERY = Path("reports/gallery")


def copy_gallery(folder: Path) -> None:
    """Copy all PDFs, and the recorded numbers as ``results.json``, into the gallery."""
    for name in find_reports():
        source = folder / f"{name}.pdf"
        if not source.exists():
            sys.exit(f"{source} does not exist: run `make report` first")
        with atomic_write(GALLERY / source.name) as partial:
            shutil.copyfile(source, partial)
    text = json.dumps(read_results(folder), indent=1, ensure_ascii=False)
    with atomic_write(GALLERY / "results.json") as partial:
        partial.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    copy_gallery(Path(sys.argv[1]))
