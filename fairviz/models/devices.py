"""Where models run: the kinds of device, their number type and their free memory."""

from __future__ import annotations

import os
from platform import mac_ver

from fairviz.core.errors import BadSpec
from fairviz.core.sizes import size_in
from fairviz.i18n import N_
from fairviz.models.refusals import refusal

_KINDS = ("cuda", "mps", "cpu")
# The most bytes that this process may hold, in the environment.
LIMIT = "FAIRVIZ_MEMORY"
_DTYPES = ("float32", "bfloat16", "float16")
# Why a model runs in a number type that is not the usual one of its device; on identity cards.
NO_BFLOAT16 = N_("this device does not compute in bfloat16")
NO_ROOM = N_("this device does not compute in bfloat16, and float32 does not fit")
OVERFLOWS = N_("the pair overflows in float16")


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
        raise refusal("no_device", BadSpec, device=device, names=", ".join(kinds))
    return device


def number_types(device: str, bfloat16: bool) -> tuple[str, ...]:
    """Number types of a kind of device, the one of choice first.

    float16 ends at 65,504, which hidden states of some models exceed: it comes where bfloat16 is
    no type of the device and float32 does not fit. bfloat16 in software is slow and comes last.

    Args:
        device: `cuda`, `mps` or `cpu`.
        bfloat16: Whether it computes in bfloat16.
    """
    if device == "cpu":
        return ("float32",)
    return ("bfloat16",) if bfloat16 else ("float32", "float16", "bfloat16")


def automatic(device: str) -> tuple[str, ...]:
    """The same of this machine's device."""
    return number_types(device, _has_bfloat16(device))


def reason(types: tuple[str, ...], chosen: str) -> str:
    """Why one of a device's number types was chosen; empty where it is the only one."""
    if len(types) == 1:
        return ""
    return NO_BFLOAT16 if chosen == types[0] else NO_ROOM


def default_dtype(device: str) -> str:
    """Name of the number type of choice on a device."""
    return automatic(device)[0]


def _has_bfloat16(device: str) -> bool:
    import torch

    if device == "mps":
        # Metal has the type from macOS 14 on.
        return int(mac_ver()[0].split(".")[0] or 0) >= 14
    return device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def check_dtype(dtype: str) -> str:
    """The name of a number type, checked.

    Raises:
        BadSpec: If it is none that models are run in.
    """
    if dtype not in _DTYPES:
        raise refusal("no_number_type", BadSpec, dtype=dtype, names=", ".join(_DTYPES))
    return dtype


def rooms(device: str) -> dict[str, int]:
    """Bytes that a new pair may take on each device that takes part, the main one first.

    A GPU is helped by the others of the machine, the one with most room first, and by its CPU.
    """
    import torch

    found = {device: free_memory(device)}
    if device != "cuda":
        return found
    main = torch.cuda.current_device()
    others = [one for one in range(torch.cuda.device_count()) if one != main]
    more = {f"cuda:{one}": int(torch.cuda.mem_get_info(one)[0]) for one in others}
    found |= sorted(more.items(), key=lambda one: -one[1])
    return found | {"cpu": free_memory("cpu")}


def share(among: int) -> None:
    """From now on this process takes its part of the memory that so many like it share."""
    import psutil

    part = psutil.virtual_memory().total // among // 10**6
    if among > 1:
        os.environ.setdefault(LIMIT, f"{part}MB")


def free_memory(device: str) -> int:
    """Bytes that a new model may take on a device.

    Beside the CPU, at most what the environment lets this process hold (`FAIRVIZ_MEMORY`, such as
    `6GB`): what a container may take is less than the machine has.

    Raises:
        BadSpec: If that is no size.
    """
    import psutil
    import torch

    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    if device == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    available = int(psutil.virtual_memory().available)
    most = size_in(os.environ.get(LIMIT, "").strip() or "none", LIMIT)
    if most is None:
        return available
    return max(0, min(available, most - int(psutil.Process().memory_info().rss)))
