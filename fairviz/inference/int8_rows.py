"""LLM.int8() layers that compute every text as if it stood alone, in one product for all of them.

`bitsandbytes` takes out the columns in which any row of a batch exceeds the threshold, so one text
changes another's numbers (see `models.handles`). Here each text takes out its own; scales are a
row's own already, and sums of integers are exact. So texts that are equally long, and a step of
several texts, give bit for bit what each gives alone, and read the weights once. On a CPU, where
the same operations are at hand; a GPU's kernels fuse them.
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
    """The layers, where they are all that texts could meet in; else none.

    A product of floats rounds otherwise with more rows, and what follows may turn
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
def each_text_alone(layers: list[Any]) -> Iterator[None]:
    """While open, these layers compute each text of a batch by itself."""
    for layer in layers:
        layer.forward = partial(_forward, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _forward(layer: Any, states: Tensor) -> Tensor:
    """(N, T, H) hidden states to (N, T, O), as `bitsandbytes` computes each of the N alone."""
    import torch

    if layer.weight.CB is not None:
        layer.init_8bit_state()
    kept, scales = layer.state.CB, layer.state.SCB
    product: Callable[..., Tensor] = torch.ops.bitsandbytes.int8_linear_matmul.default
    half = states.half()
    size = half.abs()
    columns = None
    if layer.state.threshold > 0:
        beyond = size >= layer.state.threshold
        columns = beyond.any(dim=1)  # (N, H), of each text
        if not bool(columns.any()):
            columns = None
        else:
            size.masked_fill_(beyond, 0)
    most = size.amax(dim=-1, keepdim=True).float()
    scaled = half * (127.0 / most)
    if columns is not None:
        scaled.masked_fill_(columns[:, None], 0)
    whole = scaled.round_().to(torch.int8).view(-1, states.shape[-1])
    bias = None if layer.bias is None else layer.bias.to(states.dtype)
    out: Tensor = torch.ops.bitsandbytes.int8_mm_dequant.default(
        product(whole, kept), most.view(-1, 1), scales, dtype=states.dtype, bias=bias
    ).view(*states.shape[:-1], -1)
    if columns is not None:
        read: dict[tuple[int, ...], Tensor] = {}  # many texts have the same
        for place, own in enumerate(one.nonzero()[:, 0] for one in columns):
            if len(own):
                weight = read.get(key := tuple(own.tolist()))
                if weight is None:
                    weight = read[key] = torch.ops.bitsandbytes.int8_vectorwise_dequant.default(
                        kept[:, own].contiguous(), scales
                    ).to(states.dtype)
                out[place].addmm_(states[place, :, own], weight.t())
    return out
