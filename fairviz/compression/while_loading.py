"""The methods of bitsandbytes, which are applied while a model is loaded."""

from __future__ import annotations

from typing import Any

# LLM.int8()'s, of the paper: activations beyond it are multiplied in 16 bits.
OUTLIER_THRESHOLD = 6.0


def int8(dtype: str) -> dict[str, Any]:
    """8-bit weights and activations, outliers apart."""
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=OUTLIER_THRESHOLD)
    return {"quantization_config": config}


def four_bit(kind: str, dtype: str) -> dict[str, Any]:
    """4-bit weights in blocks of 64 that share a scale; `nf4` or `fp4`, computed in `dtype`."""
    import torch
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=kind,
        bnb_4bit_compute_dtype=getattr(torch, dtype),
    )
    return {"quantization_config": config}
