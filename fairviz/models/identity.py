"""What a reader needs to trust a number: each model's identity card, versions, machine, date."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz import __version__
from fairviz.core import disk
from fairviz.core.sizes import size_in_words
from fairviz.i18n import _
from fairviz.models.gguf import Record, record_of

if TYPE_CHECKING:
    from torch import Tensor, nn

_PACKAGES = ("torch", "transformers", "tokenizers", "bitsandbytes", "accelerate", "numpy")


@dataclass(frozen=True)
class IdentityCard:
    """What a model is and what it weighs."""

    source: str  # as it was named
    revision: str  # commit hash of a Hugging Face id, else the SHA-256 of the weights' files
    method: str  # text form of the compression; `already quantized` checkpoints say with what
    parameters: int  # weights of the network, packed ones counted one by one, tied ones once
    bits_per_weight: float  # stored bits, scales included, over `parameters`
    zero_share: float  # share of weights that are exactly 0
    bytes_in_memory: int  # weights, scales and buffers
    bytes_on_disk: int  # the weights' files of the checkpoint that was read
    device: str  # where it runs
    dtype: str  # number type of the weights that are not quantized
    bos: str  # which beginning-of-text token a prompt gets
    context_length: int | None  # the most tokens it reads at once; None when it has no limit
    dtype_reason: str = ""  # why it runs in this number type, where that is not the usual one
    # Of a model that was read from a GGUF file, what is known of the file.
    gguf: Record | None = None
    # Of a model that is spread over several: device -> bytes there, the first layers' first.
    devices: Mapping[str, int] = field(default_factory=dict)
    chat_template: str = ""  # hash of a chat model's template; empty where it has none

    def document(self) -> dict[str, Any]:
        """The card as plain JSON values."""
        document = self.__dict__ | {"devices": dict(self.devices)}
        if self.gguf is not None:
            document["gguf"] = self.gguf._asdict()
        return {name: value for name, value in document.items() if name not in _RARE or value}


# Of a card, what only some have.
_RARE = ("gguf", "devices", "chat_template")


def per_device(sizes: Mapping[str, int]) -> str:
    """How much lies on which device."""
    return ", ".join(f"{device} {size_in_words(size)}" for device, size in sizes.items())


_CALIBRATED = re.compile(r"(?P<form>.+), calibrated on (?P<text>.+) \((?P<hash>[0-9a-f]+)\)")
_QUANTIZED = "already quantized: "
# Before the token, in a card whose model gets one.
ONE_BOS = "one, "


def method_in_words(method: str) -> str:
    """A card's `method`, which is stored in English, in the current language."""
    if (found := _CALIBRATED.fullmatch(method)) is not None:
        form, text, content = found.groups()
        return _("{form}, calibrated on {text} ({hash})", form=form, text=_(text), hash=content)
    if method.startswith(_QUANTIZED):
        return _("already quantized: {form}", form=method.removeprefix(_QUANTIZED))
    return _("none, as stored") if method == "none" else method


def bos_in_words(bos: str) -> str:
    """A card's `bos`, likewise."""
    if bos.startswith(ONE_BOS):
        return _("one, {token}", token=bos.removeprefix(ONE_BOS))
    return _("none") if bos == "none" else bos


class Weighed(NamedTuple):
    """A network on the scale: see `IdentityCard` for the fields."""

    parameters: int
    zeros: int
    bytes_of_weights: int
    bytes_of_buffers: int


def weigh(model: nn.Module) -> Weighed:
    """Count the weights, zeros and bytes of a loaded network, each tied tensor once."""
    parameters = zeros = stored = 0
    counted: set[int] = set()
    for tensor, numbers, extra in _tensors(model):
        if id(tensor) in counted:
            continue
        counted.add(id(tensor))
        parameters += numbers.numel()
        zeros += numbers.numel() - int(numbers.count_nonzero())
        stored += tensor.numel() * tensor.element_size() + extra
    buffers = sum(buffer.numel() * buffer.element_size() for buffer in model.buffers())
    return Weighed(parameters, zeros, stored, buffers)


def by_device(model: nn.Module, places: Mapping[str, str]) -> dict[str, int]:
    """Bytes of the weights of a spread model on each of its devices.

    Args:
        places: Name of a module -> its device; nothing where all lie on one.
    """
    found = dict.fromkeys(places.values(), 0)
    for name, tensor in model.named_parameters() if places else ():
        where = next(places[module] for module in places if name.startswith(f"{module}."))
        found[where] += tensor.nbytes
    return found


def _tensors(model: nn.Module) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Every stored tensor, the weights it stands for, and the bytes of its scales."""
    # The first forward of an int8 layer moves the scales from its weight to its state.
    layers: list[Any] = [one for one in model.modules() if type(one).__name__ == "Linear8bitLt"]
    moved = {id(layer.weight): layer.state.SCB for layer in layers}
    # What accelerate brings to a device only while its layer computes.
    waiting = {
        id(tensor): hook.weights_map[name]
        for module in model.modules()
        if (hook := getattr(module, "_hf_hook", None)) is not None
        for name, tensor in module.named_parameters(recurse=False)
        if tensor.is_meta and getattr(hook, "weights_map", None) is not None
    }
    for tensor in model.parameters():
        state = getattr(tensor, "quant_state", None)
        scales: Any = getattr(tensor, "SCB", None)
        scales = moved.get(id(tensor)) if scales is None else scales
        if state is not None:
            import bitsandbytes.functional as quantization

            extra = sum(
                part.numel() * part.element_size()
                for part in state.as_dict(packed=False).values()
                if hasattr(part, "element_size")
            )
            yield tensor, quantization.dequantize_4bit(tensor.data, state), extra
        elif scales is not None:
            yield tensor, tensor.data, scales.numel() * scales.element_size()
        else:
            yield tensor, waiting.get(id(tensor), tensor.data), 0


def revision_of(folder: Path) -> str:
    """Commit hash of a Hugging Face snapshot, else the SHA-256 of the weights, 16 digits.

    A file is read anew only when it has changed: `hashes.json` in the cache keeps what was found,
    by path, size and both times of change.
    """
    if folder.parent.name == "snapshots":
        return folder.name
    if (record := record_of(folder)) is not None:
        return f"sha256:{record.sha256}"
    kept = disk.cache_root() / "hashes.json"
    try:
        known = {str(path): list(entry) for path, entry in json.loads(kept.read_text()).items()}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        known = {}
    whole, found = hashlib.sha256(), {}
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        name, stat = str(path.resolve()), path.stat()
        stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        *before, digest = known.get(name) or [""]
        if before != stamp or not re.fullmatch("[0-9a-f]{64}", str(digest)):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[name] = [*stamp, digest]
        whole.update(bytes.fromhex(digest))
    if found:
        there = {path: entry for path, entry in known.items() if Path(path).is_file()}
        content = json.dumps(there | found)
        with suppress(OSError):  # of a cache that cannot be written
            disk.whole_file(kept, lambda part: part.write_text(content))
    return f"sha256:{whole.hexdigest()[:16]}"


def here_and_now() -> dict[str, Any]:
    """Versions, platform and date, as JSON values."""
    packages = {"python": platform.python_version(), "fairviz": __version__}
    for package in _PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            packages[package] = "not installed"
    return {
        "versions": packages,
        "platform": platform.platform(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
