"""Importing bitsandbytes without its network and without its noise."""

from __future__ import annotations

import logging
import sys
from importlib.util import find_spec


def import_bitsandbytes() -> None:
    """Import bitsandbytes, if it is there, so that it neither fetches code nor chatters.

    On CPUs with AVX512-BF16 it would fetch a compiled kernel from the Hugging Face Hub when
    the package `kernels` happens to be installed; fairviz runs no code that it did not
    install. LLM.int8() on float32 warns at each layer and call that it computes in 16 bits.
    """
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
    if "bitsandbytes" in sys.modules or find_spec("bitsandbytes") is None:
        return
    before = sys.modules.get("kernels")
    sys.modules["kernels"] = None  # type: ignore[assignment]  # importing it fails while this stands
    try:
        import bitsandbytes  # noqa: F401
    finally:
        if before is None:
            del sys.modules["kernels"]
        else:
            sys.modules["kernels"] = before
