"""Unreachable objects are searched for among what may become unreachable.

Streamlit searches everything after each run of a page and holds up all sessions meanwhile: a third
of a second where torch and transformers are loaded, whose half a million objects stay for good.
"""

from __future__ import annotations

import gc
import sys

_modules = 0  # how many were loaded when objects were last spared


def spare() -> None:
    """Leave what is there by now out of the search, if modules were loaded since the last time."""
    global _modules
    if len(sys.modules) != _modules:
        _modules = len(sys.modules)
        gc.freeze()


def collect() -> None:
    """Search everything once, also what was spared: a model that was let go may be among it."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
