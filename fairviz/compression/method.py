"""What a compression method is, for pages, command line and loader alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def _nothing(dtype: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Method:
    """One way to make a model smaller.

    Attributes:
        name: Its text form in a model's name.
        title: What a page calls it.
        family: `none`, `quantization`, `pruning` or `distillation`.
        bits: Bits that a compressed weight is stored in, scales not counted; None when
            the weights keep their type.
        meaning: One sentence for the reader.
        paper: Where it comes from.
        needs: Import name -> install line of the packages it cannot do without.
        devices: The kinds of device it runs on.
        load_arguments: Further arguments of `from_pretrained`, given the dtype's name.
    """

    name: str
    title: str
    family: str
    bits: int | None
    meaning: str
    paper: str
    needs: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ("cuda", "mps", "cpu")
    load_arguments: Callable[[str], dict[str, Any]] = _nothing
