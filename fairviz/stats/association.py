"""Whether two numbers rise together, whether chance alone would make them, and by how much."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.clusters import Labels, effective, in_order, means, multiplicities, places
from fairviz.stats.intervals import wilson

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Beyond so many units Student's approximation of the permutations' distribution is as good as
# drawing them: at 500 the two p-values differ by less than their Monte Carlo error.
_DRAWN, _PERMUTATIONS = 500, 9999
# Draws of the bootstrap.
_RESAMPLES = 1000
# Units from which intervals are made of samples, and how many.
_LARGE, _SAMPLES = 20_000, 100


def finite_pairs(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats, Bools]:
    """The pairs of (N,) numbers of which both are finite, and (N,) which these are.

    Raises:
        ValueError: If the two differ in length.
    """
    first, second = (np.asarray(one, dtype=np.float64) for one in (x, y))
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"{first.shape} and {second.shape} are no pairs")
    both = np.isfinite(first) & np.isfinite(second)
    return first[both], second[both], both


class Association(NamedTuple):
    """Spearman's rank correlation and the pairs behind it."""

    rho: float
    n: int


class Bounded(NamedTuple):
    """Spearman's rank correlation with its interval and its test.

    Attributes:
        rho: In [-1, 1]; NaN where there is none.
        low: Lower end of the 95 % interval; NaN where there is none.
        high: Upper end.
        n: Pairs behind it.
        units: Independent ones among them: clusters, or the pairs themselves.
        p_value: Two-sided, of the permutations of whole units; NaN where there is none.
    """

    rho: float
    low: float
    high: float
    n: int
    units: int
    p_value: float


def spearman(x: npt.ArrayLike, y: npt.ArrayLike) -> Association:
    """Spearman's rank correlation of pairs, by scipy; pairs with a NaN are left out.

    Assumes nothing but order, and describes these pairs only. There is no p-value on
    purpose: it would take the pairs as independent, and compressed forms of the same few
    models on the same prompts are not.

    Args:
        x: (N,) numbers.
        y: (N,) numbers.

    Returns:
        rho in [-1, 1]; NaN below two pairs or where one side does not vary.

    Raises:
        ValueError: If the two have different lengths.
    """
    from scipy.stats import spearmanr

    first, second, _both = finite_pairs(x, y)
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return Association(math.nan, len(first))
    return Association(float(spearmanr(first, second).statistic), len(first))


def _ranks(values: Floats) -> Floats:
    """(N,) mid-ranks from 1, by the fast sort that is not stable: ties share a rank anyhow."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sizes = np.diff(np.append(starts, len(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(starts + (sizes + 1) / 2, sizes)
    return ranks


def spearman_interval(
    x: npt.ArrayLike, y: npt.ArrayLike, clusters: Labels | None = None
) -> Bounded:
    """Spearman's rank correlation with a percentile bootstrap and a permutation test.

    Both take clusters as the independent draws: the bootstrap draws whole clusters with all
    their pairs, the test permutes the means of clusters against each other. From 20,000 units
    on the interval is Student's over 100 samples that the units fall into at random
    (interpenetrating samples, Mahalanobis 1946).

    Args:
        x: (N,) numbers.
        y: (N,) numbers; pairs with a NaN are left out.
        clusters: (N,) labels; pairs of one label depend on each other, such as the prompts of
            one template. None takes every pair as its own.

    Returns:
        NaN interval and p-value below 4 units or where one side does not vary.

    Raises:
        ValueError: If the lengths differ.
    """
    first, second, both = finite_pairs(x, y)
    place = places(None if clusters is None else np.asarray(clusters)[both], len(first))
    units = int(place.max()) + 1 if len(place) else 0
    rng = np.random.default_rng(0)
    if units > _LARGE and np.ptp(first) and np.ptp(second):
        ranks = _ranks(first), _ranks(second)
        found = Association(float(np.corrcoef(*ranks)[0, 1]), len(first))
        low, high = _by_samples(found.rho, *ranks, rng.integers(_SAMPLES, size=units)[place])
    else:
        found = spearman(first, second)
        if not math.isfinite(found.rho) or units < 4:
            return Bounded(found.rho, math.nan, math.nan, found.n, units, math.nan)
        drawn = [
            _weighted(first, second, weights[:, place])
            for weights in multiplicities(units, _RESAMPLES, rng, max(units, len(place)))
        ]
        low, high = np.quantile(np.concatenate(drawn), (0.025, 0.975))
    if units == len(place) > _DRAWN:  # as `spearmanr` finds it, which has ranked them already
        test = _student(found.rho, units)
    else:
        test = _permuted(means(first, place), means(second, place))
    return Bounded(found.rho, float(low), float(high), found.n, units, test)


def _by_samples(rho: float, x: Floats, y: Floats, sample: npt.NDArray[Any]) -> tuple[float, float]:
    """Student's interval from the correlation of the ranks in each sample, which are independent.

    The ranks are those among all: of so many they are the grades themselves.

    Args:
        x, y: (N,) ranks.
        sample: (N,) which sample each pair falls into.
    """
    from scipy.stats import t

    n = np.bincount(sample)
    a, b = (ranks / len(ranks) - 0.5 for ranks in (x, y))
    sums = [np.bincount(sample, weights=one) / n for one in (a, b, a * a, b * b, a * b)]
    mean_a, mean_b, square_a, square_b, product = sums
    size = np.sqrt((square_a - mean_a**2) * (square_b - mean_b**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(size > 0, (product - mean_a * mean_b) / size, 0.0)
    half = float(t.ppf(0.975, len(n) - 1) * found.std(ddof=1) / math.sqrt(len(n)))
    return max(rho - half, -1.0), min(rho + half, 1.0)


def _weighted(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Rank correlations of samples in which each pair stands as often as its weight says.

    Args:
        x: (N,) numbers.
        y: (N,) numbers.
        weights: (B, N) how often each pair is in each sample.

    Returns:
        (B,); 0 where one side of a sample does not vary.
    """
    a, b = _mid_ranks(x, weights), _mid_ranks(y, weights)
    total = weights.sum(axis=1, keepdims=True)
    # The mean of ranks, whatever the ties.
    a, b = a - (total + 1) / 2, b - (total + 1) / 2
    size = np.sqrt((weights * a * a).sum(axis=1) * (weights * b * b).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(size > 0, (weights * a * b).sum(axis=1) / size, 0.0)
    return found


def _mid_ranks(values: Floats, weights: Floats) -> Floats:
    """(B, N) ranks of the values among themselves, each counted by its weight."""
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    tied = np.add.reduceat(weights[:, order], starts, axis=1)
    rank: Floats = (tied.cumsum(axis=1) - tied + (tied + 1) / 2)[:, place]
    return rank


def _student(rho: float, n: int) -> float:
    """Two-sided p-value of a rank correlation of so many pairs."""
    from scipy.stats import t

    if abs(rho) == 1:
        return 0.0
    return float(2 * t.sf(abs(rho) * math.sqrt((n - 2) / (1 - rho * rho)), n - 2))


def _permuted(x: Floats, y: Floats) -> float:
    """Two-sided p-value of no association among units, by the permutations of one side."""
    from scipy.stats import rankdata, spearmanr

    n = len(x)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    if n > _DRAWN:
        return float(spearmanr(x, y).pvalue)
    a, b = rankdata(x) - (n + 1) / 2, rankdata(y) - (n + 1) / 2
    rng, extreme = np.random.default_rng(0), 0
    # Ranks permuted keep their mean and size: only their product with the others changes. It is
    # a multiple of 1/4, and sums in another order differ in their last digit.
    least = abs(float(a @ b)) - 1e-6
    for start in range(0, _PERMUTATIONS, 1000):
        many = min(1000, _PERMUTATIONS - start)
        drawn = rng.permuted(np.broadcast_to(a, (many, n)), axis=1) @ b
        extreme += int((np.abs(drawn) >= least).sum())
    # The arrangement that was seen counts, so that p is never 0.
    return (1 + extreme) / (1 + _PERMUTATIONS)


class Bins(NamedTuple):
    """Items ordered by x, in bins of about as many each; every field (B,).

    Attributes:
        low: Least x of the bin.
        high: Largest x of it.
        middle: Median x of it.
        n: Items in it.
        mean: Mean y of it.
        mean_low: Lower end of the mean's 95 % interval; NaN for one unit.
        mean_high: Upper end.
    """

    low: Floats
    high: Floats
    middle: Floats
    n: npt.NDArray[np.int64]
    mean: Floats
    mean_low: Floats
    mean_high: Floats


def binned(
    x: npt.ArrayLike, y: npt.ArrayLike, bins: int = 8, clusters: Labels | None = None
) -> Bins:
    """Mean of y in bins of x, items with equal x together.

    The interval is Student's, of the mean over independent clusters; for y of 0 and 1 Wilson's,
    of as many items as its clusters are worth.

    Args:
        x: (N,) numbers to order by.
        y: (N,) numbers; items where either is NaN are left out.
        bins: At most so many; never more than a fifth of the items, so that a bin has five.
        clusters: (N,) labels; items of one label are one independent unit. None: each is.

    Raises:
        ValueError: If the two differ in length.
    """
    from scipy.stats import t

    first, second, known = finite_pairs(x, y)
    place = places(clusters, len(known))[known]
    # Of many, which of two equal ones comes first is left to the faster sort.
    order = np.argsort(first, kind="stable" if len(first) <= _LARGE else None)
    first, second, place = first[order], second[order], place[order]
    many = max(1, min(bins, len(first) // 5))
    wanted = [round(number * len(first) / many) for number in range(1, many)]
    # A cut never parts items with the same x.
    cuts = sorted({int(np.searchsorted(first, first[cut])) for cut in wanted} - {0})
    parts = [part for part in np.split(np.arange(len(first)), cuts) if len(part)]
    rate = bool(np.isin(second, (0.0, 1.0)).all())
    out = []
    for part in parts:
        values, here = second[part], first[part]
        mean, n = float(values.mean()), len(values)
        unit = in_order(place[part])
        units = int(unit.max()) + 1
        if rate:
            worth = effective(values, unit)
            ends = wilson(mean * worth, worth)
            low, high = float(ends.low), float(ends.high)
        elif units > 1:
            sums = np.bincount(unit, weights=values - mean)
            error = np.sqrt(units / (units - 1) * (sums**2).sum()) / n
            half = float(t.ppf(0.975, units - 1) * error)
            low, high = mean - half, mean + half
        else:
            low = high = np.nan
        out.append((here[0], here[-1], float(np.median(here)), n, mean, low, high))
    columns = np.array(out, dtype=np.float64).reshape(-1, 7).T
    return Bins(columns[0], columns[1], columns[2], columns[3].astype(np.int64), *columns[4:])
