"""The language-model head: in float32 whatever the model's type, and fast on one or two rows.

Logits in bfloat16 have 8 bits: near 20 they lie 0.125 nats apart, so that the first two are often
equal and every distribution is off by more than some methods change it. The final hidden states
and the weights are numbers of 8 bits too, but their products and sums are not. So a half-precision
model's product is taken in float32, with the weights cast a piece at a time.

On a CPU, `Linear` on one row runs a matrix-vector routine that uses a third of the
memory bandwidth; the same product written as weight times a block of at least two
columns uses all of it. At 250,880 x 512 that is 15 ms instead of 42 ms for one row and
instead of 88 ms for two (figures of one machine; `bench/decode.py` measures yours). The layers
below the head gain likewise when a text is written: those of SmolLM2 take 23 ms for two rows
instead of 52, and of 36 for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

_FEW = 4
# Weights that are cast at once: 8 MB in float32 stay in the cache of a CPU; a GPU wants more.
_PIECE, _PIECE_CUDA = 2**21, 2**25


def few_rows_linear(rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """rows @ weight.T + bias for (..., H) rows and a (V, H) weight.

    One row is computed as a block of two equal ones; more than four go the usual way.
    """
    import torch

    flat = rows.reshape(-1, rows.shape[-1])
    count = flat.shape[0]
    if count > _FEW:
        return torch.nn.functional.linear(rows, weight, bias)
    block = flat.repeat(2, 1) if count == 1 else flat.contiguous()
    out = torch.mm(weight, block.T).T[:count].contiguous()
    if bias is not None:
        out += bias
    return out.view(*rows.shape[:-1], weight.shape[0])


def is_half(weight: Tensor) -> bool:
    """Whether these weights are bfloat16 or float16."""
    return weight.is_floating_point() and weight.element_size() == 2


def float32_linear(
    rows: Tensor, weight: Tensor, bias: Tensor | None, out: Tensor | None = None
) -> Tensor:
    """rows @ weight.T + bias in float32, for half-precision (..., H) rows and a (V, H) weight.

    Args:
        rows: The final hidden states.
        weight: The head's; a piece of it is cast at a time and no copy is kept.
        bias: Of the head.
        out: Where to put the (R, V) product.
    """
    import torch

    size, width = weight.shape
    flat = rows.reshape(-1, width).float()
    if out is None:
        out = flat.new_empty((len(flat), size))
    step = max(1, (_PIECE_CUDA if weight.is_cuda else _PIECE) // width)
    for start in range(0, size, step):
        here = slice(start, start + step)
        piece = weight[here].float()
        if len(flat) <= _FEW and not weight.is_cuda:
            out[:, here] = few_rows_linear(flat, piece, None)
        else:
            out[:, here] = torch.mm(flat, piece.t())
    if bias is not None:
        out += bias.float()
    return out.view(*rows.shape[:-1], size)


@contextmanager
def fast_head(model: PreTrainedModel) -> Iterator[None]:
    """While open, the model's head gives float32 logits, and computes few rows in the fast way.

    Only a plain `Linear` is replaced, and only its product: whatever the model does around it
    (scaling, soft caps) stays, and is done in float32 too.
    """
    head: Any = model.get_output_embeddings()
    weight, bias = (head.weight, head.bias) if _plain(head) else (None, None)
    product: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    if weight is not None and is_half(weight):
        product = float32_linear
    elif weight is not None and _float32_on_cpu(weight):
        product = few_rows_linear
    else:
        yield
        return
    setattr(head, "forward", lambda rows: product(rows, weight, bias))  # noqa: B010 a method
    try:
        yield
    finally:
        del head.forward


@contextmanager
def fast_layers(model: PreTrainedModel) -> Iterator[None]:
    """`fast_head`, and the plain float32 layers of a model on a CPU compute few rows as fast."""
    with fast_head(model):
        modules: Iterator[Any] = model.modules()
        layers = [one for one in modules if _plain(one) and _float32_on_cpu(one.weight)]
        for layer in layers:
            layer.forward = partial(few_rows_linear, weight=layer.weight, bias=layer.bias)
        try:
            yield
        finally:
            for layer in layers:
                del layer.forward


def _plain(layer: Any) -> bool:
    import torch

    return type(layer) is torch.nn.Linear and "forward" not in vars(layer)


def _float32_on_cpu(weight: Tensor) -> bool:
    import torch

    return weight.device.type == "cpu" and weight.dtype == torch.float32
