"""What a pair will take before it is loaded, and what is said when it does not fit."""

from __future__ import annotations

import ctypes
import re
import shutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path

from fairviz.compression.registry import method_of
from fairviz.core import garbage
from fairviz.core.errors import FairvizError, OutOfMemory
from fairviz.core.sizes import size_in_words
from fairviz.core.specs import CompressionSpec
from fairviz.models import devices, shelf
from fairviz.models.metadata import config_of, stored_quantization, tensor_sizes
from fairviz.models.refusals import refusal

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# One float32 scale for 64 weights.
_SCALES_4BIT = 4 / 64
# Loading holds a shard beside the model, and decoding its caches.
MARGIN = 1.15
_STANDS = re.compile("embed|lm_head|wte")
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
        return made.parameters * BYTES[dtype]
    if stored_quantization(config_of(folder)):
        return sum(size.stored for size in sizes.values())
    bits = method_of(compression).bits
    return round(
        sum(
            prod(size.shape) * bytes_of_weight(name, size.shape, bits, dtype)
            for name, size in sizes.items()
        )
    )


def bytes_of_weight(name: str, shape: tuple[int, ...], bits: int | None, dtype: str) -> float:
    """Bytes of one weight of a tensor, with its share of the scales."""
    if bits is None or len(shape) != 2 or _STANDS.search(name):
        return BYTES[dtype]
    return bits / 8 + (_SCALES_4BIT if bits == 4 else 0)


def standing(folder: Path, dtype: str) -> int:
    """Bytes of the embeddings and the head."""
    return sum(
        prod(size.shape) * BYTES[dtype]
        for name, size in tensor_sizes(folder).items()
        if _STANDS.search(name)
    )


def first_that_fits(needed: Mapping[str, int], free: int) -> str:
    """The first number type in which all fits; the smallest where none does, for the advice.

    Args:
        needed: Name of a type -> bytes that all models take in it; the one of choice first.
        free: Bytes that they may take.
    """
    fitting = (one for one, size in needed.items() if size * MARGIN <= free)
    return next(fitting, min(needed, key=lambda one: needed[one]))


def check(needed: int, device: str) -> None:
    """Refuse before loading what cannot fit.

    Raises:
        OutOfMemory: With both figures and the way out.
    """
    free = devices.free_memory(device)
    if needed * MARGIN > free:
        raise does_not_fit(needed, {device: free})


def does_not_fit(needed: int, rooms: Mapping[str, int]) -> FairvizError:
    """What is raised where so many bytes do not fit the devices with so many free bytes each."""
    return refusal(
        "does_not_fit",
        OutOfMemory,
        needed=needed * MARGIN / 1e9,
        device=" + ".join(rooms),
        free=sum(rooms.values()) / 1e9,
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

    garbage.collect()
    # Of what was freed glibc keeps much, 0.3 GB after a tokenizer of 262,144 tokens; other
    # allocators have no such call.
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)
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
