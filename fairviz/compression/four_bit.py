"""4-bit weights in blocks of 64 that share a scale: NormalFloat and plain float."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fairviz.compression.int8 import BITSANDBYTES
from fairviz.compression.method import Method
from fairviz.i18n import N_


def _arguments(kind: str) -> Callable[[str], dict[str, Any]]:
    def arguments(dtype: str) -> dict[str, Any]:
        import torch
        from transformers import BitsAndBytesConfig

        return {
            "quantization_config": BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type=kind,
                bnb_4bit_compute_dtype=getattr(torch, dtype),
            )
        }

    return arguments


NF4 = Method(
    name="nf4",
    title=N_("4-bit NormalFloat"),
    family=N_("quantization"),
    bits=4,
    meaning=N_(
        "Weights of the linear layers as one of 16 values that suit a normal distribution, "
        "with one scale for 64 weights."
    ),
    paper="Dettmers et al. 2023, QLoRA: Efficient Finetuning of Quantized LLMs",
    does=N_(
        "Sixteen values are chosen so that each is hit equally often by weights that follow a "
        "normal distribution; every block of 64 weights is scaled to them and each weight goes "
        "to the nearest. The multiplication is done in 16 or 32 bits. No text is read; it is "
        "done while the model is loaded."
    ),
    forms=("nf4",),
    cost=N_("None to make; about a quarter of the memory."),
    needs=BITSANDBYTES,
    devices=("cuda", "cpu"),
    linear_only=True,
    load_arguments=_arguments("nf4"),
)

FP4 = Method(
    name="fp4",
    title=N_("4-bit float"),
    family=N_("quantization"),
    bits=4,
    meaning=N_(
        "Weights of the linear layers as 4-bit floating-point numbers, with one scale for "
        "64 weights."
    ),
    paper="Dettmers and Zettlemoyer 2023, The case for 4-bit precision",
    does=N_(
        "As NormalFloat, with the values of a 4-bit floating-point number: sign, exponent and "
        "one bit of fraction. They are closer together near zero, and further apart where large "
        "weights lie. It is done while the model is loaded."
    ),
    forms=("fp4",),
    cost=N_("None to make; about a quarter of the memory."),
    needs=BITSANDBYTES,
    devices=("cuda", "cpu"),
    linear_only=True,
    load_arguments=_arguments("fp4"),
)
