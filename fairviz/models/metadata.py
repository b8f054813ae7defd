"""What a checkpoint says of itself before a weight is read: config.json, safetensors' headers."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.compression.layers import in_layer
from fairviz.compression.method import Shape
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.refusals import refusal

# Lengths that no model is without.
_LENGTHS = ("vocab_size", "hidden_size", "num_attention_heads", "n_embd", "n_head")
# What a config counts and the library makes one after another, while nobody can stop it, and how
# many more of them than tensors are allowed: a layer is at least one tensor, while experts may
# share one, and labels and heads have none.
_COUNTED = {
    **dict.fromkeys(("layer", "block", "stage", "depth", "attention_types"), 64),
    **dict.fromkeys(("expert", "head", "label"), 1024),
}
_MEASURED = ("size", "dim", "window", "length", "token", "norm", "eps")
# A thousand times the longest of a published model.
_LONGEST = 16 * 2**20
_ONE_FILE = "model.safetensors"
_INDEX = f"{_ONE_FILE}.index.json"
# What the library says of a file that ends before its header or its weights do.
_CUT_SHORT = ("incomplete metadata", "header too small", "invalid header length")


def config_of(folder: Path) -> dict[str, Any]:
    """The folder's config.json.

    Raises:
        ModelUnavailable: If there is none or it cannot be read.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise refusal("no_config", folder=folder)
    try:
        if path.stat().st_size > _LONGEST:
            raise ValueError(_("it is longer than any model's"))
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise refusal("unreadable_config", path=path, error=error) from error
    if not isinstance(config, dict):
        raise refusal("not_a_config", path=path)
    return config


def stored_quantization(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """How a checkpoint is quantized already; None where it is not, as where that is `null`.

    Raises:
        ModelUnavailable: If that is no object.
    """
    part = config.get("text_config")
    nested = part.get("quantization_config") if isinstance(part, dict) else None
    stored = config.get("quantization_config") or nested
    if not stored:
        return None
    if not isinstance(stored, dict):
        raise refusal("quantization_no_object", value=repr(stored))
    return stored


def check_quantization(spec: ModelSpec, config: Mapping[str, Any]) -> None:
    """Refuse a quantization that transformers would skip, reading the weights as something else.

    Raises:
        ModelUnavailable: With its name.
    """
    stored = stored_quantization(config)
    if stored is None or stored.get("load_in_4bit") is True or stored.get("load_in_8bit") is True:
        return
    from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING

    name = stored.get("quant_method")
    if not isinstance(name, str) or name not in AUTO_QUANTIZATION_CONFIG_MAPPING:
        raise refusal(
            "unknown_quantization",
            source=spec.source,
            name=name,
            names=", ".join(sorted(AUTO_QUANTIZATION_CONFIG_MAPPING)),
        )


def check_counts(spec: ModelSpec, config: Mapping[str, Any], tensors: int) -> None:
    """Refuse counts that the weights' files cannot hold, before that many parts are made.

    Args:
        spec: What the user called the model.
        config: Its config.json.
        tensors: How many its files hold.

    Raises:
        ModelUnavailable: With the first such count.
    """
    for name, value in _numbers(config):
        key = name.lower()
        if key in _LENGTHS and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise refusal("no_such_length", source=spec.source, name=name, value=value)
        if not isinstance(value, int) or any(one in key for one in _MEASURED):
            continue
        spare = next((more for one, more in _COUNTED.items() if one in key), value)
        if value > tensors + spare:
            raise refusal("too_many", n=tensors, source=spec.source, name=name, value=value)


def _numbers(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with the key that it stands under, those in lists with that of the list."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _numbers(value, str(key))
    elif isinstance(content, list):
        for value in content:
            yield from _numbers(value, name)
    else:
        yield name, content


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


def shape_of(spec: ModelSpec, folder: Path) -> Shape:
    """What a checkpoint's config and headers say of it."""
    config = config_of(folder)
    sizes = tensor_sizes(folder)
    found = {
        name.removesuffix(".weight"): (size.shape[0], size.shape[1])
        for name, size in sizes.items()
        if in_layer(name) and len(size.shape) == 2
    }
    number = next((config[n] for n in ("num_hidden_layers", "n_layer") if n in config), 0)
    return Shape(str(spec), str(config.get("model_type", "unknown")), int(number), found)
