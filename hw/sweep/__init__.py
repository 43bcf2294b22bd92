"""Hyper-parameter sweeps: build the grid, train it locally or on Dask, cache finished trials, pick the best."""

from hw.sweep.grid import best, grid, neighbours, run, summary, train

__all__ = ["best", "grid", "neighbours", "run", "summary", "train"]
