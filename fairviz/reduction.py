"""Two models' logits to everything that is measured of a token, in few passes over each.

Rows are taken a few at a time into the same few buffers, so that what is made from their logits
stays in the cache of a CPU and no second array of the size of the logits exists. Exponentials
are float32 and of base 2, which is the fast one; every sum is of blocks of float32 products
added in float64, which keeps entropies and divergences within 1e-6 of float64. `distance` in
`divergence.py` is all float64 and serves where rows are few.

With d = ln q - ln p and y = d / 2:

    KL(P || Q) = -E_P[d],  KL(Q || P) = E_Q[d],
    JS = (KL(P || Q) + KL(Q || P)) / 4 - (E_P[ln cosh y] + E_Q[ln cosh y]) / 2,

since ln((1 + e^d) / 2) = y + ln cosh y. All three are exactly 0 where d is 0. Where the two are
not close, JS = H((P + Q) / 2) - (H(P) + H(Q)) / 2 is as good and saves a hyperbolic cosine.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

# Logits of one model taken at once: a million float32 and what is made of them are 28 MB, which a
# last-level cache holds.
_AT_ONCE = 1_050_000
# Columns per float32 sum.
_BLOCK = 4096
# Columns of which only the largest is looked at to find the top k.
_SIEVE = 512
# 2^-10000 is 0: a floor that keeps 0 * ln 0 from becoming NaN where a logit is -inf.
_FLOOR = -1e4
# Below this distance, in nats, entropies in float32 are too coarse to be subtracted.
_CLOSE = 1e-3
_BITS = 1 / math.log(2)
# ln cosh y = y^2 / 2 - y^4 / 12 + y^6 / 45 - 17 y^8 / 2520 + 31 y^10 / 14175 - ...: five terms,
# here from the last, are within 1e-6 of the sum where |y| is below this.
_SERIES = 0.3
_TERMS = (31 / 14175, -17 / 2520, 1 / 45, -1 / 12, 1 / 2)
# cosh overflows above 89 in float32, where ln cosh y = |y| - ln 2 to the last digit.
_STEEP = 80.0


class Side(NamedTuple):
    """One model's part, each field (R,) or (R, k); natural logarithms."""

    log_prob: Tensor
    entropy: Tensor
    rank: Tensor
    margin: Tensor
    top_ids: Tensor
    top_log_probs: Tensor


class Reduced(NamedTuple):
    """Both models' parts and their distance, each of the latter (R,), in nats."""

    baseline: Side
    compressed: Side
    kl: Tensor
    kl_reverse: Tensor
    js: Tensor
    same_top: Tensor


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
    kl, reverse, js = sums.distances()
    found = Reduced(
        _side(own_p, first, sums.mass_p, sums.down_p, sums.above_p),
        _side(own_q, second, sums.mass_q, sums.down_q, sums.above_q),
        kl,
        reverse,
        js,
        same_top(p, q, first, second),
    )
    return _without(found, *(torch.cat(list(field)) for field in zip(*good, strict=True)))


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


def _numbers(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The rows, their blocks' maxima, and which rows are numbers, as the maxima show.

    The others are made even, so that they disturb none of those reduced beside them.
    """
    maxima = _maxima(logits)
    good = maxima.amax(dim=-1).isfinite()
    if not bool(good.all()):
        logits, maxima = (one.where(good[:, None], 0.0) for one in (logits, maxima))
    return logits, maxima, good


def _without(found: Reduced, good_p: Tensor, good_q: Tensor) -> Reduced:
    """NaN, a rank of 0 and no top in common where a model's row holds no numbers."""
    both = good_p & good_q
    if bool(both.all()):
        return found
    kl, reverse, js = (one.where(both, math.nan) for one in (found.kl, found.kl_reverse, found.js))
    return Reduced(
        _where(found.baseline, good_p),
        _where(found.compressed, good_q),
        kl,
        reverse,
        js,
        found.same_top & both,
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
        apart_p: Sum of exponentials of P times (exponent of P - exponent of Q), in bits.
        bend: E_M[ln cosh y] where the two are close, else -H((P + Q) / 2); in nats.
        close: Which of them.
    """

    mass_p: Tensor
    mass_q: Tensor
    down_p: Tensor
    down_q: Tensor
    above_p: Tensor
    above_q: Tensor
    apart_p: Tensor
    apart_q: Tensor
    bend: Tensor
    close: Tensor

    def distances(self) -> tuple[Tensor, Tensor, Tensor]:
        """KL(P || Q), KL(Q || P) and JS, each (R,), in nats."""
        shift = self.mass_q.log() - self.mass_p.log()
        kl = (self.apart_p / self.mass_p / _BITS + shift).clamp_(min=0)
        reverse = (-self.apart_q / self.mass_q / _BITS - shift).clamp_(min=0)
        entropies = _entropy(self.mass_p, self.down_p) + _entropy(self.mass_q, self.down_q)
        js = ((kl + reverse) / 4 - self.bend).where(self.close, -self.bend - entropies / 2)
        return kl, reverse, js.clamp_(0, math.log(2))


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
    """

    def __init__(self, like: Tensor, rows: int, width: int) -> None:
        size = _block(width)
        self.blocks, self.columns = -(-width // size), size
        self._width, self.floor = width, False
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
    for side, one in enumerate((first, second)):
        logits = desk.cut(one.logits, -math.inf)
        # Counted as floats, which are compared and added up faster than truth values.
        torch.gt(logits, one.own[:, :, None], out=exp[:, :, side])
        # In bits below the maximum.
        most = one.maxima.amax(dim=-1)[:, None, None] * -_BITS
        torch.add(most, logits, alpha=_BITS, out=down[:, :, side])
    above = _wide(exp.sum(dim=-1))
    if desk.floor or desk.blocks * desk.columns > first.logits.shape[1]:
        down[:, :, :2].clamp_(min=_FLOOR)
    torch.exp2(down[:, :, :2], out=exp)
    mass = _wide(exp.sum(dim=-1))
    spare, _, apart = down.unbind(2)
    torch.sub(down[:, :, 0], down[:, :, 1], out=apart)
    dots = _wide(torch.matmul(exp, down.transpose(-1, -2)).flatten(-2))
    own_p, _, apart_p, _, own_q, apart_q = dots.unbind(-1)
    mass_p, mass_q = mass.unbind(-1)
    shift = mass_q.log() - mass_p.log()
    distance = float(((apart_p / mass_p - apart_q / mass_q) / _BITS).amax())
    if math.isnan(distance) and not desk.floor:
        return _with_floor(first, second, desk)
    close = distance < _CLOSE
    # exp_p becomes the mixture P + Q, but for P's scale.
    ratio = (mass_p / mass_q).to(exp.dtype)[:, None, None]
    mixture = exp[:, :, 0].addcmul_(exp[:, :, 1], ratio)
    scale = 0.5 / mass_p
    if close:
        half = (shift / 2).to(exp.dtype)[:, None, None]
        log_cosh = _log_cosh(apart.mul_(0.5 / _BITS).add_(half), spare)
        bend = _wide(log_cosh.mul_(mixture).sum(dim=-1)) * scale
    else:
        log_mixture = exp[:, :, 1]
        if desk.floor:
            torch.clamp(mixture, min=1e-38, out=log_mixture).log_()
        else:
            torch.log(mixture, out=log_mixture)
        bend = _wide(torch.mul(mixture, log_mixture, out=spare).sum(dim=-1)) * scale + scale.log()
        if not desk.floor and bool(bend.isnan().any()):
            return _with_floor(first, second, desk)
    said = torch.full((rows,), close, device=mass_p.device)
    above_p, above_q = above.unbind(-1)
    return _Sums(mass_p, mass_q, own_p, own_q, above_p, above_q, apart_p, apart_q, bend, said)


def _with_floor(first: _Rows, second: _Rows, desk: _Desk) -> _Sums:
    """Again, with a floor under what is 0: 0 * ln 0 is 0, not NaN.

    Rare enough to be done twice rather than looked for in every logit; where it has happened
    once, as with words that a model rules out, the floor stays.
    """
    desk.floor = True
    return _few(first, second, desk)


class Top(NamedTuple):
    """The k largest of each row, largest first."""

    values: Tensor
    ids: Tensor


def _maxima(logits: Tensor) -> Tensor:
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
    maxima = (_maxima(logits) if maxima is None else maxima)[:, :blocks]
    whole = logits[:, : blocks * _SIEVE].unflatten(-1, (blocks, _SIEVE))
    chosen = maxima.topk(k, dim=-1).indices
    values = whole.gather(1, chosen[:, :, None].expand(-1, -1, _SIEVE)).flatten(1)
    places = (chosen[:, :, None] * _SIEVE + torch.arange(_SIEVE, device=logits.device)).flatten(1)
    rest = torch.arange(blocks * _SIEVE, width, device=logits.device)
    values = torch.cat([values, logits[:, blocks * _SIEVE :]], dim=1)
    places = torch.cat([places, rest.expand(rows, -1)], dim=1)
    best = values.topk(k, dim=-1)
    return Top(best.values.float(), places.gather(1, best.indices))


def _wide(sums: Tensor) -> Tensor:
    """Sums of blocks, added up: (R, B, ...) -> (R, ...)."""
    import torch

    wide = torch.float32 if sums.device.type == "mps" else torch.float64
    return sums.sum(dim=1, dtype=wide)


def _log_cosh(y: Tensor, spare: Tensor) -> Tensor:
    """ln cosh y in `spare`; exact 0 at 0. What was in `y` is lost."""
    import torch

    most = float(y.abs().amax())
    if most <= _SERIES:
        # Without a logarithm that would round y^2 / 2 away, and faster.
        square = y.mul_(y)
        found = torch.mul(square, _TERMS[0], out=spare)
        for term in _TERMS[1:]:
            found.add_(term).mul_(square)
        return found
    if most <= _STEEP:
        return torch.cosh(y, out=spare).log_()
    far = (y.abs() - _STEEP).clamp_(min=0)
    return torch.cosh(y.clamp_(-_STEEP, _STEEP), out=spare).log_().add_(far)
