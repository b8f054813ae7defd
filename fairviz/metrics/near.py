"""Distances of two distributions that are near, whose digits plain differences would lose.

See `fused.py`: over the mixture M = (P + Q) / 2, with y half the difference ln q - ln p, every sum
is of terms that are 0 where y is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairviz.metrics.series import BEND, REACH, TANH, series, terms_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# 2^-10000 is 0: a floor that keeps 0 * ln 0 from becoming NaN where a logit is -inf.
FLOOR = -1e4


def near(
    p: Tensor,
    q: Tensor,
    half: Tensor,
    mixture: Tensor,
    scale: Tensor,
    lanes: Tensor,
    spare: Tensor,
    *,
    ruled_out: bool,
) -> tuple[Tensor, ...]:
    """KL both ways, JS, and the variance of d under P, of near distributions, each (R,).

    Args:
        p: (R, B, columns) logits of P in blocks, float32.
        q: Likewise of Q.
        half: (R,) half of how far ln P's normalizer is above Q's.
        mixture: (R, B, columns) the mixture M, but for its scale.
        scale: (R,) its scale.
        lanes: (R, B, 3, columns) that are written over.
        spare: (R, B, 1, columns) that are written over.
        ruled_out: Whether some logits may be -inf.
    """
    import torch

    even, odd, y = lanes.unbind(2)
    # From the logits themselves: equal ones are 0 apart, and near ones exactly what they are.
    torch.sub(q, p, out=y)
    torch.add(half.to(y.dtype)[:, None, None], y, alpha=0.5, out=y)
    if ruled_out:
        # Words that both rule out, and words that one does.
        y.nan_to_num_(nan=0.0, posinf=-FLOOR, neginf=FLOOR)
    square = torch.mul(y, y, out=even)
    most = float(square.amax())
    beyond = _beyond(y, square, mixture) if most > REACH**2 else None
    terms = terms_of(min(most, REACH**2))
    tanh = series(TANH[:terms], square, odd).mul_(square)
    series(BEND[:terms], square, spare[:, :, 0]).mul_(square)
    torch.addcmul(square, square, tanh, out=even)
    tanh.mul_(y)
    sums = [wide(torch.matmul(one, mixture[..., None])[..., 0]) for one in (lanes, spare)]
    # E_P[y^2] is E_M[y^2 (1 - tanh y)].
    torch.sub(y, even, out=odd).mul_(y)
    sums.append(wide(torch.matmul(lanes[:, :, 1:2], mixture[..., None])[..., 0]))
    found = torch.cat(sums, dim=-1)
    if beyond is not None:
        found += beyond
    means = found * scale[:, None]
    product, odd_part, first, js, square = means.unbind(-1)
    # E_M[tanh y] is 0 but for an error of the normalizers, whose square is in the others.
    error = (first + odd_part).square()
    return (
        2 * (product + odd_part) - error,
        2 * (product - odd_part) - error,
        js - error / 2,
        4 * (square - (first - product).square()),
    )


def _beyond(y: Tensor, square: Tensor, mixture: Tensor) -> Tensor:
    """What the places too far for the series add to each sum, (R, 5); they become 0 in `y`."""
    import torch

    far = square > REACH**2
    there, weight = y[far], mixture[far]
    for one in (y, square):
        one.masked_fill_(far, 0.0)
    tanh, size = there.tanh(), there.abs()
    product = there * tanh
    log_cosh = (-2 * size).exp_().log1p_().add_(size).sub_(math.log(2))
    parts = (product, tanh - there, there, product - log_cosh, there * (there - product))
    sums = [(weight * part).to(widest(y)).cumsum(0) for part in parts]
    ends = far.sum(dim=(1, 2)).cumsum(0)
    whole = torch.stack([torch.nn.functional.pad(one, (1, 0))[ends] for one in sums], dim=1)
    return whole.diff(dim=0, prepend=whole.new_zeros((1, len(parts))))


def widest(like: Tensor) -> torch.dtype:
    """The widest float of a device."""
    import torch

    return torch.float32 if like.device.type == "mps" else torch.float64


def wide(sums: Tensor) -> Tensor:
    """Sums of blocks, added up: (R, B, ...) -> (R, ...)."""
    return sums.sum(dim=1, dtype=widest(sums))
