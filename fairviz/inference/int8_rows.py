"""LLM.int8() layers that compute every row as if it stood alone, in one product for all rows.

`bitsandbytes` takes out the columns in which any row of a batch exceeds the threshold, so one text
changes another's numbers (see `models.handles`). Here each row takes out its own; scales are a
row's own already, and sums of integers are exact. So a step of several texts, one token each, gives
bit for bit what each gives alone, and reads the weights once. On a CPU, where the same operations
are at hand; a GPU's kernels fuse them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


def int8_layers(model: PreTrainedModel) -> list[Any]:
    """The layers, where they are all that rows could meet in; else none.

    A product of floats rounds otherwise with two rows than with one, and what follows may turn
    that into a whole step of 8 bits. Only the head may, which nothing follows.
    """
    import torch

    head = model.get_output_embeddings()
    linear = [
        one for one in model.modules() if isinstance(one, torch.nn.Linear) and one is not head
    ]
    known = all(type(one).__name__ == "Linear8bitLt" for one in linear)
    return linear if known and model.device.type == "cpu" else []


@contextmanager
def each_row_alone(layers: list[Any]) -> Iterator[None]:
    """While open, these layers compute each row, which is one token of one text, by itself."""
    for layer in layers:
        layer.forward = partial(_forward, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _forward(layer: Any, states: Tensor) -> Tensor:
    """(..., H) hidden states to (..., O), as `bitsandbytes` computes each row alone."""
    import torch

    if layer.weight.CB is not None:
        layer.init_8bit_state()
    kept, scales = layer.state.CB, layer.state.SCB
    product: Callable[..., Tensor] = torch.ops.bitsandbytes.int8_linear_matmul.default
    rows = states.reshape(-1, states.shape[-1])
    half = rows.half()
    size = half.abs()
    beyond = size >= layer.state.threshold if layer.state.threshold > 0 else None
    if beyond is not None and bool(beyond.any()):
        half, size = half.masked_fill(beyond, 0), size.masked_fill(beyond, 0)
    else:
        beyond = None
    most = size.amax(dim=1, keepdim=True).float()
    whole = (half * (127.0 / most)).round_().to(torch.int8)
    bias = None if layer.bias is None else layer.bias.to(rows.dtype)
    out: Tensor = torch.ops.bitsandbytes.int8_mm_dequant.default(
        product(whole, kept), most, scales, dtype=rows.dtype, bias=bias
    )
    if beyond is not None:
        parts = list(out.split(1))
        for place, columns in enumerate(one.nonzero()[:, 0] for one in beyond):
            if len(columns):
                weight = torch.ops.bitsandbytes.int8_vectorwise_dequant.default(
                    kept[:, columns].contiguous(), scales
                )
                taken = rows[place, columns][None]
                parts[place] = parts[place].addmm(taken, weight.to(rows.dtype).t())
        out = torch.cat(parts)
    return out.view(*states.shape[:-1], out.shape[-1])
