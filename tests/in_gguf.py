"""GGUF files as llama.cpp's converter writes them, of tiny models of transformers.

The names and the rearrangements are those of its `convert_hf_to_gguf.py`, written out by hand.
"""

import json
import re

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

_DECODER = {
    r"model\.embed_tokens\.": "token_embd.",
    r"model\.norm\.": "output_norm.",
    r"lm_head\.": "output.",
    r"model\.layers\.(\d+)\.input_layernorm\.": r"blk.\1.attn_norm.",
    r"model\.layers\.(\d+)\.self_attn\.([qkv])_proj\.": r"blk.\1.attn_\2.",
    r"model\.layers\.(\d+)\.self_attn\.([qk])_norm\.": r"blk.\1.attn_\2_norm.",
    r"model\.layers\.(\d+)\.self_attn\.o_proj\.": r"blk.\1.attn_output.",
    r"model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj\.": r"blk.\1.ffn_\2.",
    r"model\.layers\.(\d+)\.post_attention_layernorm\.": r"blk.\1.ffn_norm.",
}
_GEMMA = _DECODER | {
    r"model\.layers\.(\d+)\.post_attention_layernorm\.": r"blk.\1.post_attention_norm.",
    r"model\.layers\.(\d+)\.pre_feedforward_layernorm\.": r"blk.\1.ffn_norm.",
    r"model\.layers\.(\d+)\.post_feedforward_layernorm\.": r"blk.\1.post_ffw_norm.",
}
_NAMES = {
    "llama": _DECODER,
    "qwen2": _DECODER,
    "qwen3": _DECODER,
    "gemma2": _GEMMA,
    "gemma3": _GEMMA,
    "gpt2": {
        r"transformer\.wte\.": "token_embd.",
        r"transformer\.wpe\.": "position_embd.",
        r"transformer\.ln_f\.": "output_norm.",
        r"transformer\.h\.(\d+)\.ln_1\.": r"blk.\1.attn_norm.",
        r"transformer\.h\.(\d+)\.attn\.c_attn\.": r"blk.\1.attn_qkv.",
        r"transformer\.h\.(\d+)\.attn\.c_proj\.": r"blk.\1.attn_output.",
        r"transformer\.h\.(\d+)\.ln_2\.": r"blk.\1.ffn_norm.",
        r"transformer\.h\.(\d+)\.mlp\.c_fc\.": r"blk.\1.ffn_up.",
        r"transformer\.h\.(\d+)\.mlp\.c_proj\.": r"blk.\1.ffn_down.",
    },
    "bloom": {
        r"transformer\.word_embeddings\.": "token_embd.",
        r"transformer\.word_embeddings_layernorm\.": "token_embd_norm.",
        r"transformer\.ln_f\.": "output_norm.",
        r"transformer\.h\.(\d+)\.input_layernorm\.": r"blk.\1.attn_norm.",
        r"transformer\.h\.(\d+)\.self_attention\.query_key_value\.": r"blk.\1.attn_qkv.",
        r"transformer\.h\.(\d+)\.self_attention\.dense\.": r"blk.\1.attn_output.",
        r"transformer\.h\.(\d+)\.post_attention_layernorm\.": r"blk.\1.ffn_norm.",
        r"transformer\.h\.(\d+)\.mlp\.dense_h_to_4h\.": r"blk.\1.ffn_up.",
        r"transformer\.h\.(\d+)\.mlp\.dense_4h_to_h\.": r"blk.\1.ffn_down.",
    },
}
_KINDS = gguf.GGMLQuantizationType


def write(path, folder, architecture, kind="F16", change=None, settings=None):
    """Write the model of a folder as a GGUF file; its matrices in one type.

    Args:
        path: Of the file.
        folder: Of a model of transformers.
        architecture: As llama.cpp calls it.
        kind: Type of the matrices; vectors are always of 32 bits.
        change: Name and rows of a tensor -> other rows, before it is rounded.
        settings: More of these, by key.
    """
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    config, writer = model.config, gguf.GGUFWriter(path, architecture)
    writer.add_name("tiny")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    if hasattr(config, "max_position_embeddings"):
        writer.add_context_length(config.max_position_embeddings)
    if hasattr(config, "intermediate_size"):
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        rope = config.rope_parameters
        rope = rope.get("full_attention", rope)
        writer.add_rope_freq_base(rope["rope_theta"])
        if getattr(config, "head_dim", None):
            writer.add_key_length(config.head_dim)
    else:
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    if architecture.startswith("gemma"):
        writer.add_sliding_window(config.sliding_window)
    for key, value in (settings or {}).items():
        add = {str: writer.add_string, int: writer.add_uint32, float: writer.add_float32}
        add[type(value)](key, value)
    _add_tokens(writer, folder)
    tied = config.tie_word_embeddings
    for name, tensor in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        title = _title(architecture, name)
        rows = _as_llama_cpp(architecture, title, tensor.numpy(), config)
        if change:
            rows = change(title, rows)
        if rows.ndim == 1:
            writer.add_tensor(title, rows.astype(np.float32))
        elif kind in ("F16", "F32"):
            writer.add_tensor(title, rows.astype(np.float16 if kind == "F16" else np.float32))
        else:
            writer.add_tensor(title, _rounded(rows, _KINDS[kind]), raw_dtype=_KINDS[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _rounded(rows, kind):
    """Blocks of a type; of one that gguf-py only reads, any bytes with sound scales."""
    try:
        return gguf.quantize(rows.astype(np.float32), kind)
    except NotImplementedError:
        block, size = gguf.GGML_QUANT_SIZES[kind]
        drawn = np.random.default_rng(0).integers(0, 256, (rows.size // block, size), np.uint8)
        # Wherever a scale is read, no number of 16 bits is NaN or large.
        drawn[:, 1::2] &= 0x2B
        return drawn.reshape(*rows.shape[:-1], -1)


def _title(architecture, name):
    for pattern, title in _NAMES[architecture].items():
        if re.match(pattern, name):
            return re.sub(pattern, title, name)
    raise AssertionError(name)


def _as_llama_cpp(architecture, title, rows, config):
    heads = config.num_attention_heads
    if architecture == "llama" and re.search(r"attn_[qk]\.", title):
        heads = heads if "attn_q." in title else config.num_key_value_heads
        halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
        return halves.swapaxes(1, 2).reshape(rows.shape)
    if architecture.startswith("gemma") and title.endswith("norm.weight"):
        return rows + 1
    if architecture == "gpt2" and re.search(r"(qkv|attn_output|up|down)\.weight", title):
        return rows.T
    if architecture == "bloom" and "attn_qkv" in title:
        width = config.hidden_size // heads
        parts = rows.reshape(heads, 3, width, *rows.shape[1:])
        return np.concatenate(
            [parts[:, one].reshape(heads * width, *rows.shape[1:]) for one in range(3)]
        )
    return rows


def _add_tokens(writer, folder):
    """The tokenizer of a folder, as the converter stores those over bytes and of SentencePiece."""
    book = json.loads((folder / "tokenizer.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    names = {number: token for token, number in tokenizer.get_vocab().items()}
    tokens = [names[number] for number in range(len(names))]
    special = {one["id"] for one in book["added_tokens"] if one["special"]}
    by_bytes = book["pre_tokenizer"] is not None
    kinds = [
        3 if number in special else 6 if re.fullmatch(r"<0x..>", token) else 1
        for number, token in enumerate(tokens)
    ]
    writer.add_tokenizer_model("gpt2" if by_bytes else "llama")
    writer.add_tokenizer_pre("gpt-2" if by_bytes else "default")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    if by_bytes:
        merges = book["model"]["merges"]
        writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in merges])
    else:
        # As SentencePiece scores those that are merged: the earlier, the better.
        order = {"".join(pair): -float(rank) for rank, pair in enumerate(book["model"]["merges"])}
        writer.add_token_scores([order.get(token, -1e9) for token in tokens])
    for role in ("bos", "eos"):
        if (number := getattr(tokenizer, f"{role}_token_id")) is not None:
            getattr(writer, f"add_{role}_token_id")(number)
    writer.add_add_bos_token(tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id)
