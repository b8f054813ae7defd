"""How far apart two next-token distributions are. The only KL in the project.

Everything is reduced over the whole vocabulary in chunks and in float64 (float32 on
devices without it), so that shifts of 1e-7 nats are numbers and not rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

# Columns reduced at once: 65,536 float64 of two rows are 1 MB, which stays in cache.
_CHUNK = 65_536
# e^-10000 is 0 in float64: a floor that keeps 0 * ln 0 from becoming NaN.
_FLOOR = -1e4
# e^700 is still finite in float64, e^80 in float32.
_MOST = {True: 700.0, False: 80.0}


class Distance(NamedTuple):
    """Two distributions P (baseline) and Q (compressed), each field (R,), in nats.

    Attributes:
        entropy_p: H(P).
        entropy_q: H(Q).
        kl: KL(P || Q), >= 0.
        kl_reverse: KL(Q || P), >= 0.
        js: Jensen-Shannon divergence, between 0 and ln 2.
        collision: Sum of the squares of P, of no unit.
        variance: Var_P(ln q - ln p), in nats squared.
    """

    entropy_p: Tensor
    entropy_q: Tensor
    kl: Tensor
    kl_reverse: Tensor
    js: Tensor
    collision: Tensor
    variance: Tensor


def precision(device_type: str) -> str:
    """Name of the widest float that reductions use on a device."""
    return "float32" if device_type == "mps" else "float64"


def log_normalizer(logits: Tensor) -> Tensor:
    """ln sum exp over the last axis, in the wide precision: (R, V) -> (R,)."""
    import torch

    wide = getattr(torch, precision(logits.device.type))
    most = logits.max(dim=-1, keepdim=True).values
    total = torch.zeros(logits.shape[0], dtype=wide, device=logits.device)
    for chunk in torch.split(logits, _CHUNK, dim=-1):
        total += (chunk.to(wide) - most.to(wide)).exp_().sum(dim=-1)
    return total.log_() + most[:, 0].to(wide)


def distance(logits_p: Tensor, logits_q: Tensor) -> Distance:
    """Entropy, KL both ways and Jensen-Shannon of two rows of logits each.

    With d = ln q - ln p, both Jensen-Shannon terms follow from
    ln p - ln m = -ln(1 + (e^d - 1) / 2), which is exactly 0 where d is: a model
    against itself has no distance at all, not one of 1e-17.

    Args:
        logits_p: (R, V) unnormalised log-probabilities of the baseline.
        logits_q: (R, V) of the compressed model, over the same vocabulary.

    Source: Lin 1991 for Jensen-Shannon, Kullback and Leibler 1951.
    """
    import torch

    wide = getattr(torch, precision(logits_p.device.type))
    most = _MOST[wide == torch.float64]
    norm_p, norm_q = log_normalizer(logits_p)[:, None], log_normalizer(logits_q)[:, None]
    sums = torch.zeros(7, logits_p.shape[0], dtype=wide, device=logits_p.device)
    dot = torch.linalg.vecdot
    chunks = zip(torch.split(logits_p, _CHUNK, -1), torch.split(logits_q, _CHUNK, -1), strict=True)
    for chunk_p, chunk_q in chunks:
        log_p = chunk_p.to(wide).sub_(norm_p).clamp_(min=_FLOOR)
        log_q = chunk_q.to(wide).sub_(norm_q).clamp_(min=_FLOOR)
        p, q = log_p.exp(), log_q.exp()
        sums[0] -= dot(p, log_p)
        sums[1] -= dot(q, log_q)
        shift = log_q.sub_(log_p)
        sums[2] -= dot(p, shift)
        sums[5] += dot(p, p)
        sums[6] += dot(p, shift.square())
        sums[3] += dot(q, shift)
        shift.clamp_(-most, most)
        to_mixture = shift.expm1().mul_(0.5).log1p_().neg_()
        sums[4] += 0.5 * (dot(p, to_mixture) + dot(q, shift.add_(to_mixture)))
    sums[6] -= sums[2].square()
    sums.clamp_(min=0.0)
    return Distance(*sums.unbind())
