"""LLM.int8(): 8-bit weights and activations, outliers apart."""

from __future__ import annotations

from typing import Any

from fairviz.compression.method import Method
from fairviz.i18n import N_

# The paper's threshold: activations beyond it are multiplied in 16 bits.
OUTLIER_THRESHOLD = 6.0
BITSANDBYTES = {"bitsandbytes": "pip install bitsandbytes==0.50.2"}


def _arguments(dtype: str) -> dict[str, Any]:
    from transformers import BitsAndBytesConfig

    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_8bit=True, llm_int8_threshold=OUTLIER_THRESHOLD
        )
    }


INT8 = Method(
    name="int8",
    title=N_("8-bit, LLM.int8()"),
    family=N_("quantization"),
    bits=8,
    meaning=N_(
        "Weights of the linear layers as 8-bit integers with one scale a row; activations "
        "beyond 6.0 are multiplied in 16 bits. The method of the paper's example."
    ),
    paper="Dettmers et al. 2022, LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale",
    does=N_(
        "Weights are rounded to 8 bits with one scale a row, activations with one scale a token, "
        "and multiplied as integers. Columns of the activations that go beyond 6.0 are left out of "
        "that and multiplied in 16 bits, because a few such outliers carry much of a large model. "
        "Nothing is read and nothing is kept: it is done while the model is loaded."
    ),
    forms=("int8",),
    cost=N_("None to make; slower than 16 bits on most GPUs, half the memory."),
    needs=BITSANDBYTES,
    devices=("cuda", "cpu"),
    # A column is taken out for all rows where one row goes beyond the threshold.
    batch_invariant=False,
    linear_only=True,
    load_arguments=_arguments,
)
