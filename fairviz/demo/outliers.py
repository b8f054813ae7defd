"""Outlier channels, planted without changing what the model says.

Large language models grow a few hidden channels far larger than the rest, and these are what makes
quantization and pruning costly (Dettmers et al. 2022, LLM.int8(), arXiv 2208.07339). A model this
small grows none. Behind a layer norm they can be planted exactly: a gain multiplied by s and the
weights that read that channel divided by s leave every output as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import BloomForCausalLM

SPREAD = 0.8


def plant(model: BloomForCausalLM, seed: int) -> None:
    """Scales each channel behind each layer norm by exp(SPREAD z), z standard normal, in place."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    blocks: Any = model.transformer.h
    for block in blocks:
        for norm, linear in (
            (block.input_layernorm, block.self_attention.query_key_value),
            (block.post_attention_layernorm, block.mlp.dense_h_to_4h),
        ):
            scale = torch.exp(SPREAD * torch.randn(norm.weight.shape, generator=generator))
            norm.weight.data *= scale
            norm.bias.data *= scale
            linear.weight.data /= scale
