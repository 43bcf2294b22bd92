"""Files: complete or absent, readable by others, in the folder that was asked for."""

import os
import stat
from pathlib import Path

import pytest

from hw.files import atomic_write, data_folder


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_file_has_the_permissions_that_the_umask_leaves(mask, mode, umask, tmp_path):
    umask(mask)
    with atomic_write(tmp_path / "shared" / "model") as partial:
        partial.write_bytes(b"weights")
    assert stat.S_IMODE((tmp_path / "shared" / "model").stat().st_mode) == mode


def _fail_halfway(path):
    with atomic_write(path) as partial:
        partial.write_text("half of the new")
        raise RuntimeError("halfway")


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="halfway"):
        _fail_halfway(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_appears_under_the_name_before_the_block_ends(tmp_path):
    path = tmp_path / "history.csv"
    with atomic_write(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_two_that_write_the_same_file_do_not_share_a_partial_one(tmp_path):
    path = tmp_path / "history.csv"
    with atomic_write(path) as first, atomic_write(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"


def test_a_tilde_in_hw_data_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HW_DATA", "~/x")
    assert data_folder() == tmp_path / "x"


@pytest.mark.parametrize("value", [None, ""])
def test_without_hw_data_the_users_cache_folder_is_taken(value, monkeypatch, tmp_path):
    monkeypatch.delenv("HW_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("HW_DATA", value)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    assert data_folder() == Path(tmp_path / "hw")
