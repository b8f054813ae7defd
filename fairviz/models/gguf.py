"""GGUF files as models: each converted once to a folder of safetensors, which loads like any other.

The folder lies in the cache under the file's hash. Its numbers are those that gguf-py dequantizes,
with llama.cpp's rearrangements undone (`gguf_architectures`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.disk import cache_root, present, replacing
from fairviz.core.errors import BadSpec, ModelUnavailable
from fairviz.core.specs import ModelSpec, is_folder, is_gguf
from fairviz.i18n import _
from fairviz.models.failures import library_errors_as_advice
from fairviz.models.gguf_architectures import config_of_file, places_of, weights_of
from fairviz.models.gguf_file import GgufFile, read
from fairviz.models.hub import fetch_file
from fairviz.models.memory import check_disk

if TYPE_CHECKING:
    from torch import Tensor as Weights

# Raised where the same file gives another folder than before.
_VERSION = 1
RECORD, VOCABULARY = "gguf.json", "gguf_vocabulary.json"
_ON_THE_HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+):(?P<file>.+\.gguf)", re.IGNORECASE)
_SHARD = 2**30


class Record(NamedTuple):
    """What is known of the file that a folder was made from.

    Attributes:
        sha256: Of the file, 16 digits.
        architecture: As llama.cpp calls it.
        name: That its author gave the model; may be empty.
        types: Type -> how many tensors are of it, as in `210 x Q4_1, 1 x Q8_0, 61 x F32`.
        bits_per_weight: As stored in the file, scales included.
        size: Bytes of the file.
        imatrix: Whether an importance matrix guided the rounding, as far as the file says.
        quantized: Whether any weight is stored in fewer than 16 bits.
    """

    sha256: str
    architecture: str
    name: str
    types: str
    bits_per_weight: float
    size: int
    imatrix: bool
    quantized: bool


def record_of(folder: Path) -> Record | None:
    """What a folder was made from; None where that was no GGUF file."""
    try:
        return Record(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def file_of(spec: ModelSpec) -> Path | None:
    """The GGUF file that a source names, downloaded if need be; None if it names another model.

    Raises:
        ModelUnavailable: If there is no such file, or the folder holds several.
        BadSpec: If a file on this machine is asked for in a revision.
    """
    path = Path(spec.source).expanduser()
    found = _ON_THE_HUB.fullmatch(spec.source)
    if is_folder(spec.source):
        files = sorted(path.glob("*.gguf"))
        if not files or (path / "config.json").exists():
            return None
        if len(files) > 1:
            raise ModelUnavailable(
                _("{folder} holds more than one GGUF file.", folder=spec.source),
                fix=_("Name one of them, such as {file}.", file=files[0]),
            )
        path = files[0]
    elif found is not None and not path.exists():
        return fetch_file(spec, found["repo"], found["file"])
    elif not is_gguf(spec.source):
        return None
    if not path.is_file():
        raise ModelUnavailable(
            _("There is no file {path}.", path=path),
            fix=_("Check the path; a file of the Hub is named as in owner/repo:file.gguf."),
        )
    if spec.revision:
        raise BadSpec(
            _("{path} is a file and has no revision '{name}'.", path=path, name=spec.revision),
            fix=_("Leave out the @ and what follows it."),
        )
    return path


def folder_of_file(
    spec: ModelSpec, path: Path, progress: Callable[[str], None] | None = None
) -> Path:
    """The folder that a file was converted to, made if it is not there yet, whole or not at all.

    Args:
        spec: What the user called it.
        path: Of the file.
        progress: Told in plain sentences what is going on.

    Raises:
        ModelUnavailable: If the file cannot be read, or is of an architecture that cannot.
    """
    say = progress or (lambda words: None)
    say(_("Reading {source}", source=spec.source))
    status = path.stat()
    key = _hash(path, status.st_size, status.st_mtime_ns)
    folder = cache_root() / "gguf" / f"{key}-{_VERSION}"
    if present(folder) and record_of(folder) is not None:
        return folder
    file = read(path)
    with replacing(folder) as writing, library_errors_as_advice(spec, writing):
        _convert(spec, file, writing, say)
        _write(writing / RECORD, _record(file, key)._asdict())
    return folder


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _record(file: GgufFile, key: str) -> Record:
    settings = file.settings
    weights = sum(prod(tensor.shape) for tensor in file.tensors)
    return Record(
        sha256=key,
        architecture=file.architecture,
        name=str(settings.get("general.name", "")),
        types=", ".join(f"{count} x {name}" for name, count in file.types.items()),
        bits_per_weight=8 * sum(tensor.size for tensor in file.tensors) / max(weights, 1),
        size=file.path.stat().st_size,
        imatrix=any(key.startswith("quantize.imatrix.") for key in settings),
        quantized=file.quantized,
    )


def _convert(spec: ModelSpec, file: GgufFile, folder: Path, say: Callable[[str], None]) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    config = config_of_file(spec, file)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    config.architectures = [type(model).__name__]
    places = places_of(spec, file, model)
    check_disk(folder, 4 * sum(prod(tensor.shape) for tensor in file.tensors))
    config.save_pretrained(folder)
    vocabulary = {key: v for key, v in file.settings.items() if key.startswith("tokenizer.")}
    _write(folder / VOCABULARY, vocabulary)

    def converted() -> Iterator[tuple[str, Weights]]:
        for number, (tensor, place) in enumerate(places, 1):
            say(
                _(
                    "Converting {source}, once: tensor {n} of {of}",
                    source=spec.source,
                    n=number,
                    of=len(places),
                )
            )
            yield place, weights_of(file, tensor, config)

    _save(folder, converted())


def _save(folder: Path, weights: Iterable[tuple[str, Weights]]) -> None:
    """Write weights as they come: one file by its usual name, or several with an index."""
    from safetensors.torch import save_file

    places: dict[str, str] = {}
    for number, held in enumerate(_shards(weights), 1):
        name = f"model-{number:05}.safetensors"
        save_file(held, folder / name, metadata={"format": "pt"})
        places |= dict.fromkeys(held, name)
        held.clear()  # before the next gigabyte comes
    paths = list(folder.glob("*.safetensors"))
    if len(paths) == 1:
        paths[0].rename(folder / "model.safetensors")
        return
    size = sum(path.stat().st_size for path in paths)
    index = {"metadata": {"total_size": size}, "weight_map": places}
    _write(folder / "model.safetensors.index.json", index)


def _shards(weights: Iterable[tuple[str, Weights]]) -> Iterator[dict[str, Weights]]:
    """What one file holds: a gigabyte at a time."""
    held: dict[str, Weights] = {}
    for name, one in weights:
        held[name] = one
        if sum(each.nbytes for each in held.values()) >= _SHARD:
            yield held
            held = {}
    if held:
        yield held


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
