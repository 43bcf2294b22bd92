"""The tool that fills the gallery."""

import json
from pathlib import Path

import pytest

from hw.build import catalogue
from tools.gallery import GALLERY, copy_gallery


def test_the_gallery_gets_pdfs_and_recorded_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "SUITE", tmp_path / "notebooks")
    Path("notebooks").mkdir()
    Path("reports").mkdir()
    Path("notebooks/a.ipynb").touch()
    with pytest.raises(SystemExit, match=r"a\.pdf does not exist: run `make report` first"):
        copy_gallery(Path("reports"))
    Path("reports/a.pdf").write_bytes(b"%PDF")
    Path("reports/a.ipynb").write_text('{"cells": []}')
    copy_gallery(Path("reports"))
    assert {path.name for path in GALLERY.iterdir()} == {"a.pdf", "results.json"}
    assert json.loads((GALLERY / "results.json").read_text()) == {}
