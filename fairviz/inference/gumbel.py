"""Which token is written next: greedy, or drawn with noise that both models share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairviz.core.specs import Decoding

if TYPE_CHECKING:
    from torch import Tensor


def gumbel(seed: int, step: int, width: int) -> Tensor:
    """(V,) standard Gumbel noise of one step, the same on every device.

    argmax(log p + noise) is a draw from p (Gumbel 1954). Two models that get the same
    noise draw the same token where their distributions are equal, so a divergence is
    owed to the distributions and not to luck.
    """
    import torch

    # Splitmix64's odd constant spreads consecutive steps over the seeds.
    mixed = (seed + (step + 1) * 0x9E3779B97F4A7C15) % 2**63
    generator = torch.Generator().manual_seed(mixed)
    uniform = torch.rand(width, generator=generator, dtype=torch.float64)
    return uniform.clamp_(min=1e-300).log_().neg_().log_().neg_()


def penalized(logits: Tensor, context: Sequence[int], penalty: float) -> Tensor:
    """(V,) logits with the repetition penalty of Keskar et al. 2019 (1 is off)."""
    import torch

    if penalty == 1:
        return logits
    seen = torch.tensor(sorted(set(context)), device=logits.device)
    scores = logits[seen]
    changed = torch.where(scores < 0, scores * penalty, scores / penalty)
    return logits.index_copy(0, seen, changed)


def filtered(scores: Tensor, top_k: int, top_p: float) -> Tensor:
    """(V,) scores with those that may not be drawn at minus infinity.

    First the `top_k` best are kept, then of these the fewest whose mass reaches `top_p`.
    """
    import torch

    if 0 < top_k < scores.shape[0]:
        scores = scores.masked_fill(scores < scores.topk(top_k).values[-1], -torch.inf)
    if top_p < 1:
        ordered = _descending(scores)
        mass = ordered.softmax(-1)
        kept = mass.cumsum(-1) - mass < top_p
        number = int(kept.sum())
        least = ordered[number - 1]
        above = scores >= least
        if bool(kept[:number].all()) and int(above.sum()) == number:
            return scores.masked_fill(~above, -torch.inf)
        # Equal scores at the border, of which the sorting keeps the first.
        order = scores.sort(descending=True).indices
        scores = scores.index_fill(0, order[~kept], -torch.inf)
    return scores


def _descending(scores: Tensor) -> Tensor:
    """All scores, the largest first; on a CPU by numpy, which takes a third of torch's time."""
    import numpy as np
    import torch

    if scores.device.type != "cpu" or scores.dtype == torch.bfloat16:
        return scores.sort(descending=True).values
    return torch.from_numpy(np.sort(scores.numpy())[::-1].copy())


def choose(logits: Tensor, context: Sequence[int], decoding: Decoding, noise: Tensor | None) -> int:
    """The next token's id.

    Args:
        logits: (V,) of the model that writes.
        context: Prompt and text so far, for the repetition penalty.
        decoding: Temperature and filters; greedy ignores the noise.
        noise: (V,) Gumbel noise of this step; None when greedy.
    """
    scores = penalized(logits, context, decoding.repetition_penalty)
    if noise is not None:
        scores = filtered(scores / decoding.temperature, decoding.top_k, decoding.top_p)
        scores = scores.cpu().double().log_softmax(-1) + noise
    return int(scores.argmax())
