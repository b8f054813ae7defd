"""Before against after, for a number made of sums: intervals over clusters, and an exchange test.

An accuracy, a bias score, a perplexity or a mean is a function of sums over items. Items made
from one template, or parts of one document, are no independent draws: they stand or fall
together, as one cluster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats import paired_change, wilson
from fairviz.stats.clusters import places
from fairviz.stats.paired import PSEUDO, agreeing

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.unsignedinteger[Any]]
# Resampled clusters that exist at once.
_AT_ONCE = 4_000_000
# Of so many, draws are kept for the next number of the same clusters: drawing takes longest.
_KEPT = 128_000_000


class Contrasted(NamedTuple):
    """A number of both models and its difference, compressed - baseline, with 95 % intervals.

    Attributes:
        baseline, compressed, difference: NaN where it is not defined.
        baseline_low, baseline_high, compressed_low, compressed_high: NaN below two clusters.
        low, high: Of the difference; they hold 0 exactly where `p` is not below 0.05. NaN where
            nothing tells how wide it is.
        p: Of the test that exchanging the two models changes nothing.
        units: Independent clusters behind it; below `stats.FEW_UNITS` nothing is claimed.
    """

    baseline: float
    baseline_low: float
    baseline_high: float
    compressed: float
    compressed_low: float
    compressed_high: float
    difference: float
    low: float
    high: float
    p: float
    units: float


def contrast(
    of: Callable[[Floats], Floats],
    baseline: npt.ArrayLike,
    compressed: npt.ArrayLike,
    strata: Sequence[object] | None = None,
    *,
    resamples: int = 1999,
    seed: int = 0,
    centred: bool = False,
) -> Contrasted:
    """A function of sums under both models, with intervals and the paired test.

    The bootstrap resamples clusters with replacement, within their stratum, the same draw for
    both models. The test exchanges the two models cluster by cluster at random: where
    compression changes nothing, every exchange is as likely as what was seen (Fisher's
    randomization; p counts the observed arrangement, so that it is never 0). Both assume
    independent clusters.

    The interval of the difference is Student's with the bootstrap's error, as percentiles are
    too narrow for few clusters; where some clusters did not change at all, changes of the usual
    size are added both ways as in `stats.paired_change`. The models' own intervals are
    percentiles, taken further out the fewer clusters there are (Hesterberg 2015, "What
    teachers should know about the bootstrap", section 4.5).

    Args:
        of: (..., k) sums -> (...) the number; NaN where it is not defined.
        baseline: (clusters, k) what each cluster adds to the sums.
        strata: (clusters,) which of them are drawn among each other; None is all. Strata of
            one cluster are drawn together.
        centred: Whether the draws are moved so that their median is the number itself: those of
            a size, such as a mean of absolute values, lie above it, the more so for few items.

    Raises:
        ValueError: If the two are not of one shape, or empty.
    """
    before = np.asarray(baseline, dtype=np.float64)
    after = np.asarray(compressed, dtype=np.float64)
    if before.shape != after.shape or before.ndim != 2 or not len(before):
        raise ValueError(f"{before.shape} and {after.shape} are no pairs of clusters")
    members = _members(len(before), strata)
    often, exchanged = _draws(len(before), members, resamples, seed)
    with np.errstate(all="ignore"):
        values = [float(of(one.sum(axis=0))) for one in (before, after)]
        difference = values[1] - values[0]
        drawn = [
            (of(weights @ before), of(weights @ after))
            for weights in (counts.astype(np.float64) for counts in often)
        ]
        first, second = (np.concatenate(one) for one in zip(*drawn, strict=True))
        tail = _tail(len(before), len(before) - len(members))
        ends = [
            _ends(one, middle if centred else None, tail)
            for one, middle in zip((first, second), values, strict=True)
        ]
        p = _exchange(of, before, after, difference, exchanged)
        low, high, p = _difference(of, before, after, second - first, difference, p, len(members))
    return Contrasted(
        values[0], *ends[0], values[1], *ends[1], difference, low, high, p, len(before)
    )


def _members(n: int, strata: Sequence[object] | None) -> list[npt.NDArray[np.intp]]:
    """The clusters of each stratum; those that are alone in theirs are one together."""
    names = np.array([""] * n if strata is None else [str(one) for one in strata])
    found = [np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())]
    several = [own for own in found if len(own) > 1]
    alone = [own for own in found if len(own) == 1]
    if len(alone) == 1 and several:
        several[0] = np.concatenate([several[0], alone[0]])
    elif alone:
        several.append(np.concatenate(alone))
    return several


def _tail(n: int, freedom: int) -> float:
    """Share of the draws beyond each end, in percent."""
    from scipy.stats import norm, t

    if freedom < 1:
        return math.nan
    return float(100 * norm.sf(math.sqrt(n / freedom) * t.ppf(0.975, freedom)))


def _difference(
    of: Callable[[Floats], Floats],
    before: Floats,
    after: Floats,
    drawn: Floats,
    difference: float,
    p: float,
    strata: int,
) -> tuple[float, float, float]:
    """Interval of the difference, and the p-value that agrees with it."""
    known = drawn[np.isfinite(drawn)]
    n, freedom = len(before), len(before) - strata
    changed = np.flatnonzero((before != after).any(axis=1))
    if freedom < 1 or len(known) < 2 or not len(changed) or not math.isfinite(difference):
        return math.nan, math.nan, p
    variance = float(known.var()) * n / freedom
    if len(changed) < n:
        # What each change does alone; sparse changes may have gone unseen either way.
        whole = before.sum(axis=0)
        alone = of(whole + after[changed] - before[changed]) - of(whole)
        alone = alone[np.isfinite(alone)]
        variance += 2 * PSEUDO * float((alone**2).mean()) if len(alone) else 0.0
    return agreeing(difference, math.sqrt(variance), freedom, p, 0.05)


def _draws(
    n: int, members: Sequence[npt.NDArray[np.intp]], resamples: int, seed: int
) -> tuple[Iterable[Counts], Iterable[Counts]]:
    """What `_often` and `_exchanged` give; the first is to be gone through first."""
    if n * resamples <= _KEPT:
        return _kept(n, tuple(own.tobytes() for own in members), resamples, seed)
    rng = np.random.default_rng(seed)
    return _often(n, members, resamples, rng), _exchanged(n, resamples, rng)


@lru_cache(maxsize=1)
def _kept(
    n: int, members: tuple[bytes, ...], resamples: int, seed: int
) -> tuple[list[Counts], list[Counts]]:
    rng = np.random.default_rng(seed)
    strata = [np.frombuffer(own, dtype=np.intp) for own in members]
    return list(_often(n, strata, resamples, rng)), list(_exchanged(n, resamples, rng))


def _often(
    n: int, members: Sequence[npt.NDArray[np.intp]], resamples: int, rng: np.random.Generator
) -> Iterator[Counts]:
    """(draws, n) how often each cluster was drawn, in pieces."""
    for size in _pieces(n, resamples):
        weights = np.zeros((size, n), dtype=np.intp)
        for own in members:
            weights[:, own] = rng.multinomial(len(own), [1 / len(own)] * len(own), size=size)
        yield weights.astype(np.min_scalar_type(weights.max()))


def _exchanged(n: int, resamples: int, rng: np.random.Generator) -> Iterator[Counts]:
    """(draws, n) bits, eight in a byte: whether the models change places in a cluster."""
    for size in _pieces(n, resamples):
        yield np.packbits(rng.integers(0, 2, (size, n)).astype(bool), axis=1)


def _pieces(n: int, resamples: int) -> list[int]:
    piece = max(1, _AT_ONCE // n)
    return [min(piece, resamples - start) for start in range(0, resamples, piece)]


def _ends(values: Floats, middle: float | None, tail: float) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known) or math.isnan(tail):
        return math.nan, math.nan
    low, median, high = np.percentile(known, [tail, 50, 100 - tail])
    moved = 0 if middle is None else middle - median
    return float(low + moved), float(high + moved)


def _exchange(
    of: Callable[[Floats], Floats],
    before: Floats,
    after: Floats,
    difference: float,
    exchanged: Iterable[Counts],
) -> float:
    if not math.isfinite(difference):
        return math.nan
    if np.array_equal(before, after):
        return 1.0
    change, extreme, known = after - before, 0, 0
    for bits in exchanged:
        moved = np.unpackbits(bits, axis=1, count=len(before)).astype(np.float64) @ change
        found = of(after.sum(axis=0) - moved) - of(before.sum(axis=0) + moved)
        found = found[np.isfinite(found)]
        # Sums in another order differ in their last digit.
        extreme += int((np.abs(found) >= abs(difference) - 1e-12 * (1 + abs(difference))).sum())
        known += len(found)
    return (1 + extreme) / (1 + known)


def mean(sums: Floats) -> Floats:
    """The mean, of the sums (total, count)."""
    share: Floats = sums[..., 0] / sums[..., 1]
    return share


def summed(sums: npt.ArrayLike, clusters: Sequence[object]) -> Floats:
    """(clusters, k) what each cluster adds, of (N, k) items and their (N,) labels.

    Clusters come in the order in which they are met.
    """
    added, place = np.asarray(sums, dtype=np.float64), places(clusters, len(clusters))
    gathered = np.zeros((int(place.max()) + 1, added.shape[1]))
    np.add.at(gathered, place, added)
    return gathered


def averages(
    baseline: npt.ArrayLike, compressed: npt.ArrayLike, clusters: Sequence[object] | None = None
) -> Contrasted:
    """Means of (N,) numbers, those of one cluster standing or falling together."""
    sides = [np.asarray(one, dtype=np.float64) for one in (baseline, compressed)]
    labels = range(len(sides[0])) if clusters is None else clusters
    before, after = (summed(np.stack([one, np.ones(len(one))], axis=1), labels) for one in sides)
    return contrast(mean, before, after)


def shares(
    baseline: npt.NDArray[Any], compressed: npt.NDArray[Any], clusters: Sequence[object]
) -> Contrasted:
    """Of (N,) yes and no: shares with Wilson's interval, the change with that of McNemar's test.

    Items of one cluster stand or fall together in the change.
    """
    low, high = wilson([baseline.sum(), compressed.sum()], len(baseline))
    change = paired_change(baseline, compressed, clusters)
    return Contrasted(
        float(baseline.mean()), float(low[0]), float(high[0]),
        float(compressed.mean()), float(low[1]), float(high[1]),
        change.mean, change.low, change.high, change.p_value, change.units,
    )  # fmt: skip
