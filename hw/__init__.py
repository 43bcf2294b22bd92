"""Homework report suite: the thin functions that the notebooks call.

``import hw`` is quick and imports neither torch nor matplotlib; a room is imported when its first
name is used. The names that every notebook needs are names of ``hw`` itself, the others are in
their rooms:

================  ================================================================================
``hw.config``     the settings of each notebook
``hw.data``       data sets: downloaded, verified, cached, split
``hw.models``     torch networks, saved without pickle
``hw.training``   the training loop, its optimiser, devices and seeds
``hw.sweep``      hyper-parameter sweeps, on this machine or on a Dask cluster
``hw.scratch``    a neural network in NumPy alone
``hw.latent``     the code space of an autoencoder, and how good generated images are
``hw.metrics``    scores from arrays
``hw.plots``      every figure
``hw.published``  the published results and the comparison with them
``hw.report``     numbered figures and tables, recorded results, provenance, the scoreboard
``hw.export``     the nbconvert exporters
================  ================================================================================
"""

import os

import lazy_loader

# Threads of a product that wait for one another sleep after a moment instead of spinning on a core
# that other work could have. OpenMP reads this once, when torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
