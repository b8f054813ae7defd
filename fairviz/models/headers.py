"""What safetensors files say of themselves: shapes and sizes, without reading a weight."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.i18n import _

_ONE_FILE = "model.safetensors"
_INDEX = f"{_ONE_FILE}.index.json"
# What the library says of a file that ends before its header or its weights do.
_CUT_SHORT = ("incomplete metadata", "header too small", "invalid header length")


class TensorSize(NamedTuple):
    """Shape, stored bytes and number type (`F32`, `BF16`, `U8`) of one tensor."""

    shape: tuple[int, ...]
    stored: int
    dtype: str


def weight_files(folder: Path) -> list[Path]:
    """The safetensors that are read: the one file, else the parts of the index, else all."""
    if (folder / _ONE_FILE).is_file():
        return [folder / _ONE_FILE]
    if parts := _parts(folder):
        return [folder / name for name in parts]
    return sorted(folder.glob("*.safetensors"))


def tensor_sizes(folder: Path) -> dict[str, TensorSize]:
    """Name -> size of every tensor of a folder's safetensors.

    Raises:
        ValueError: If a file is cut short or is none; says which.
    """
    sizes: dict[str, TensorSize] = {}
    for path in weight_files(folder):
        sizes |= {
            name: TensorSize(
                tuple(entry["shape"]),
                entry["data_offsets"][1] - entry["data_offsets"][0],
                entry["dtype"],
            )
            for name, entry in header(path).items()
            if name != "__metadata__"
        }
    return sizes


def header(path: Path) -> dict[str, Any]:
    """A file's header, once the library that will read its weights has found it sound.

    Raises:
        ValueError: As of `tensor_sizes`.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
        with safe_open(path, framework="np"), path.open("rb") as file:
            file.seek(8)
            header: dict[str, Any] = json.loads(file.read(length))
            return header
    except (SafetensorError, struct.error, OSError, ValueError, RecursionError) as error:
        words = (
            _("{path} could not be read: it is cut short.", path=path)
            if isinstance(error, struct.error) or any(sign in str(error) for sign in _CUT_SHORT)
            else _("{path} could not be read: it is no safetensors file.", path=path)
        )
        raise ValueError(words) from error


def _parts(folder: Path) -> list[str]:
    index = folder / _INDEX
    listed = json.loads(index.read_text())["weight_map"].values() if index.is_file() else ()
    return sorted({str(name) for name in listed})


def missing_parts(folder: Path) -> list[str]:
    """Names of the weight files that a folder's index lists and the folder lacks."""
    try:
        # A name that leads out of the folder is none of its files.
        return [
            name
            for name in _parts(folder)
            if Path(name).name != name or not (folder / name).is_file()
        ]
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return [_INDEX]
