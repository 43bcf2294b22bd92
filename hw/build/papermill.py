"""Papermill's command line, started in a third of its time: see :mod:`hw.build`."""

from papermill.cli import papermill

if __name__ == "__main__":
    papermill()
