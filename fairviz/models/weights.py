"""Whether the weights that a checkpoint holds are numbers: one NaN spoils all that a model says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.failures import library_errors_as_advice
from fairviz.models.hub import PICKLED

if TYPE_CHECKING:
    from torch import Tensor

# Numbers that are looked at together, so that a large tensor is not copied whole.
_AT_ONCE = 2**24


class NoNumber(NamedTuple):
    """The first tensor of a checkpoint with a value that is no number: its name, `NaN` or `inf`."""

    tensor: str
    value: str


class UnsoundWeights(FairvizError):
    """Weights with values that are no numbers, which no method can compress."""


def first_no_number(folder: Path) -> NoNumber | None:
    """The first tensor, by file and name, with NaN or an infinity; None where all are finite.

    Only the files are read, in the number type that they are stored in.
    """
    for name, tensor in _stored(folder):
        if (value := _no_number(tensor)) is not None:
            return NoNumber(name, value)
    return None


def refuse_no_numbers(spec: ModelSpec, folder: Path) -> None:
    """Refuse to compress weights that are no numbers: some methods round NaN to a number.

    Args:
        spec: What is asked for: a model and a method.
        folder: Of the checkpoint that is to be compressed.

    Raises:
        UnsoundWeights: With the first such tensor.
    """
    with library_errors_as_advice(spec, folder):
        found = first_no_number(folder)
    if found is not None:
        raise UnsoundWeights(
            _(
                "{source} cannot be compressed with {compression}: {tensor} holds {value}.",
                source=spec.source,
                compression=spec.compression,
                tensor=found.tensor,
                value=found.value,
            ),
            fix=_("Download the checkpoint again, or choose another; it holds broken weights."),
        )


def _stored(folder: Path) -> Iterator[tuple[str, Tensor]]:
    import torch
    from safetensors import safe_open

    files = sorted(folder.glob("*.safetensors"))
    for path in files:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 it is no mapping
                yield name, file.get_tensor(name)
    if not files:
        for path in sorted(folder.glob(PICKLED)):
            yield from torch.load(path, map_location="cpu", mmap=True, weights_only=True).items()


def _no_number(tensor: Tensor) -> str | None:
    import torch

    if not tensor.is_floating_point():
        return None
    for piece in tensor.flatten().split(_AT_ONCE):
        # A sum is not finite where a value is not, and takes a tenth of the time.
        if not bool(piece.sum(dtype=torch.float32).isfinite()):
            values = piece.double()
            if bool(values.isnan().any()):
                return "NaN"
            if bool(values.isinf().any()):
                return "inf"
    return None
