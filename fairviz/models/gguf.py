"""GGUF files as models: each converted once to a folder of safetensors, which loads like any other.

The folder lies in the cache under the file's hash. Its numbers are those that gguf-py dequantizes,
with llama.cpp's rearrangements undone: it turns the rows of Llama's queries and keys, adds 1 to
Gemma's norms, and parts Bloom's attention.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.disk import cache_root, present, replacing
from fairviz.core.errors import BadSpec, ModelUnavailable
from fairviz.core.sizes import size_in_words
from fairviz.core.specs import ModelSpec, is_folder, is_gguf
from fairviz.i18n import _
from fairviz.models.failures import library_errors_as_advice
from fairviz.models.gguf_file import GgufFile, Tensor, read
from fairviz.models.hub import fetch_file

if TYPE_CHECKING:
    from torch import Tensor as Weights
    from transformers import PreTrainedConfig, PreTrainedModel

# Raised where the same file gives another folder than before.
_VERSION = 1
RECORD, VOCABULARY = "gguf.json", "gguf_vocabulary.json"
_ON_THE_HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+):(?P<file>.+\.gguf)", re.IGNORECASE)
# llama.cpp's name of an architecture -> that of transformers. One is added with its test.
ARCHITECTURES = {
    "llama": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma2": "gemma2",
    "gemma3": "gemma3_text",
    "gpt2": "gpt2",
    "bloom": "bloom",
}
# What a file states -> what a config calls it; a name that a config does not have is not set.
_SETTINGS = {
    "context_length": ("max_position_embeddings",),
    "embedding_length": ("hidden_size",),
    "block_count": ("num_hidden_layers",),
    "feed_forward_length": ("intermediate_size", "n_inner"),
    "attention.head_count": ("num_attention_heads",),
    "attention.head_count_kv": ("num_key_value_heads",),
    "attention.layer_norm_rms_epsilon": ("rms_norm_eps",),
    "attention.layer_norm_epsilon": ("layer_norm_epsilon",),
    "attention.sliding_window": ("sliding_window",),
    "attn_logit_softcapping": ("attn_logit_softcapping",),
    "final_logit_softcapping": ("final_logit_softcapping",),
}
# The largest Gemmas scale their attention by the width of the model, the others by that of a head.
_SCALED_BY_WIDTH = {("gemma2", 46), ("gemma3", 62)}
# Tensors that hold no weights of the model: the wavelengths of Llama 3, which its config states.
_FREQUENCIES = "rope_freqs.weight"
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

    config = _config(spec, file)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    config.architectures = [type(model).__name__]
    places = _places(spec, file, model)
    _room(folder, 4 * sum(prod(tensor.shape) for tensor in file.tensors))
    config.save_pretrained(folder)
    vocabulary = {key: v for key, v in file.settings.items() if key.startswith("tokenizer.")}
    _write(folder / VOCABULARY, vocabulary)
    shards = _Shards(folder)
    for number, (tensor, place) in enumerate(places):
        say(
            _(
                "Converting {source}, once: tensor {n} of {of}",
                source=spec.source,
                n=number + 1,
                of=len(places),
            )
        )
        shards.add(place, _weights(file, tensor, config))
    shards.finish()


def _config(spec: ModelSpec, file: GgufFile) -> PreTrainedConfig:
    """The model as transformers describes it.

    Raises:
        ModelUnavailable: For an architecture, or a way to stretch positions, that is unknown.
    """
    from transformers import AutoConfig

    if file.architecture not in ARCHITECTURES:
        raise ModelUnavailable(
            _(
                "{source} is of the architecture {name}, which is not read from GGUF here.",
                source=spec.source,
                name=file.architecture or _("unnamed"),
            ),
            fix=_(
                "Those that are: {names}. Name the Hugging Face checkpoint instead, with a method.",
                names=", ".join(ARCHITECTURES),
            ),
        )
    shapes = {tensor.name: tensor.shape for tensor in file.tensors}
    if "token_embd.weight" not in shapes:
        raise ModelUnavailable(
            _("{source} lacks {tensor}.", source=spec.source, tensor="token_embd.weight"),
            fix=_("Name the file of the model itself, no adapter or projector."),
        )
    config = AutoConfig.for_model(ARCHITECTURES[file.architecture])
    values: dict[str, Any] = {
        "vocab_size": shapes["token_embd.weight"][0],
        "tie_word_embeddings": "output.weight" not in shapes,
    }
    for key, names in _SETTINGS.items():
        if (value := file.of_architecture(key)) is not None:
            values |= dict.fromkeys(names, value)
    for name, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding")):
        values[f"{name}_token_id"] = file.settings.get(f"tokenizer.ggml.{key}_token_id")
    heads = int(values.get("num_attention_heads", 1))
    values["head_dim"] = file.of_architecture("attention.key_length") or (
        file.of_architecture("rope.dimension_count") or shapes["token_embd.weight"][1] // heads
    )
    by_width = (file.architecture, values.get("num_hidden_layers")) in _SCALED_BY_WIDTH
    values["query_pre_attn_scalar"] = (
        values["hidden_size"] // heads if by_width else values["head_dim"]
    )
    known = {*config.to_dict(), *config.attribute_map}
    values = {name: value for name, value in values.items() if name in known}
    rope = _rope(spec, file, config)
    made = AutoConfig.for_model(ARCHITECTURES[file.architecture], **values, **rope)
    made.dtype = "float32"
    found: PreTrainedConfig = made
    return found


def _rope(spec: ModelSpec, file: GgufFile, config: PreTrainedConfig) -> dict[str, Any]:
    """How positions turn: their wavelengths, and how they are stretched for long texts."""
    base = file.of_architecture("rope.freq_base")
    if base is None or not hasattr(config, "rope_parameters"):
        return {}
    stretch: dict[str, Any] = {"rope_type": "default", "rope_theta": base}
    kind = file.of_architecture("rope.scaling.type", "none")
    stored = next((one for one in file.tensors if one.name == _FREQUENCIES), None)
    if stored is not None:
        stretch |= _llama3(spec, file, stored, base)
    elif kind == "linear":
        stretch |= {"rope_type": kind, "factor": file.of_architecture("rope.scaling.factor", 1.0)}
    elif kind != "none":
        raise ModelUnavailable(
            _("{source} stretches positions by {kind}.", source=spec.source, kind=kind),
            fix=_("Name the Hugging Face checkpoint instead, with a method."),
        )
    if file.architecture != "gemma3":
        return {"rope_parameters": stretch}
    near = file.of_architecture("rope.freq_base_swa", 10_000.0)
    local = {"rope_type": "default", "rope_theta": near}
    return {"rope_parameters": {"full_attention": stretch, "sliding_attention": local}}


def _llama3(spec: ModelSpec, file: GgufFile, stored: Tensor, base: float) -> dict[str, Any]:
    """Llama 3 divides long wavelengths; files hold the divisors, configs what they come from."""
    import numpy as np

    divisors = file.numbers(stored)
    wave = 2 * np.pi * base ** (np.arange(len(divisors)) / len(divisors))
    factor, low, high, length = float(divisors.max()), 1.0, 4.0, 8192
    smooth = np.clip((length / wave - low) / (high - low), 0.0, 1.0)
    wanted = 1 / ((1 - smooth) / factor + smooth)
    if not np.allclose(divisors, wanted, rtol=1e-4):
        raise ModelUnavailable(
            _(
                "{source} stretches positions in a way that is unknown here ({tensor}).",
                source=spec.source,
                tensor=_FREQUENCIES,
            ),
            fix=_("Name the Hugging Face checkpoint instead, with a method."),
        )
    return {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": low,
        "high_freq_factor": high,
        "original_max_position_embeddings": length,
    }


def _places(spec: ModelSpec, file: GgufFile, model: PreTrainedModel) -> list[tuple[Tensor, str]]:
    """Every tensor of the file with the name of the weight that it is."""
    import gguf

    numbers = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(numbers[file.architecture], model.config.num_hidden_layers)
    places: dict[str, str] = {}
    for name in model.state_dict():
        stem, dot, end = name.rpartition(".")
        # gguf knows some models without what they hang from.
        known = names.get_name(stem) or names.get_name(stem.partition(".")[2])
        if known is not None:
            places[f"{known}{dot}{end}"] = name
    if model.config.tie_word_embeddings:
        places.pop("output.weight", None)
    weights = [tensor for tensor in file.tensors if tensor.name != _FREQUENCIES]
    extra = [tensor.name for tensor in weights if tensor.name not in places]
    if extra:
        raise ModelUnavailable(
            _(
                "{source} holds {tensor}, which the architecture {name} has no place for.",
                source=spec.source,
                tensor=extra[0],
                name=file.architecture,
            ),
            fix=_("Name the Hugging Face checkpoint instead, with a method."),
        )
    return [(tensor, places[tensor.name]) for tensor in weights]


def _weights(file: GgufFile, tensor: Tensor, config: PreTrainedConfig) -> Weights:
    """A tensor's numbers as transformers lays them out, in the type that holds them exactly."""
    import numpy as np
    import torch

    numbers, name = file.numbers(tensor), tensor.name
    heads = config.num_attention_heads
    if file.architecture == "llama" and re.search(r"\.attn_[qk]\.", name):
        # llama.cpp turns neighbouring pairs, transformers the halves of a head.
        heads = heads if ".attn_q." in name else config.num_key_value_heads
        pairs = numbers.reshape(heads, -1, 2, *numbers.shape[1:])
        numbers = pairs.swapaxes(1, 2).reshape(numbers.shape)
    elif file.architecture.startswith("gemma") and name.endswith("norm.weight"):
        numbers = numbers - 1
    elif file.architecture == "gpt2" and re.search(r"(attn_qkv|attn_output|ffn_\w+)\.w", name):
        numbers = numbers.T
    elif file.architecture == "bloom" and ".attn_qkv." in name:
        parts = numbers.reshape(3, heads, -1, *numbers.shape[1:])
        numbers = parts.swapaxes(0, 1).reshape(numbers.shape)
    found = torch.from_numpy(np.array(numbers, order="C"))
    for half, kind in (("F16", torch.float16), ("BF16", torch.bfloat16)):
        if tensor.type == half and bool((found.to(kind).float() == found).all()):
            return found.to(kind)
    return found


class _Shards:
    """Writes weights as they come, a gigabyte at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, Weights] = {}
        self._map: dict[str, str] = {}
        self._number = 0

    def add(self, name: str, weights: Weights) -> None:
        """Keep one, and write what is held if it is enough."""
        self._held[name] = weights
        if sum(one.nbytes for one in self._held.values()) >= _SHARD:
            self._flush()

    def _flush(self) -> None:
        from safetensors.torch import save_file

        self._number += 1
        name = f"model-{self._number:05}.safetensors"
        save_file(self._held, self._folder / name, metadata={"format": "pt"})
        self._map |= dict.fromkeys(self._held, name)
        self._held = {}

    def finish(self) -> None:
        """Write the rest; one file goes by its usual name, several by an index."""
        if self._held:
            self._flush()
        if self._number == 1:
            (only,) = self._folder.glob("*.safetensors")
            only.rename(self._folder / "model.safetensors")
            return
        size = sum(path.stat().st_size for path in self._folder.glob("*.safetensors"))
        index = {"metadata": {"total_size": size}, "weight_map": self._map}
        _write(self._folder / "model.safetensors.index.json", index)


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < 1.1 * needed:
        raise ModelUnavailable(
            _(
                "{folder} has {free} free and the converted model takes {needed}.",
                folder=folder.parent,
                free=size_in_words(free),
                needed=size_in_words(needed),
            ),
            fix=_("Make room there, or let FAIRVIZ_CACHE name a folder on another disk."),
        )


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
