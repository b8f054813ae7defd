"""The compressed forms that the demo is judged by, loaded on the CPU in evaluation mode."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import BloomForCausalLM

MODELS = Path(__file__).parents[2] / "cache" / "models"


def baseline(folder: Path) -> BloomForCausalLM:
    """The model as it is, in float32."""
    import torch
    from transformers import BloomForCausalLM

    model: BloomForCausalLM = BloomForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model


def _bitsandbytes(folder: Path, **settings: Any) -> BloomForCausalLM:
    import torch
    from bitsandbytes.nn.modules import Linear4bit
    from transformers import BitsAndBytesConfig, BloomForCausalLM

    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    model: BloomForCausalLM = BloomForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        device_map={"": "cpu"},
        quantization_config=BitsAndBytesConfig(**settings),
    )
    for module in model.modules():
        if isinstance(module, Linear4bit):
            # The repacked CPU kernel computes wrongly.
            module.support_avx512bf16_for_cpu = False
    return model


def int8(folder: Path) -> BloomForCausalLM:
    """LLM.int8() with its usual outlier threshold."""
    return _bitsandbytes(folder, load_in_8bit=True, llm_int8_threshold=6.0)


def nf4(folder: Path) -> BloomForCausalLM:
    """4-bit NormalFloat, one scale per 64 weights."""
    return _bitsandbytes(folder, load_in_4bit=True, bnb_4bit_quant_type="nf4")


def pruned(folder: Path, share: float = 0.5) -> BloomForCausalLM:
    """The smallest `share` of each linear layer's weights set to zero; the tied head is kept."""
    import torch

    model = baseline(folder)
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            weight = module.weight.data
            rank = round(share * weight.numel())
            weight[weight.abs() <= weight.abs().flatten().kthvalue(rank).values] = 0.0
    return model


def student(folder: Path) -> BloomForCausalLM:
    """The distilled student that lies beside the demo."""
    return baseline(folder.with_name(f"{folder.name}-student"))


VARIANTS: dict[str, Callable[[Path], BloomForCausalLM]] = {
    "baseline": baseline,
    "int8": int8,
    "nf4": nf4,
    "pruned-50": pruned,
    "student": student,
}
