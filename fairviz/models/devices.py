"""Where models run: the kinds of device, their number type and their free memory."""

from __future__ import annotations

from fairviz.errors import BadSpec
from fairviz.language import tr

_KINDS = ("cuda", "mps", "cpu")
_DTYPES = ("float32", "bfloat16", "float16")


def available() -> tuple[str, ...]:
    """The kinds of device of this machine, the fastest first; `cpu` is always the last."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return tuple(kind for kind in _KINDS if there.get(kind, True))


def choose(device: str = "auto") -> str:
    """The device that is meant.

    Raises:
        BadSpec: If this machine has no such device.
    """
    kinds = available()
    if device == "auto":
        return kinds[0]
    if device not in kinds:
        raise BadSpec(
            tr("There is no device '{device}' here.", device=device),
            fix=tr("Use auto or one of {names}.", names=", ".join(kinds)),
        )
    return device


def default_dtype(device: str) -> str:
    """Name of the number type that suits a device: float32 on the CPU, 16 bits elsewhere."""
    if device == "cpu":
        return "float32"
    import torch

    if device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return "bfloat16"
    return "float16"


def check_dtype(dtype: str) -> str:
    """The name of a number type, checked.

    Raises:
        BadSpec: If it is none that models are run in.
    """
    if dtype not in _DTYPES:
        raise BadSpec(
            tr("'{dtype}' is not a number type.", dtype=dtype),
            fix=tr("Use auto or one of {names}.", names=", ".join(_DTYPES)),
        )
    return dtype


def free_memory(device: str) -> int:
    """Bytes that a new model may take on a device."""
    import psutil
    import torch

    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return int(psutil.virtual_memory().available)
