"""What llama.cpp writes of each architecture, as transformers has it: settings, names and layout.

It turns the rows of Llama's queries and keys, adds 1 to Gemma's norms, transposes what GPT-2
multiplies from the other side, and parts Bloom's attention.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fairviz.core.errors import ModelUnavailable
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models.gguf_file import GgufFile, Tensor

if TYPE_CHECKING:
    from torch import Tensor as Weights
    from transformers import PreTrainedConfig, PreTrainedModel

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


def config_of_file(spec: ModelSpec, file: GgufFile) -> PreTrainedConfig:
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


def places_of(spec: ModelSpec, file: GgufFile, model: PreTrainedModel) -> list[tuple[Tensor, str]]:
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


def weights_of(file: GgufFile, tensor: Tensor, config: PreTrainedConfig) -> Weights:
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
