"""Two models' logits to everything that is measured of a token, in few passes over each.

Rows are taken a few at a time into the same few buffers, so that what is made from their logits
stays in the cache of a CPU and no second array of the size of the logits exists. Exponentials and
products are float32, the exponentials of base 2, which is the fast one; every sum is of blocks of
float32 products added in float64. Entropies and log-probabilities are within 1e-6 nats of float64.
`distance` in `reference.py` is all float64 and serves where rows are few.

With d = ln q - ln p and y = d / 2:

    KL(P || Q) = -E_P[d],  KL(Q || P) = E_Q[d],
    JS = H((P + Q) / 2) - (H(P) + H(Q)) / 2,  Var_P(d) = E_P[(d - E_P[d])^2].

These are differences of larger numbers, and of two distributions that are near little is left of
their digits. There the same three are taken over the mixture M = (P + Q) / 2, since
q - p = 2 M tanh y:

    KL(P || Q) = 2 E_M[y tanh y + tanh y - y],  KL(Q || P) = 2 E_M[y tanh y - tanh y + y],
    JS = E_M[y tanh y - ln cosh y],  E_P[y^2] = E_M[y^2 (1 - tanh y)].

Each is exactly 0 where d is, nothing cancels, and an error of the normalizers enters squared. So
a divergence of 1e-10 nats is right to a thousandth, one of 1e-12 to a few hundredths.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

from fairviz.metrics.near import FLOOR, near, wide, widest
from fairviz.metrics.top import Top, maxima_of, same_top, top

if TYPE_CHECKING:
    from torch import Tensor

# Logits of one model taken at once: a million float32 and what is made of them are 28 MB, which a
# last-level cache holds.
_AT_ONCE = 1_050_000
# Columns per float32 sum.
_BLOCK = 4096
# Below this KL both ways, in nats, two distributions are near.
_NEAR = 1e-3
_BITS = 1 / math.log(2)


class Side(NamedTuple):
    """One model's part, each field (R,) or (R, k); natural logarithms."""

    log_prob: Tensor
    entropy: Tensor
    rank: Tensor
    margin: Tensor
    top_ids: Tensor
    top_log_probs: Tensor


class Reduced(NamedTuple):
    """Both models' parts and their distance, each of the latter (R,), in nats.

    Attributes:
        collision: Sum of the squares of P: the chance that two draws from it are one token.
        variance: Var_P(ln q - ln p), in nats squared; KL is half of it to first order.
    """

    baseline: Side
    compressed: Side
    kl: Tensor
    kl_reverse: Tensor
    js: Tensor
    same_top: Tensor
    collision: Tensor
    variance: Tensor


def reduce(p: Tensor, q: Tensor, targets: Tensor, k: int = 10) -> Reduced:
    """Everything measured of the tokens `targets`, whose distributions these logits are.

    Args:
        p: (R, V) logits of the baseline, any float type; R > 0.
        q: (R, V) logits of the compressed model, on the same device.
        targets: (R,) token ids.
        k: How many of the most likely tokens are kept; at most V.

    Returns:
        Float64 fields (float32 on devices without it). A row with a logit of NaN or +inf, or of
        -inf alone, is NaN (rank 0).
    """
    import torch

    rows, width = p.shape
    few = rows if p.is_cuda else min(rows, max(1, _AT_ONCE // width))
    desk = _desk(p.new_empty(0, dtype=torch.float32), few, width)
    own_p, own_q = (logits.gather(1, targets[:, None]).float() for logits in (p, q))
    parts, maxima, good = [], [], []
    for start in range(0, rows, few):
        here = slice(start, start + few)
        a, highest_p, good_p = _numbers(p[here].float())
        b, highest_q, good_q = _numbers(q[here].float())
        parts.append(_few(_Rows(a, own_p[here], highest_p), _Rows(b, own_q[here], highest_q), desk))
        maxima.append((highest_p, highest_q))
        good.append((good_p, good_q))
    sums = _Sums(*(torch.cat(list(field)) for field in zip(*parts, strict=True)))
    maxima_p, maxima_q = (torch.cat(list(field)) for field in zip(*maxima, strict=True))
    first, second = top(p, k, maxima_p), top(q, k, maxima_q)
    found = Reduced(
        _side(own_p, first, sums.mass_p, sums.down_p, sums.above_p),
        _side(own_q, second, sums.mass_q, sums.down_q, sums.above_q),
        sums.kl.clamp_(min=0),
        sums.kl_reverse.clamp_(min=0),
        sums.js.clamp_(0, math.log(2)),
        same_top(p, q, first, second),
        sums.collision.clamp_(max=1),
        sums.variance.clamp_(min=0),
    )
    return _without(found, *(torch.cat(list(field)) for field in zip(*good, strict=True)))


def _numbers(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The rows, their blocks' maxima, and which rows are numbers, as the maxima show.

    The others are made even, so that they disturb none of those reduced beside them.
    """
    maxima = maxima_of(logits)
    good = maxima.amax(dim=-1).isfinite()
    if not bool(good.all()):
        logits, maxima = (one.where(good[:, None], 0.0) for one in (logits, maxima))
    return logits, maxima, good


def _without(found: Reduced, good_p: Tensor, good_q: Tensor) -> Reduced:
    """NaN, a rank of 0 and no top in common where a model's row holds no numbers."""
    both = good_p & good_q
    apart = found.kl, found.kl_reverse, found.js, found.variance
    kl, reverse, js, variance = (one.where(both, math.nan) for one in apart)
    return Reduced(
        _where(found.baseline, good_p),
        _where(found.compressed, good_q),
        kl,
        reverse,
        js,
        found.same_top & both,
        found.collision.where(good_p, math.nan),
        variance,
    )


def _where(side: Side, good: Tensor) -> Side:
    log_prob, entropy, margin = (
        one.where(good, math.nan) for one in (side.log_prob, side.entropy, side.margin)
    )
    top_log_probs = side.top_log_probs.where(good[:, None], math.nan)
    return Side(log_prob, entropy, side.rank * good, margin, side.top_ids, top_log_probs)


class _Rows(NamedTuple):
    """A few rows of one model: float32 logits, the targets' own, and the blocks' maxima."""

    logits: Tensor
    own: Tensor
    maxima: Tensor


class _Sums(NamedTuple):
    """What is added up over the vocabulary, each (R,); exponentials are below the row's maximum.

    Attributes:
        mass_p: Sum of exponentials of P.
        down_p: Sum of exponential times its exponent, in bits.
        above_p: Logits above the target's.
        kl: KL(P || Q), in nats, as `kl_reverse` and `js`; still below 0 by rounding.
        collision, variance: As `Reduced`'s, still beyond their bounds by rounding.
    """

    mass_p: Tensor
    mass_q: Tensor
    down_p: Tensor
    down_q: Tensor
    above_p: Tensor
    above_q: Tensor
    kl: Tensor
    kl_reverse: Tensor
    js: Tensor
    collision: Tensor
    variance: Tensor


def _entropy(mass: Tensor, down: Tensor) -> Tensor:
    return mass.log() - down / mass / _BITS


def _side(own: Tensor, best: Top, mass: Tensor, down: Tensor, above: Tensor) -> Side:
    import torch

    most, norm = best.values[:, :1].to(mass.dtype), mass.log()
    log_best = best.values.to(mass.dtype) - most - norm[:, None]
    two = log_best[:, :2].exp()
    return Side(
        log_prob=((own.to(mass.dtype) - most)[:, 0] - norm).clamp_(max=0),
        entropy=_entropy(mass, down).clamp_(min=0),
        rank=1 + above.long(),
        margin=two[:, 0] - two[:, 1] if two.shape[1] > 1 else torch.ones_like(norm),
        top_ids=best.ids,
        top_log_probs=log_best,
    )


class _Desk:
    """Buffers of a few rows in blocks: (rows, B, lanes, columns of a block).

    Attributes:
        down: Exponents of P and of Q, and their distance.
        exp: Exponentials of P and of Q.
        floor: Whether exponents and probabilities of 0 get a floor.
        padded: Whether the last block is filled up.
    """

    def __init__(self, like: Tensor, rows: int, width: int) -> None:
        size = _block(width)
        self.blocks, self.columns = -(-width // size), size
        self._width, self.floor = width, False
        self.padded = self.blocks * self.columns > width
        self.down, self.exp = (like.new_zeros((rows, self.blocks, lanes, size)) for lanes in (3, 2))

    def takes(self, like: Tensor, rows: int, width: int) -> bool:
        """Whether so many rows of this vocabulary on this device fit."""
        same = self._width == width and self.down.device == like.device
        return same and len(self.down) >= rows

    def cut(self, logits: Tensor, fill: float) -> Tensor:
        """Rows in blocks, (rows, B, columns), filled up where the blocks do not fit."""
        from torch.nn.functional import pad

        missing = self.blocks * self.columns - self._width
        whole = pad(logits, (0, missing), value=fill) if missing else logits
        return whole.view(len(logits), self.blocks, self.columns)


# Fresh pages would cost more than some of the sums.
_kept = threading.local()


def _desk(like: Tensor, rows: int, width: int) -> _Desk:
    """This thread's desk, if it is large enough and of the same kind."""
    found: _Desk | None = getattr(_kept, "desk", None)
    if found is None or not found.takes(like, rows, width):
        found = _kept.desk = _Desk(like, rows, width)
    return found


def _block(width: int) -> int:
    """Columns per float32 sum: a divisor of the vocabulary's size where it has a fitting one."""
    return next(
        (size for size in range(min(_BLOCK, width), 0, -1) if not width % size and size >= 500),
        min(_BLOCK, width),
    )


def _few(first: _Rows, second: _Rows, desk: _Desk) -> _Sums:
    import torch

    rows = len(first.logits)
    down, exp = desk.down[:rows], desk.exp[:rows]
    zeros = []
    for side, one in enumerate((first, second)):
        logits = desk.cut(one.logits, -math.inf)
        # Counted as floats, which are compared and added up faster than truth values.
        torch.gt(logits, one.own[:, :, None], out=exp[:, :, side])
        # In bits below the maximum, as it is in bits.
        most = one.maxima.amax(dim=-1) * _BITS
        torch.add(-most[:, None, None], logits, alpha=_BITS, out=down[:, :, side])
        zeros.append(most.to(widest(most)) / _BITS)
    zero_p, zero_q = zeros
    above = wide(exp.sum(dim=-1))
    if desk.floor or desk.padded:
        down[:, :, :2].clamp_(min=FLOOR)
    torch.exp2(down[:, :, :2], out=exp)
    mass = wide(exp.sum(dim=-1))
    spare, _, apart = down.unbind(2)
    torch.sub(down[:, :, 0], down[:, :, 1], out=apart)
    dots = wide(torch.matmul(exp, down.transpose(-1, -2)).flatten(-2))
    own_p, _, apart_p, _, own_q, apart_q = dots.unbind(-1)
    square_p = wide(torch.matmul(exp[:, :, :1], exp[:, :, 0, :, None])[..., 0, 0])
    mass_p, mass_q = mass.unbind(-1)
    shift = mass_q.log() - mass_p.log()
    kl = apart_p / mass_p / _BITS + shift
    reverse = -apart_q / mass_q / _BITS - shift
    if not desk.floor and bool((kl + reverse).isnan().any()):
        return _with_floor(first, second, desk)
    close = kl + reverse < _NEAR
    variance = torch.zeros_like(kl)
    if not bool(close.all()):
        torch.sub(apart, (apart_p / mass_p).to(apart.dtype)[:, None, None], out=spare).square_()
        squares = torch.matmul(spare[:, :, None], exp[:, :, 0, :, None])[..., 0, 0]
        variance = wide(squares) / mass_p / _BITS**2
    # exp_p becomes the mixture P + Q, but for P's scale.
    ratio = (mass_p / mass_q).to(exp.dtype)[:, None, None]
    mixture = exp[:, :, 0].addcmul_(exp[:, :, 1], ratio)
    scale = 0.5 / mass_p
    js = torch.zeros_like(kl)
    if not bool(close.all()):
        log_mixture = exp[:, :, 1]
        if desk.floor:
            torch.clamp(mixture, min=1e-38, out=log_mixture).log_()
        else:
            torch.log(mixture, out=log_mixture)
        bend = wide(torch.mul(mixture, log_mixture, out=spare).sum(dim=-1)) * scale + scale.log()
        if not desk.floor and bool(bend.isnan().any()):
            return _with_floor(first, second, desk)
        js = -bend - (_entropy(mass_p, own_p) + _entropy(mass_q, own_q)) / 2
    if bool(close.any()):
        which = slice(None) if bool(close.all()) else close.nonzero()[:, 0]
        p, q = (desk.cut(one.logits[which], -math.inf) for one in (first, second))
        half = (zero_p - zero_q - shift)[which] / 2
        lanes, spare = desk.down[: len(half)], desk.exp[: len(half), :, 1:]
        may = desk.floor or desk.padded
        found = near(p, q, half, mixture[which], scale[which], lanes, spare, ruled_out=may)
        kl[which], reverse[which], js[which], variance[which] = found
    above_p, above_q = above.unbind(-1)
    mass_p, own_p = _below_the_largest(first, zero_p, mass_p, own_p)
    mass_q, own_q = _below_the_largest(second, zero_q, mass_q, own_q)
    return _Sums(
        mass_p,
        mass_q,
        own_p,
        own_q,
        above_p,
        above_q,
        kl,
        reverse,
        js,
        square_p / mass_p**2,
        variance,
    )


def _below_the_largest(
    one: _Rows, zero: Tensor, mass: Tensor, down: Tensor
) -> tuple[Tensor, Tensor]:
    """Sums of what is below `zero`, which is the largest logit but for rounding, as below that."""
    slip = zero - one.maxima.amax(dim=-1).to(zero.dtype)
    return mass * slip.exp(), slip.exp() * (down + slip * _BITS * mass)


def _with_floor(first: _Rows, second: _Rows, desk: _Desk) -> _Sums:
    """Again, with a floor under what is 0: 0 * ln 0 is 0, not NaN.

    Rare enough to be done twice rather than looked for in every logit; where it has happened
    once, as with words that a model rules out, the floor stays.
    """
    desk.floor = True
    return _few(first, second, desk)
