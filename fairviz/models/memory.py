"""What a pair will take before it is loaded, and what is said when it does not fit."""

from __future__ import annotations

import gc
import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path

from fairviz.compression.registry import method_of
from fairviz.core.errors import FairvizError, OutOfMemory
from fairviz.core.sizes import size_in_words
from fairviz.core.specs import CompressionSpec
from fairviz.models import devices, shelf
from fairviz.models.metadata import config_of, stored_quantization, tensor_sizes
from fairviz.models.refusals import refusal

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# One float32 scale for 64 weights.
_SCALES_4BIT = 4 / 64
# Loading holds a shard beside the model, and decoding its caches.
_MARGIN = 1.15
_GIGABYTE = 1e9
_ALLOCATOR_SAYS = ("out of memory", "can't allocate memory", "alloc_failed")


class NoRoom(FairvizError):
    """A disk without the room that a model needs."""


def estimate(folder: Path, compression: CompressionSpec, dtype: str) -> int:
    """Bytes that the weights of a checkpoint will take when loaded.

    Matrices other than embeddings and the head are counted as compressed; pickled
    checkpoints are counted by the size of their files, quantized ones as stored.
    """
    sizes = tensor_sizes(folder)
    if not sizes:
        return sum(path.stat().st_size for path in folder.glob("*.bin"))
    if (made := shelf.read(folder)) is not None:
        # Packed weights are unpacked when they are read.
        return made.parameters * _BYTES[dtype]
    if stored_quantization(config_of(folder)):
        return sum(size.stored for size in sizes.values())
    bits = method_of(compression).bits
    total = 0.0
    for name, size in sizes.items():
        shape = size.shape
        whole = len(shape) != 2 or "embed" in name or "lm_head" in name or "wte" in name
        if bits is None or whole:
            each: float = _BYTES[dtype]
        else:
            each = bits / 8 + (_SCALES_4BIT if bits == 4 else 0)
        total += prod(shape) * each
    return round(total)


def first_that_fits(needed: Mapping[str, int], free: int) -> str:
    """The first number type in which all fits; the smallest where none does, for the advice.

    Args:
        needed: Name of a type -> bytes that all models take in it; the one of choice first.
        free: Bytes that they may take.
    """
    fitting = (one for one, size in needed.items() if size * _MARGIN <= free)
    return next(fitting, min(needed, key=lambda one: needed[one]))


def check(needed: int, device: str) -> None:
    """Refuse before loading what cannot fit.

    Raises:
        OutOfMemory: With both figures and the way out.
    """
    free = devices.free_memory(device)
    if needed * _MARGIN > free:
        raise refusal(
            "does_not_fit",
            OutOfMemory,
            needed=needed * _MARGIN / _GIGABYTE,
            device=device,
            free=free / _GIGABYTE,
        )


def check_disk(place: Path, needed: int) -> None:
    """Refuse what the disk of a folder, which may be still to be made, has no room for.

    Raises:
        NoRoom: With the way out.
    """
    there = next(parent for parent in (place, *place.resolve().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < 1.2 * needed:
        raise refusal(
            "no_room", NoRoom, folder=there, free=size_in_words(free), needed=size_in_words(needed)
        )


def collect() -> None:
    """Give back the memory of what nobody holds any more."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@contextmanager
def out_of_memory_as_advice() -> Iterator[None]:
    """Turn the failures of an allocator into advice."""
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not isinstance(error, torch.OutOfMemoryError):
            text = str(error).lower()
            if not any(sign in text for sign in _ALLOCATOR_SAYS):
                raise
        # The failed call's frames hold its tensors for as long as the error is handled.
        traceback.clear_frames(error.__traceback__)
        collect()
        raise refusal("out_of_memory", OutOfMemory) from error
