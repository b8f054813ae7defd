"""What safetensors files say of themselves: shapes and sizes, without reading a weight."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import NamedTuple

from fairviz.language import tr

# The format's own limit (safetensors, MAX_HEADER_SIZE).
_LONGEST_HEADER = 100_000_000


class TensorSize(NamedTuple):
    """Shape and stored bytes of one tensor."""

    shape: tuple[int, ...]
    stored: int


def tensor_sizes(folder: Path) -> dict[str, TensorSize]:
    """Name -> size of every tensor of a folder's safetensors.

    Raises:
        ValueError: If a file is cut short or is none; says which.
    """
    sizes: dict[str, TensorSize] = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with path.open("rb") as file:
                (length,) = struct.unpack("<Q", file.read(8))
                header = json.loads(file.read(min(length, _LONGEST_HEADER)))
            end = 8 + length
            for name, entry in header.items():
                if name == "__metadata__":
                    continue
                first, last = entry["data_offsets"]
                end = max(end, 8 + length + last)
                sizes[name] = TensorSize(tuple(entry["shape"]), last - first)
        except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                tr("{path} could not be read: it is no safetensors file.", path=path)
            ) from error
        if path.stat().st_size < end:
            raise ValueError(tr("{path} could not be read: it is cut short.", path=path))
    return sizes


def missing_parts(folder: Path) -> list[str]:
    """Names of the weight files that a folder's index lists and the folder lacks."""
    index = folder / "model.safetensors.index.json"
    try:
        listed = json.loads(index.read_text())["weight_map"].values() if index.is_file() else ()
        return sorted({str(name) for name in listed if not (folder / str(name)).is_file()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return [index.name]
