"""Which token is written next: greedy, or drawn with noise that both models share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairviz.core.specs import Decoding
from fairviz.metrics.reference import precision

if TYPE_CHECKING:
    import torch
    from torch import Tensor


# Words whose score is so far below the largest are looked at last: they are most, and hold little.
_FAR = 8.0
# Masses nearer than this to the one that is asked for are told apart as the whole sorting tells.
_DOUBT = 1e-5


def gumbel(seed: int, step: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """(V,) standard Gumbel noise of one step, the same on every device.

    The generator is a CPU's, whose numbers no other device can draw, so that a seed gives its
    texts everywhere and for ever; they are carried to the device while it computes, and made noise
    there. A device without float64 gets none: what is drawn is drawn beside it.

    argmax(log p + noise) is a draw from p (Gumbel 1954). Two models that get the same
    noise draw the same token where their distributions are equal, so a divergence is
    owed to the distributions and not to luck.
    """
    import torch

    # Splitmix64's odd constant spreads consecutive steps over the seeds.
    mixed = (seed + (step + 1) * 0x9E3779B97F4A7C15) % 2**63
    generator = torch.Generator().manual_seed(mixed)
    uniform = torch.rand(width, generator=generator, dtype=torch.float64)
    uniform = uniform.to(_drawing(device), non_blocking=True)
    return uniform.clamp_(min=1e-300).log_().neg_().log_().neg_()


def _drawing(device: torch.device | str) -> torch.device:
    """Where noise is added to the scores of a device."""
    import torch

    device = torch.device(device)
    return device if precision(device.type) == "float64" else torch.device("cpu")


def penalized(logits: Tensor, context: Sequence[int], penalty: float) -> Tensor:
    """(V,) logits with the repetition penalty of Keskar et al. 2019 (1 is off)."""
    import torch

    if penalty == 1:
        return logits
    seen = torch.tensor(sorted(set(context))).to(logits.device, non_blocking=True)
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
        least = _least(scores, top_p) if scores.device.type == "cpu" else None
        if least is not None:
            return scores.masked_fill(scores < least, -torch.inf)
        ordered, order = scores.sort(descending=True)
        mass = ordered.softmax(-1)
        kept = mass.cumsum(-1) - mass < top_p
        scores = scores.scatter(0, order, ordered.masked_fill(~kept, -torch.inf))
    return scores


def _least(scores: Tensor, top_p: float) -> Tensor | None:
    """The smallest score that is kept, from a sorting of the large ones alone.

    None where they do not tell for sure: where their mass is not enough, where a word's place is
    within rounding of the border, and where equal scores lie on both sides of it.
    """
    import torch

    most = scores.max()
    whole = (scores - most).exp_().sum(dtype=torch.float64)
    ordered = scores[scores > most - _FAR].sort(descending=True).values
    mass = (ordered.double() - most).exp_()
    before = (mass.cumsum(0) - mass) / whole
    number = int((before < top_p).sum())
    if not 0 < number < len(ordered) or ordered[number] == ordered[number - 1]:
        return None
    near = (before[number - 1 : number + 1] - top_p).abs().min()
    return None if near < _DOUBT else ordered[number - 1]


def chosen(
    logits: Tensor, context: Sequence[int], decoding: Decoding, noise: Tensor | None
) -> Tensor:
    """The next token's id, which a GPU is not waited for.

    Args:
        logits: (V,) of the model that writes.
        context: Prompt and text so far, for the repetition penalty.
        decoding: Temperature and filters; greedy ignores the noise.
        noise: (V,) Gumbel noise of this step; None when greedy.
    """
    scores = penalized(logits, context, decoding.repetition_penalty)
    if noise is not None:
        scores = filtered(scores / decoding.temperature, decoding.top_k, decoding.top_p)
        scores = scores.to(_drawing(scores.device)).double().log_softmax(-1)
        scores = scores + noise.to(scores.device, non_blocking=True)
    return scores.argmax()


def choose(logits: Tensor, context: Sequence[int], decoding: Decoding, noise: Tensor | None) -> int:
    """`chosen` as a number."""
    return int(chosen(logits, context, decoding, noise))
