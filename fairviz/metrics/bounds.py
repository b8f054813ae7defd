"""What a few listed tokens of two next-token distributions leave open: intervals, never guesses.

A server tells the k most likely tokens and the one that is written. What it does not list has the
rest of the probability, at most as much a token as the least of the k. Every number here is the
smallest and the largest that any two distributions with those listed tokens could have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.i18n import _
from fairviz.metrics.traces import Floats, Ints

Mask = npt.NDArray[np.bool_]

# How far a sum of probabilities may be off that were rounded to float32 on their way.
ROUNDED = 1e-6
# A sum that is further above 1 is of no distribution, nor one that the rest cannot fill up to it.
_TOO_MUCH = 1e-3
# ln of what is taken for 0, as in `reference`.
ZERO = -1e4
# ln of the ratios between which the best one is looked for, and steps of halving.
_FAR, _STEPS = 60.0, 64
_LN2 = float(np.log(2.0))


class Interval(NamedTuple):
    """Ends between which a number lies at each of T places; both (T,)."""

    low: Floats
    high: Floats

    @property
    def width(self) -> Floats:
        """(T,) 0 where it is exact."""
        width: Floats = self.high - self.low
        return width


class Listed(NamedTuple):
    """What is known of one model's distribution at each of T places.

    Attributes:
        ids: (T, n) the listed tokens, each once; -1 where fewer are.
        log_p: (T, n) their ln-probabilities; -inf at -1.
        most: (T,) ln of the most that an unlisted token can have; -inf where none is left.
        rest: What all unlisted tokens have together.
        floor: (T,) ln of the least that one can have; -inf where nobody knows.
        unlisted: (T,) how many there are; inf where nobody knows.
        entropy: (T,) where it is known exactly, in nats; else NaN.
    """

    ids: Ints
    log_p: Floats
    most: Floats
    rest: Interval
    floor: Floats
    unlisted: Floats
    entropy: Floats

    @property
    def top(self) -> Ints:
        """(T,) the most likely token; of several the smallest id."""
        best = self.log_p.max(axis=1, keepdims=True)
        ids = np.where(self.log_p == best, self.ids, np.iinfo(np.int64).max)
        found: Ints = ids.min(axis=1)
        return found

    def at(self, rows: slice) -> Listed:
        """Some of its places."""
        fields: list[Any] = [
            Interval(*(end[rows] for end in one)) if isinstance(one, Interval) else one[rows]
            for one in self
        ]
        return Listed(*fields)


def joined(parts: Sequence[Listed]) -> Listed:
    """Several stretches of places as one, all of as many listed tokens."""
    fields: list[Any] = [
        Interval(*map(np.concatenate, zip(*one, strict=True)))
        if isinstance(one[0], Interval)
        else np.concatenate(one)
        for one in zip(*parts, strict=True)
    ]
    return Listed(*fields)


class Bounds(NamedTuple):
    """Two distributions P (baseline) and Q (compressed) at T places, in nats.

    Attributes:
        entropy_p: H(P).
        entropy_q: H(Q).
        entropy_shift: H(Q) - H(P).
        kl: KL(P || Q); its upper end is inf where a token of P may have any little of Q.
        js: Jensen-Shannon divergence, at most ln 2.
        tv: Total variation, half the sum of |p - q|, of no unit.
    """

    entropy_p: Interval
    entropy_q: Interval
    entropy_shift: Interval
    kl: Interval
    js: Interval
    tv: Interval


def listed(
    ids: Ints,
    log_p: Floats,
    chosen: Ints,
    *,
    size: int | None = None,
    rounding: float = ROUNDED,
    floor: Floats | None = None,
    entropy: Floats | None = None,
) -> Listed:
    """A side from the tokens that were listed of it.

    Args:
        ids: (T, n) of which all but the chosen one are the most likely; -1 where fewer are.
        log_p: (T, n) ln p.
        chosen: (T,) the token that is written there; -1 for none. It may stand far below the
            others, so that it says nothing of those that are not listed.
        size: Tokens of the vocabulary; None where nobody knows.
        rounding: How far the sum of listed probabilities may be off.
        floor: (T,) ln of the least that an unlisted token has, where that is known.
        entropy: (T,) where it is known.

    Raises:
        ValueError: If a number is NaN, the probabilities of a place are more than 1, or what they
            leave is more than the unlisted tokens can have; said in the current language.
    """
    there = ids >= 0
    if np.isnan(log_p[there]).any():
        raise ValueError(_("a log-probability is no number"))
    log_p = np.where(there, np.maximum(log_p, ZERO), -np.inf)
    total = np.exp(log_p).sum(axis=1)
    if (total > 1 + _TOO_MUCH).any() or (log_p[there] > _TOO_MUCH).any():
        raise ValueError(_("the probabilities are more than 1 together"))
    if len(ids) and (total <= 0).any():
        raise ValueError(_("no token that is listed has any probability"))
    left = np.full(len(ids), np.inf) if size is None else size - there.sum(axis=1).astype(float)
    rest = np.where(left > 0, 1 - total, 0.0)
    off = np.where(left > 0, rounding, 0.0)
    low, high = np.clip(rest - off, 0, None), np.clip(rest, 0, None) + off
    others = np.where(there & (ids != chosen[:, None]), log_p, np.inf).min(axis=1, initial=0.0)
    most = np.minimum(others, _ln(high))
    if floor is None:  # else the distribution is known, and rare tokens may be listed of it
        # Nothing, of however many tokens, is nothing.
        room = np.where(others > ZERO, np.exp(others), 0.0)
        room = np.multiply(room, left, where=room > 0, out=np.zeros(len(ids)))
        if (1 - total > room + _TOO_MUCH).any():
            raise ValueError(_("they leave more than the tokens that are not listed can have"))
    nothing, nobody = np.full(len(ids), -np.inf), np.full(len(ids), np.nan)
    return Listed(
        ids,
        log_p,
        most,
        Interval(low, high),
        nothing if floor is None else floor,
        left,
        nobody if entropy is None else entropy,
    )


def log_prob(side: Listed, tokens: Ints) -> Interval:
    """ln of the probability of one token a place: (T,) to (T,); exact where it is listed."""
    known = _of(side, tokens[:, None])[:, 0]
    out = np.isnan(known)
    return Interval(np.where(out, side.floor, known), np.where(out, side.most, known))


def bounds(p: Listed, q: Listed) -> Bounds:
    """Between which ends the numbers of two distributions lie, at each place."""
    other, one = _of(q, p.ids), _of(p, q.ids)
    in_p, in_q = p.ids >= 0, q.ids >= 0
    both, only_p, only_q = in_p & ~np.isnan(other), in_p & np.isnan(other), in_q & np.isnan(one)
    # Whether there are tokens that neither side lists.
    left = np.minimum(p.unlisted - only_q.sum(axis=1), q.unlisted - only_p.sum(axis=1))
    parts = _Parts(p, q, np.where(both, other, 0.0), both, only_p, only_q, left > 0)
    entropies = entropy(p), entropy(q)
    return Bounds(
        *entropies,
        Interval(entropies[1].low - entropies[0].high, entropies[1].high - entropies[0].low),
        _kl(parts),
        _js(parts),
        _tv(parts),
    )


class _Parts(NamedTuple):
    """Two sides, and which tokens are listed by whom."""

    p: Listed
    q: Listed
    log_q: Floats  # of P's tokens where Q lists them too
    both: Mask  # of P's tokens
    only_p: Mask
    only_q: Mask  # of Q's tokens
    open: Mask  # (T,)

    def known(self, distance: Callable[[Floats, Floats], Floats]) -> Floats:
        """(T,) a distance's sum over the tokens that both list."""
        p = np.where(self.both, self.p.log_p, 0.0)
        found: Floats = np.where(self.both, distance(p, self.log_q), 0.0).sum(axis=1)
        return found


def entropy(side: Listed) -> Interval:
    """-sum p ln p: at least as if what is left stood in tokens as likely as they can be, at most
    as if it were spread over all of them."""
    known = -_xlogx(side.log_p).sum(axis=1)
    (low, high), n = side.rest, side.unlisted
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        least = np.where(high > 0, -low * np.minimum(side.most, 0.0), 0.0)
        # x ln(n / x) rises up to x = n / e.
        x = np.clip(n / np.e, low, high)
        most = np.where(n > 0, x * (np.log(n) - _ln(x)), 0.0)
    least = np.nan_to_num(least, nan=0.0)
    told = ~np.isnan(side.entropy)
    return Interval(
        np.where(told, side.entropy, known + least),
        np.where(told, side.entropy, known + np.where(high > 0, most, 0.0)),
    )


def _kl(parts: _Parts) -> Interval:
    p, q = parts.p, parts.q
    low = _nearest(parts, _kl_of, lambda t: 1 + t, lambda t: -np.exp(t))
    with np.errstate(invalid="ignore"):
        # A token that Q does not list has at least Q's floor.
        own = np.where(parts.only_p, np.exp(p.log_p) * (p.log_p - q.floor[:, None]), 0.0)
        theirs = np.where(parts.only_q, q.log_p, np.inf).min(axis=1, initial=np.inf)
        least = np.minimum(np.where(parts.open, q.floor, np.inf), theirs)
        each = np.where(np.isfinite(least) | (least < 0), p.most - least, 0.0)
        rest = np.where(p.rest.high > 0, np.maximum(p.rest.low * each, p.rest.high * each), 0.0)
    high = parts.known(_kl_of) + own.sum(axis=1) + np.nan_to_num(rest, nan=np.inf, posinf=np.inf)
    return Interval(np.maximum(low, 0.0), np.maximum(high, np.maximum(low, 0.0)))


def _js(parts: _Parts) -> Interval:
    """At most as if no unlisted token of one side were one of the other's."""
    least = _nearest(
        parts,
        _js_of,
        lambda t: 0.5 * (_LN2 - np.logaddexp(0.0, -t)),
        lambda t: 0.5 * (_LN2 - np.logaddexp(0.0, t)),
    )
    low = np.clip(least, 0.0, _LN2)
    apart = _only(parts.p, parts.only_p).sum(axis=1) + _only(parts.q, parts.only_q).sum(axis=1)
    apart = apart + parts.p.rest.high + parts.q.rest.high
    high = np.clip(parts.known(_js_of) + 0.5 * _LN2 * apart, 0.0, _LN2)
    return Interval(low, np.maximum(high, low))


def _tv(parts: _Parts) -> Interval:
    """1 - the sum of min(p, q), which is as large as the unlisted tokens can meet, or nothing."""
    p, q = parts.p, parts.q
    # exp is monotone: the least probability is that of the least logarithm.
    common = parts.known(lambda one, other: np.exp(np.minimum(one, other)))
    mine = np.minimum(_only(p, parts.only_p), np.exp(q.most)[:, None]).sum(axis=1)
    theirs = np.minimum(_only(q, parts.only_q), np.exp(p.most)[:, None]).sum(axis=1)
    mine, theirs = np.minimum(mine, q.rest.high), np.minimum(theirs, p.rest.high)
    meet = np.where(parts.open, np.minimum(mine + p.rest.high, theirs + q.rest.high), mine + theirs)
    low, high = np.clip(1 - common - meet, 0, 1), np.clip(1 - common, 0, 1)
    # The same digits where nothing is left open.
    return Interval(np.minimum(low, high), high)


def _nearest(
    parts: _Parts,
    distance: Callable[[Floats, Floats], Floats],
    u: Callable[[Floats], Floats],
    v: Callable[[Floats], Floats],
) -> Floats:
    """(T,) the least distance of two distributions with those listed tokens.

    The distance is a sum of f(p, q), convex and f(sp, sq) = s f(p, q), so that its least value is
    that of a convex problem: unlisted p and q of given sums, each at most `most`. Its Lagrangian
    gives a lower bound for every pair of multipliers; those taken here are the best, where the
    ratio p / q is the same over all that is free to choose. So the bound holds whatever digits the
    search ends with.

    Args:
        distance: f, of ln p and ln q.
        u: The derivative of f in p where ln(p / q) is t, of t.
        v: Likewise in q.
    """
    p, q = parts.p, parts.q
    log_p, log_q = _only_log(p, parts.only_p), _only_log(q, parts.only_q)
    most_p, most_q = p.most[:, None], q.most[:, None]

    def q_at(t: Floats) -> Floats:  # ln q of the tokens that only P lists
        found: Floats = np.minimum(most_q, log_p - t[:, None])
        return found

    def p_at(t: Floats) -> Floats:
        found: Floats = np.minimum(most_p, log_q + t[:, None])
        return found

    rest_p, rest_q = p.rest.low, q.rest.high
    end = np.full(len(p.most), _FAR)
    over_p = _halved(-end, end, lambda t: np.exp(q_at(t)).sum(axis=1) > rest_q)
    over_q = _halved(-end, end, lambda t: np.exp(p_at(t)).sum(axis=1) < rest_p)

    def rising(t: Floats) -> Mask:
        free_p = rest_p - np.exp(p_at(t)).sum(axis=1)
        free_q = rest_q - np.exp(q_at(t)).sum(axis=1)
        found: Mask = free_p > np.exp(t) * free_q
        return found

    tied = parts.open & (over_q > over_p)
    both = _halved(np.minimum(over_p, over_q), np.maximum(over_p, over_q), rising)
    over_p, over_q = np.where(tied, both, over_p), np.where(tied, both, over_q)
    least = parts.known(distance)
    for own, log_one, log_other, slope in (
        (parts.only_p, log_p, q_at(over_p), (None, v(over_p))),
        (parts.only_q, p_at(over_q), log_q, (u(over_q), None)),
    ):
        one, other = np.where(own, log_one, 0.0), np.where(own, log_other, 0.0)
        value = distance(one, other)
        for log_mass, at in ((one, slope[0]), (other, slope[1])):
            if at is not None:
                value = value - at[:, None] * np.exp(log_mass)
        least = least + np.where(own, value, 0.0).sum(axis=1)
    for (low, high), at in ((p.rest, u(over_q)), (q.rest, v(over_p))):
        least = least + np.minimum(low * at, high * at)
    return least


def _halved(low: Floats, high: Floats, further: Callable[[Floats], Mask]) -> Floats:
    """Where `further` stops being true between two ends, at each place."""
    for _step in range(_STEPS):
        middle = (low + high) / 2
        up = further(middle)
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    found: Floats = (low + high) / 2
    return found


def _kl_of(log_p: Floats, log_q: Floats) -> Floats:
    found: Floats = np.exp(log_p) * (log_p - log_q)
    return found


def _js_of(log_p: Floats, log_q: Floats) -> Floats:
    mixed = np.logaddexp(log_p, log_q) - _LN2
    found: Floats = 0.5 * (np.exp(log_p) * (log_p - mixed) + np.exp(log_q) * (log_q - mixed))
    return found


def _of(side: Listed, wanted: Ints) -> Floats:
    """(T, m) ln p of tokens; NaN where they are not listed."""
    step = max(int(side.ids.max(initial=0)), int(wanted.max(initial=0))) + 2
    rows = np.arange(len(side.ids))[:, None] * step + 1  # -1 is a row's first key
    keys = (side.ids + rows).ravel()
    order = np.argsort(keys, kind="stable")
    asked = (wanted + rows).ravel()
    at = order[np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)]
    found = np.where((keys[at] == asked) & (wanted.ravel() >= 0), side.log_p.ravel()[at], np.nan)
    shaped: Floats = found.reshape(wanted.shape)
    return shaped


def _only_log(side: Listed, mask: Mask) -> Floats:
    found: Floats = np.where(mask, side.log_p, -np.inf)
    return found


def _only(side: Listed, mask: Mask) -> Floats:
    found: Floats = np.exp(_only_log(side, mask))
    return found


def _xlogx(log_p: Floats) -> Floats:
    found: Floats = np.exp(log_p) * np.where(np.isfinite(log_p), log_p, 0.0)
    return found


def _ln(x: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        found: Floats = np.log(x)
    return found
