"""The language-model head on one or two rows, as fast as the weights can be read.

On a CPU, `Linear` on one row runs a matrix-vector routine that uses a third of the
memory bandwidth; the same product written as weight times a block of at least two
columns uses all of it. At 250,880 x 512 that is 15 ms instead of 42 ms for one row and
instead of 88 ms for two (figures of one machine; `bench/decode.py` measures yours).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

_FEW = 4


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


@contextmanager
def fast_head(model: PreTrainedModel) -> Iterator[None]:
    """While open, the model's head computes few rows in the fast way.

    Only a plain float32 `Linear` on the CPU is replaced, and only its product: whatever
    the model does around it (scaling, soft caps) stays.
    """
    import torch

    head: Any = model.get_output_embeddings()
    plain = (
        type(head) is torch.nn.Linear
        and "forward" not in vars(head)
        and head.weight.device.type == "cpu"
        and head.weight.dtype == torch.float32
    )
    if not plain:
        yield
        return
    head.forward = lambda rows: few_rows_linear(rows, head.weight, head.bias)
    try:
        yield
    finally:
        del head.forward
