"""Reports: what a notebook shows and records, and reading it back.

A name is imported when it is first used: reading blocks back needs neither torch nor matplotlib.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
