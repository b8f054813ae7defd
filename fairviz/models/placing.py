"""Where models go: in which number type, both at once or in turn, on one device or on several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.compression.layers import blocks
from fairviz.compression.registry import method_of
from fairviz.core.errors import OutOfMemory
from fairviz.core.specs import CompressionSpec
from fairviz.models.fit import without_weights
from fairviz.models.memory import MARGIN, bytes_of_weight, does_not_fit
from fairviz.models.refusals import refusal


class Size(NamedTuple):
    """What a model takes, in bytes."""

    whole: int
    standing: int  # of it, what stays in memory while another takes its turn


class Plan(NamedTuple):
    """How a pair is held."""

    dtype: str
    in_turn: bool  # whether one of the two is in memory at a time
    devices: tuple[str, ...]  # the main one first; over several a model is spread


def plan(sizes: Mapping[str, Sequence[Size]], rooms: Mapping[str, int], *, together: bool) -> Plan:
    """The first way that fits: together, else in turn; on one device, else on more.

    Args:
        sizes: Number type -> what each model of a pair takes in it; the type of choice first.
        rooms: Device -> bytes that the pair may take there; the main one first, the CPU of a
            machine with GPUs last.
        together: Whether in turn will not do.

    Raises:
        OutOfMemory: If none fits.
    """
    main, *_rest = rooms
    fast = tuple(name for name in rooms if name != "cpu" or name == main)

    def fits(needed: int, where: tuple[str, ...]) -> bool:
        return needed * MARGIN <= sum(rooms[name] for name in where)

    both = {dtype: sum(one.whole for one in models) for dtype, models in sizes.items()}
    each = {dtype: _in_turn(models) for dtype, models in sizes.items()}
    alone = all(len(models) < 2 for models in sizes.values())
    ways = [(both, (main,), False), (both, fast, False)]
    if together or alone:
        ways.append((both, tuple(rooms), False))
    if not alone:
        # The CPU is slow to compute with: a pair that fits a GPU in turn does not go there.
        ways += [(each, where, True) for where in ((main,), fast, tuple(rooms))]
    for needed, where, in_turn in ways:
        for dtype in needed:
            if fits(needed[dtype], where):
                if in_turn and together:
                    raise refusal("needs_both", OutOfMemory, device=main)
                return Plan(dtype, in_turn, where)
    raise does_not_fit(min(each.values()), rooms)


def _in_turn(models: Sequence[Size]) -> int:
    """The most that is in memory when each has its turn."""
    standing = sum(one.standing for one in models)
    return max(one.whole + standing - one.standing for one in models)


class Spread(NamedTuple):
    """A model over several devices."""

    map: dict[str, str]  # name of a module -> its device; accelerate's `device_map`
    bytes: dict[str, int]  # device -> what will be there; the main one first


def spread(
    folder: Path, compression: CompressionSpec, dtype: str, rooms: Mapping[str, int]
) -> Spread:
    """Decoder layers in order over devices, each filled before the next.

    Whatever is no decoder layer goes to the first, where the head is applied.

    Args:
        folder: Of the checkpoint.
        compression: Applied while it is loaded.
        dtype: Name of the number type.
        rooms: Device -> bytes that are free there. What is on the CPU beside a GPU is brought
            there layer by layer while it computes.

    Raises:
        OutOfMemory: If it does not fit.
    """
    model = without_weights(folder)
    name, layers = blocks(model)
    bits = method_of(compression).bits

    def size(module: Any, prefix: str) -> int:
        weights = ((f"{prefix}.{inner}", one.shape) for inner, one in module.named_parameters())
        return int(
            sum(prod(shape) * bytes_of_weight(n, shape, bits, dtype) for n, shape in weights)
        )

    main, *_rest = rooms
    left = {device: int(room / MARGIN) for device, room in rooms.items()}
    # Not for the CPU is what is packed there, or computed with.
    each = [size(layer, f"{name}.{number}") for number, layer in enumerate(layers)]
    placed = dict.fromkeys(rooms, 0)
    placed[main] = size(model, "") - sum(each)
    if "cpu" in left and main != "cpu":
        left[main] -= max(each)  # while it computes
    found = dict.fromkeys(_others(model, name), main)
    for number, needed in enumerate(each):
        device = next((one for one in rooms if placed[one] + needed <= left[one]), None)
        if device is None or placed[main] > left[main]:
            raise does_not_fit(size(model, ""), rooms)
        found[f"{name}.{number}"] = device
        placed[device] += needed
    return Spread(found, placed)


def _others(model: Any, layers: str) -> list[str]:
    """Names of the modules beside the layers, none within another."""
    above = {layers[:end] for end in range(len(layers) + 1) if layers[end : end + 1] in (".", "")}
    return [
        name
        for name, _module in model.named_modules()
        if name and name not in above and name.rpartition(".")[0] in above - {layers} | {""}
    ]
