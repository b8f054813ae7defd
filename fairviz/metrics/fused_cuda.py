"""The reduction of `reduction.py` on a GPU: each logit is read twice, and no array of them made.

The first reading takes, of every block of columns and of either model, the sum of exponentials
below the block's maximum, their sum weighted with the exponents (the entropy), the logits above
the target's, and the maxima of runs of columns. The second reading, which knows the row's
normalizer, adds up the distances. With d = ln q - ln p they are sums of terms that are 0 where
d is 0 and positive elsewhere, so that nothing cancels and no sum falls below 0:

    KL(P || Q) = sum of P (e^d - 1 - d),  KL(Q || P) = sum of Q (e^-d - 1 + d),
    JS = sum of (P + Q) / 2 (ln 2 - ln(1 + e) - |d| e / (1 + e)),  e = e^-|d|,

the last bracket being ln 2 minus the entropy of a coin that shows P or Q. Near 0 all three are
taken from their series. The variance of d under P is that around each block's own mean,
and of those means. A block's sums are float32; blocks are added up in float64.

Beside the two readings, the targets' logits are read to be compared with, and the k runs of
columns with the largest maxima to be sorted: k * 128 logits a row, half a percent of 250,880.
"""

from __future__ import annotations

import math
import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.metrics.fused import Reduced, Side, _side, _without
from fairviz.metrics.top import Top, same_top

try:
    import triton
    import triton.language as tl
except ImportError:
    # A machine without it can import this module to be told so by `available`.
    triton = None

if TYPE_CHECKING:
    from torch import Tensor

# Columns of which only the largest is looked at to find the top k, and how many such runs a
# program reads. Both are powers of 2, as is asked of tiles.
_RUN, _RUNS = 128, 32
_WARPS = 8
# Logits further below their row's maximum, in nats, are as far: keeps 0 * ln 0 from becoming NaN
# where a logit is -inf. As far as in `reduction.py`, -10000 bits.
_FLOOR = -1e4 * math.log(2)
_BITS = 1 / math.log(2)


def available(logits: Tensor) -> bool:
    """Whether these logits lie on a GPU that the kernels run on, and triton can compile them.

    It needs a C compiler for what starts a kernel.
    """
    import torch

    return (
        triton is not None
        and logits.is_cuda
        and any(os.environ.get("CC") or shutil.which(name) for name in ("cc", "gcc", "clang"))
        and torch.cuda.get_device_capability(logits.device) >= (7, 0)
    )


def reduce_cuda(p: Tensor, q: Tensor, targets: Tensor, k: int = 10) -> Reduced:
    """Everything measured of the tokens `targets`, whose distributions these logits are.

    Args:
        p: (R, V) logits of the baseline: float32, float16 or bfloat16 with any strides; R > 0.
        q: (R, V) logits of the compressed model, on the same device.
        targets: (R,) token ids.
        k: How many of the most likely tokens are kept; at most V.

    Returns:
        Float64 fields. A row with a logit of NaN or +inf, or of -inf alone, is NaN (rank 0).
    """
    import torch

    # Kernels run on the current device, which need not be that of the logits.
    with torch.cuda.device_of(p):
        first, second = _survey(p, targets), _survey(q, targets)
        kl, reverse, js, collision, variance = _distances(p, q, first, second)
        best_p, best_q = _top(p, first.maxima, k), _top(q, second.maxima, k)
        found = Reduced(
            _measured(first, best_p),
            _measured(second, best_q),
            kl,
            reverse,
            js.clamp(max=math.log(2)),
            same_top(p, q, best_p, best_q),
            collision.clamp(max=1),
            variance,
        )
        # The mass of a row with a NaN is NaN, whatever its largest is.
        return _without(found, *((one.most + one.mass).isfinite() for one in (first, second)))


class _Survey(NamedTuple):
    """What the first reading of one model's logits found.

    Attributes:
        own: The targets' logits, (R, 1), float32.
        maxima: The largest of each run of columns, (R, runs), float32.
        most: The largest of each row, (R,), float32.
        mass: Sum of exponentials below the row's maximum, (R,), float64.
        down: Sum of exponential times its exponent, (R,), float64, in nats.
        above: Logits above the target's, (R,), float64.
    """

    own: Tensor
    maxima: Tensor
    most: Tensor
    mass: Tensor
    down: Tensor
    above: Tensor


def _survey(logits: Tensor, targets: Tensor) -> _Survey:
    import torch

    rows, width = logits.shape
    blocks = -(-width // (_RUN * _RUNS))
    own = logits.gather(1, targets[:, None]).float()
    maxima = own.new_empty((rows, blocks, _RUNS))
    sums = own.new_empty((rows, blocks, 3))
    _survey_block[(rows, blocks)](
        logits,
        own,
        maxima,
        sums,
        width,
        *logits.stride(),
        blocks,
        FLOOR=_FLOOR,
        RUNS=_RUNS,
        RUN=_RUN,
        num_warps=_WARPS,
    )
    most = maxima.amax(dim=(1, 2))
    # From below the block's maximum to below the row's; a block of -inf alone weighs nothing.
    fall = (maxima.amax(dim=2).double() - most[:, None]).clamp(min=_FLOOR)
    mass, down, above = sums.double().unbind(-1)
    weight = fall.exp()
    return _Survey(
        own,
        maxima.flatten(1),
        most,
        (weight * mass).sum(dim=1),
        (weight * torch.addcmul(down, fall, mass)).sum(dim=1),
        above.sum(dim=1),
    )


def _distances(p: Tensor, q: Tensor, first: _Survey, second: _Survey) -> tuple[Tensor, ...]:
    """KL(P || Q), KL(Q || P), JS, sum of P^2, Var_P(d) of each row: (R,), float64, in nats."""
    import torch

    rows, width = p.shape
    blocks = -(-width // (_RUN * _RUNS))
    shift = second.mass.log() - first.mass.log()
    norms = [first.most, 1 / first.mass, second.most, 1 / second.mass, shift]
    sums = first.own.new_empty((rows, blocks, 7))
    _compare_block[(rows, blocks)](
        p,
        q,
        torch.stack([norm.float() for norm in norms], dim=1),
        sums,
        width,
        *p.stride(),
        *q.stride(),
        blocks,
        FLOOR=_FLOOR,
        BLOCK=_RUN * _RUNS,
        num_warps=_WARPS,
    )
    *others, mass, mean, around = sums.double().unbind(-1)
    whole = (mass * mean).sum(dim=1, keepdim=True) / mass.sum(dim=1, keepdim=True)
    variance = (around + mass * (mean - whole).square()).sum(dim=1)
    return *(one.sum(dim=1) for one in others), variance


def _measured(found: _Survey, best: Top) -> Side:
    return _side(found.own, best, found.mass, found.down * _BITS, found.above)


def _top(logits: Tensor, maxima: Tensor, k: int) -> Top:
    """The k largest of each row, which lie in the k runs of columns with the largest maxima."""
    import torch

    width = logits.shape[1]
    runs = maxima[:, : -(-width // _RUN)]
    chosen = runs.topk(min(k, runs.shape[1]), dim=1).indices
    places = (chosen[:, :, None] * _RUN + torch.arange(_RUN, device=chosen.device)).flatten(1)
    values = logits.gather(1, places.clamp(max=width - 1)).float()
    values.masked_fill_(places >= width, -math.inf)
    best = values.topk(min(k, width), dim=1)
    return Top(best.values, places.gather(1, best.indices))


def _kernel(written: Any) -> Any:
    return written if triton is None else triton.jit(written)


@_kernel
def _below(logits: tl.tensor, most: tl.tensor, FLOOR: tl.constexpr) -> tl.tensor:
    # Not a maximum of the two, which would take NaN for the floor.
    down = logits - most
    return tl.where(down < FLOOR, FLOOR, down)


@_kernel
def _survey_block(
    logits: tl.tensor,
    own: tl.tensor,
    maxima: tl.tensor,
    sums: tl.tensor,
    width: tl.tensor,
    row_stride: tl.tensor,
    column_stride: tl.tensor,
    blocks: tl.tensor,
    FLOOR: tl.constexpr,
    RUNS: tl.constexpr,
    RUN: tl.constexpr,
) -> None:
    # Offsets in 64 bits: logits may be more than 2^31.
    row, block = tl.program_id(0).to(tl.int64), tl.program_id(1).to(tl.int64)
    run = tl.arange(0, RUNS)
    column = block * RUNS * RUN + run[:, None] * RUN + tl.arange(0, RUN)[None, :]
    spot = logits + row * row_stride + column * column_stride
    x = tl.load(spot, mask=column < width, other=float("-inf")).to(tl.float32)
    place = row * blocks + block
    highest = tl.max(x, axis=1)
    tl.store(maxima + place * RUNS + run, highest)
    most = tl.max(highest, axis=0)
    # Where all are -inf, below 0 as well as below anything.
    down = _below(x, tl.where(most == float("-inf"), 0.0, most), FLOOR)
    exp = tl.exp(down)
    above = (x > tl.load(own + row)).to(tl.float32)
    tl.store(sums + place * 3, tl.sum(tl.sum(exp, axis=1), axis=0))
    tl.store(sums + place * 3 + 1, tl.sum(tl.sum(exp * down, axis=1), axis=0))
    tl.store(sums + place * 3 + 2, tl.sum(tl.sum(above, axis=1), axis=0))


@_kernel
def _compare_block(
    p: tl.tensor,
    q: tl.tensor,
    norms: tl.tensor,
    sums: tl.tensor,
    width: tl.tensor,
    row_stride_p: tl.tensor,
    column_stride_p: tl.tensor,
    row_stride_q: tl.tensor,
    column_stride_q: tl.tensor,
    blocks: tl.tensor,
    FLOOR: tl.constexpr,
    BLOCK: tl.constexpr,
) -> None:
    row, block = tl.program_id(0).to(tl.int64), tl.program_id(1).to(tl.int64)
    column = block * BLOCK + tl.arange(0, BLOCK)
    here, nothing = column < width, float("-inf")
    spot_p = p + row * row_stride_p + column * column_stride_p
    spot_q = q + row * row_stride_q + column * column_stride_q
    norm = norms + row * 5
    x = tl.load(spot_p, mask=here, other=nothing).to(tl.float32)
    y = tl.load(spot_q, mask=here, other=nothing).to(tl.float32)
    down_p, down_q = _below(x, tl.load(norm), FLOOR), _below(y, tl.load(norm + 2), FLOOR)
    big_p = tl.exp(down_p) * tl.load(norm + 1)
    big_q = tl.exp(down_q) * tl.load(norm + 3)
    # Differences only: a product here could be fused with a difference, and equal logits then
    # would be apart by its rounding.
    d = down_q - down_p - tl.load(norm + 4)
    near, d2 = tl.abs(d) < 0.25, d * d
    # Multiplied by constants: compilers do not divide by them as fast.
    even = 1 + d2 * (1 / 12) * (1 + d2 * (1 / 30))
    odd = d * (1 / 3) * (1 + d2 * (1 / 20) * (1 + d2 * (1 / 42)))
    half = d2 * 0.5
    kl = tl.where(near, big_p * half * (even + odd), big_q - big_p - big_p * d)
    reverse = tl.where(near, big_q * half * (even - odd), big_p - big_q + big_q * d)
    e = tl.exp(-tl.abs(d))
    far = 0.6931471805599453 - tl.log(1 + e) - tl.abs(d) * (e / (1 + e))
    bend = d2 * 0.125 * (1 - d2 * 0.125 * (1 - d2 * (1 / 9)))
    js = (big_p + big_q) * 0.5 * tl.where(near, bend, far)
    # A block's own mean first: the mean of d may be far larger than what it varies by.
    mass = tl.sum(big_p, axis=0)
    mean = tl.sum(big_p * d, axis=0) / tl.where(mass > 0, mass, 1.0)
    place = (row * blocks + block) * 7
    tl.store(sums + place, tl.sum(kl, axis=0))
    tl.store(sums + place + 1, tl.sum(reverse, axis=0))
    tl.store(sums + place + 2, tl.sum(js, axis=0))
    tl.store(sums + place + 3, tl.sum(big_p * big_p, axis=0))
    tl.store(sums + place + 4, mass)
    tl.store(sums + place + 5, mean)
    tl.store(sums + place + 6, tl.sum(big_p * (d - mean) * (d - mean), axis=0))
