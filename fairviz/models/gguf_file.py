"""A GGUF file: its settings, and where the numbers of each tensor lie.

The package gguf knows the types and what their blocks stand for. Its reader makes two arrays of
every entry of a vocabulary (16 s for Gemma's 262,144 tokens) and believes any count that a file
names; the header is read here instead, once, each entry checked against the end of the file.
"""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.errors import MissingPackage, ModelUnavailable
from fairviz.i18n import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MAGIC, _VERSIONS = b"GGUF", (2, 3)
# Types of settings as the format numbers them, as `struct` reads them.
_SCALARS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# More than any published file has of settings, tensors, dimensions, and entries of a list.
_MOST_SETTINGS, _MOST_TENSORS, _MOST_DIMENSIONS, _MOST_ENTRIES = 10**5, 10**6, 4, 10**7
_ALIGNMENT = 32
# Of forks of llama.cpp, and of it since the package: names for those who read the refusal.
_FOREIGN = {
    31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 36: "I2_S", 133: "Q6_0", 134: "IQ1_BN",
    135: "IQ2_BN", 137: "IQ2_K", 138: "IQ3_K", 139: "IQ4_K", 140: "IQ5_K", 141: "IQ6_K",
    144: "IQ4_KS", 145: "IQ2_KS", 146: "IQ4_KSS", 152: "IQ5_KS",
}  # fmt: skip
WHOLE = ("F32", "F16", "BF16")


class Tensor(NamedTuple):
    """One tensor of a file: its shape with rows first, its type, and where its bytes are."""

    name: str
    shape: tuple[int, ...]
    type: str
    start: int
    size: int


@dataclass(frozen=True, eq=False)
class GgufFile:
    """A file whose header was read and found whole.

    Attributes:
        path: Of the file.
        settings: Key -> value; numbers, texts, or lists of them.
        tensors: In the order of the file.
    """

    path: Path
    settings: Mapping[str, Any]
    tensors: tuple[Tensor, ...]

    @property
    def architecture(self) -> str:
        """As llama.cpp calls it."""
        return str(self.settings.get("general.architecture", ""))

    def of_architecture(self, key: str, default: Any = None) -> Any:
        """A setting that stands under the architecture's name."""
        return self.settings.get(f"{self.architecture}.{key}", default)

    @property
    def types(self) -> dict[str, int]:
        """Type -> how many tensors are of it, the most frequent first."""
        return dict(Counter(tensor.type for tensor in self.tensors).most_common())

    @property
    def quantized(self) -> bool:
        """Whether any tensor is stored in fewer bits than a number of 16."""
        return any(name not in WHOLE for name in self.types)

    def numbers(self, tensor: Tensor) -> npt.NDArray[np.float32]:
        """The weights that a tensor's blocks stand for, as gguf-py dequantizes them."""
        import gguf
        import numpy as np

        kind = gguf.GGMLQuantizationType[tensor.type]
        rows = tensor.shape[:-1]
        stored = np.memmap(self.path, np.uint8, "r", tensor.start, (tensor.size,))
        found = gguf.dequantize(stored.reshape(*rows, -1), kind)
        return np.asarray(found, dtype=np.float32).reshape(tensor.shape)


def read(path: Path) -> GgufFile:
    """What a file's header says, none of its weights read.

    Raises:
        ModelUnavailable: If it is no GGUF file, is cut short or damaged, is one part of a split
            model, or holds a type that cannot be dequantized.
        MissingPackage: Without the package gguf.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            header = _Header(path, data)
            if data[:4] != _MAGIC:
                raise ModelUnavailable(
                    _("{path} is no GGUF file.", path=path),
                    fix=_("Download it again, or name a file that llama.cpp reads."),
                )
            settings, tensors = header.read()
    except OSError as error:
        raise ModelUnavailable(
            _("{path} cannot be read: {error}.", path=path, error=error.strerror),
            fix=_("Copy or download the model again, or let this user read it."),
        ) from error
    except (ValueError, struct.error, UnicodeDecodeError, OverflowError, MemoryError) as error:
        raise ModelUnavailable(
            _("{path} is cut short or damaged ({reason}).", path=path, reason=error),
            fix=_("Download or copy the file again."),
        ) from error
    return GgufFile(path, settings, tensors)


class _Header:
    """Reads on from the place where the last reading ended."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path, self._data, self._at = path, data, 4

    def read(self) -> tuple[dict[str, Any], tuple[Tensor, ...]]:
        version = self._one("I")
        if version not in _VERSIONS:
            raise ValueError(_("version {version} of the format", version=version))
        tensors = self._count("Q", _MOST_TENSORS)
        settings = {
            self._text(): self._value(self._one("I"))
            for _rest in range(self._count("Q", _MOST_SETTINGS))
        }
        self._refuse_a_part(settings)
        listed = [self._entry() for _rest in range(tensors)]
        alignment = int(settings.get("general.alignment", _ALIGNMENT))
        begin = self._at + -self._at % alignment
        return settings, tuple(self._placed(begin, *one) for one in listed)

    def _one(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return value

    def _count(self, form: str, most: int) -> int:
        count = int(self._one(form))
        if count > most:
            raise ValueError(_("it says that it has {n:,} entries", n=count))
        return count

    def _text(self) -> str:
        length = self._one("Q")
        end = self._at + length
        if end > len(self._data):
            raise ValueError(_("a text reaches beyond its end"))
        found = self._data[self._at : end].decode("utf-8")
        self._at = end
        return found

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._text()
        if kind != _ARRAY:
            return self._one(self._form(kind))
        inner, count = self._one("I"), self._count("Q", _MOST_ENTRIES)
        if inner == _STRING:
            return [self._text() for _rest in range(count)]
        form = f"<{count}{self._form(inner)}"
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return list(values)

    def _form(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise ValueError(_("a setting is of type {kind}", kind=kind))
        return _SCALARS[kind]

    def _entry(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._text()
        dimensions = self._count("I", _MOST_DIMENSIONS)
        shape = tuple(self._one("Q") for _rest in range(dimensions))[::-1]
        return name, shape, self._one("I"), self._one("Q")

    def _placed(
        self, begin: int, name: str, shape: tuple[int, ...], kind: int, offset: int
    ) -> Tensor:
        block, stored, title = self._type(name, kind)
        if not shape or min(shape) < 1 or shape[-1] % block:
            raise ValueError(_("{tensor} has the shape {shape}", tensor=name, shape=shape))
        size = prod(shape) // block * stored
        if begin + offset + size > len(self._data):
            raise ValueError(_("{tensor} reaches beyond its end", tensor=name))
        return Tensor(name, shape, title, begin + offset, size)

    def _type(self, tensor: str, kind: int) -> tuple[int, int, str]:
        """Weights and bytes of a block, and the name of its type."""
        block, stored, title = _type(kind)
        if not block:
            raise ModelUnavailable(
                _(
                    "{path} holds weights of the type {type} ({tensor}), which cannot be turned "
                    "into numbers here.",
                    path=self._path,
                    type=title,
                    tensor=tensor,
                ),
                fix=_(
                    "Choose a file of types of llama.cpp itself, such as Q4_K_M, IQ4_XS or Q8_0."
                ),
            )
        return block, stored, title

    def _refuse_a_part(self, settings: Mapping[str, Any]) -> None:
        parts = settings.get("split.count", 1)
        if parts != 1:
            raise ModelUnavailable(
                _("{path} is one part of a model, of {n} in all.", path=self._path, n=parts),
                fix=_(
                    "Join them with llama.cpp (llama-gguf-split --merge FIRST_PART JOINED.gguf), "
                    "and name the file that this gives."
                ),
            )


@lru_cache(maxsize=128)
def _type(kind: int) -> tuple[int, int, str]:
    """Weights and bytes of a block, and the name; no weights where it cannot be dequantized."""
    import numpy as np

    try:
        import gguf
    except ImportError as error:
        raise MissingPackage(
            _("GGUF files need the package gguf, which is not installed."),
            fix=_("Run: {command}", command="pip install gguf"),
        ) from error
    try:
        known = gguf.GGMLQuantizationType(kind)
    except ValueError:
        return 0, 0, _FOREIGN.get(kind, str(kind))
    block, stored = gguf.GGML_QUANT_SIZES[known]
    try:
        gguf.dequantize(np.zeros((1, stored), np.uint8), known)
    except RuntimeError:  # it has no code for the type
        return 0, 0, known.name
    return block, stored, known.name
