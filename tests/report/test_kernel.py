"""Which cell runs, as far as the kernel tells."""

from types import SimpleNamespace

import pytest

from hw.report import kernel


def shell(metadata, execution_count, is_live):
    """A kernel's shell while a cell runs."""
    return SimpleNamespace(
        get_parent=lambda: {"metadata": metadata},
        execution_count=execution_count,
        kernel=SimpleNamespace(_allow_stdin=is_live),
    )


@pytest.mark.parametrize(
    ("metadata", "is_live", "same"),
    [
        ({"cellId": "ab12"}, True, True),  # JupyterLab: a cell that is run again
        ({}, True, True),  # a front end that tells nothing: any cell may be the same
        ({}, False, False),  # headless: each cell runs once
    ],
)
def test_a_cell_that_is_run_again_is_the_same_cell(metadata, is_live, same, monkeypatch):
    cells = []
    for execution_count in (1, 2):
        running = shell(metadata, execution_count, is_live)
        monkeypatch.setattr(kernel, "get_ipython", lambda running=running: running)
        cells.append(kernel.running_cell())
    assert (cells[0] == cells[1]) == same


def test_cells_with_other_ids_are_other_cells(monkeypatch):
    cells = set()
    for name in ("ab12", "cd34"):
        running = shell({"cellId": name}, 1, True)
        monkeypatch.setattr(kernel, "get_ipython", lambda running=running: running)
        cells.add(kernel.running_cell())
    assert len(cells) == 2


def test_without_a_kernel_there_is_no_cell():
    assert kernel.running_cell() is None
    assert not kernel.front_end_is_live()
