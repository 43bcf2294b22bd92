"""Downloads: which mirror is tried first."""

import pytest

from hw.data import DataUnavailableError, fetching
from hw.data.fetching import fetch, user_mirror


def test_own_mirror_is_tried_first(monkeypatch, tmp_path):
    monkeypatch.setenv("HW_MIRROR", "https://class.example/data/")
    tried = []
    monkeypatch.setattr(fetching, "_download", lambda url, path: tried.append(url))
    with pytest.raises(DataUnavailableError):
        fetch(
            tmp_path / "x.gz",
            [*user_mirror("fashion-mnist/"), "https://public.example/"],
            lambda path: False,
        )
    assert tried == ["https://class.example/data/fashion-mnist/x.gz", "https://public.example/x.gz"]
