"""The most likely tokens of a model, found without sorting its vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

# Columns of which only the largest is looked at to find the top k.
_SIEVE = 512


class Top(NamedTuple):
    """The k largest of each row, largest first."""

    values: Tensor
    ids: Tensor


def maxima_of(logits: Tensor) -> Tensor:
    """The largest of each block of columns, the last of which may be shorter: (R, blocks)."""
    import torch

    blocks = logits.shape[1] // _SIEVE
    whole = logits[:, : blocks * _SIEVE].unflatten(-1, (blocks, _SIEVE)).amax(dim=-1)
    rest = logits[:, blocks * _SIEVE :]
    parts = [whole, rest.amax(dim=-1, keepdim=True)] if rest.shape[1] else [whole]
    return torch.cat(parts, dim=1).float()


def top(logits: Tensor, k: int, maxima: Tensor | None = None) -> Top:
    """The k largest of each row of (R, V) logits with their places; float32 values.

    They lie in the k blocks with the largest maxima, so only those are sorted.
    """
    import torch

    rows, width = logits.shape
    blocks, k = width // _SIEVE, min(k, width)
    if blocks <= k:
        found = logits.topk(k, dim=-1)
        return Top(found.values.float(), found.indices)
    maxima = (maxima_of(logits) if maxima is None else maxima)[:, :blocks]
    whole = logits[:, : blocks * _SIEVE].unflatten(-1, (blocks, _SIEVE))
    chosen = maxima.topk(k, dim=-1).indices
    values = whole.gather(1, chosen[:, :, None].expand(-1, -1, _SIEVE)).flatten(1)
    places = (chosen[:, :, None] * _SIEVE + torch.arange(_SIEVE, device=logits.device)).flatten(1)
    rest = torch.arange(blocks * _SIEVE, width, device=logits.device)
    values = torch.cat([values, logits[:, blocks * _SIEVE :]], dim=1)
    places = torch.cat([places, rest.expand(rows, -1)], dim=1)
    best = values.topk(k, dim=-1)
    return Top(best.values.float(), places.gather(1, best.indices))


def same_top(p: Tensor, q: Tensor, first: Top, second: Top) -> Tensor:
    """Whether some token is a most likely one of both models: (R,) truth values.

    Where several tokens share the first place of a model, each of them is a most likely one; which
    of them stands first in `Top` is chance. So only a strict change is one.

    Args:
        p: (R, V) logits of the baseline.
        q: (R, V) logits of the compressed model.
        first: The baseline's most likely tokens.
        second: The compressed model's.
    """
    ours = q.gather(1, first.ids) >= q.gather(1, second.ids[:, :1])
    theirs = p.gather(1, second.ids) >= p.gather(1, first.ids[:, :1])
    return (ours & _best(first)).any(dim=1) | (theirs & _best(second)).any(dim=1)


def _best(top: Top) -> Tensor:
    return top.values >= top.values[:, :1]
