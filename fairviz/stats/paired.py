"""Two models on the same items: what changed, by how much, and whether chance allows it.

The test exchanges the two models cluster by cluster at random (Fisher's randomization). On
outcomes of 0 and 1 of independent items that is McNemar's exact test. The interval is of the
same cluster sums and holds 0 exactly where the test does not reject.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.clusters import Labels, places

Floats = npt.NDArray[np.float64]
# Fewer independent units than these let nothing be claimed.
FEW_UNITS = 10
# Flips that are added each way before the interval is computed. Bonett and Price (2012) add
# one, whose coverage falls to 93.6 %; with one and a half the least is 94.4 % (bench/coverage.py).
PSEUDO = 1.5
# Signings of the test: all of them up to 2^12, else this many drawn; from so many sums on the
# central limit serves. The exact distribution of whole sums takes so many steps at most.
_ALL, _DRAWN, _NORMAL, _STEPS = 12, 9999, 2000, 50_000_000
_AT_ONCE = 4_000_000


class Change(NamedTuple):
    """Mean of compressed minus baseline over the items, its interval and its test.

    Attributes:
        mean: Over items, each of the same weight.
        low: Lower end of the interval; NaN where nothing tells how wide it is.
        high: Upper end.
        p_value: Two-sided, of the test that exchanging the models changes nothing. The interval
            holds 0 exactly where this is not below 1 - confidence.
        units: Clusters, or items where none are given. Below `FEW_UNITS` claim nothing.
    """

    mean: float
    low: float
    high: float
    p_value: float
    units: int


class Flips(NamedTuple):
    """Items that changed sides, and the test that neither side won.

    Attributes:
        lost: 1 under the baseline, 0 under the compressed model.
        gained: The reverse.
        p_value: That of `paired_change`; McNemar's exact one where the items are independent.
    """

    lost: int
    gained: int
    p_value: float


def paired_change(
    baseline: npt.ArrayLike,
    compressed: npt.ArrayLike,
    clusters: Labels | None = None,
    confidence: float = 0.95,
) -> Change:
    """Mean change over items, with an interval that says what the test beside it says.

    The interval is Student's over cluster sums. Where some clusters did not change at all, as
    with outcomes of 0 and 1, it is the adjusted Wald interval of Bonett & Price 2012
    ("Adjusted Wald confidence interval for a difference of binomial proportions based on paired
    data"): changes of the usual size are added both ways, so that it has a width where nothing
    flipped. An end that leaves out 0 while the test does not reject is moved to 0.

    Args:
        baseline: (N,) outcomes.
        compressed: (N,) outcomes of the same items.
        clusters: (N,) labels; items of one label stand or fall together. None: each by itself.
        confidence: Coverage, in (0, 1).

    Returns:
        NaN ends below two clusters, and where outcomes other than 0 and 1 all stayed.

    Raises:
        ValueError: If the lengths differ, there are no items, or one has no outcome.
    """
    before, after = _pairs(baseline, compressed)
    change = after - before
    place = places(clusters, len(change))
    sizes = np.bincount(place).astype(np.float64)
    sums = np.bincount(place, weights=change).astype(np.float64)
    # What adds up to nothing in other digits is nothing.
    sums[np.abs(sums) < 1e-12 * np.bincount(place, weights=np.abs(change))] = 0.0
    rates = bool(np.isin(np.concatenate([before, after]), (0.0, 1.0)).all())
    p = _exchange(sums, whole=rates)
    mean = float(change.mean())
    if len(sums) < 2:
        return Change(mean, math.nan, math.nan, p, len(sums))
    centre, error = _centre_and_error(change, sums, sizes, place, rates=rates)
    low, high, p = agreeing(centre, error, len(sums) - 1, p, 1 - confidence)
    if rates:
        low, high = max(low, -1.0), min(high, 1.0)
    return Change(mean, low, high, p, len(sums))


def mcnemar(
    baseline: npt.ArrayLike,
    compressed: npt.ArrayLike,
    clusters: Labels | None = None,
) -> Flips:
    """Which items flipped, and whether flips one way outnumber the other.

    It asks nothing else; many flips both ways are a large change with a large p-value: read the
    counts first.

    Args:
        baseline: (N,) outcomes, 0 or 1.
        compressed: (N,) outcomes of the same items.
        clusters: As for `paired_change`.

    Raises:
        ValueError: If the two are not of one length, empty, or hold anything but 0 and 1.
    """
    before, after = _pairs(baseline, compressed)
    if not np.isin(np.concatenate([before, after]), (0.0, 1.0)).all():
        raise ValueError("McNemar's test takes outcomes of 0 and 1")
    lost = int(((before == 1) & (after == 0)).sum())
    gained = int(((before == 0) & (after == 1)).sum())
    return Flips(lost, gained, paired_change(before, after, clusters).p_value)


def _pairs(baseline: npt.ArrayLike, compressed: npt.ArrayLike) -> tuple[Floats, Floats]:
    before = np.asarray(baseline, dtype=np.float64)
    after = np.asarray(compressed, dtype=np.float64)
    if before.shape != after.shape or before.ndim != 1 or not len(before):
        raise ValueError(f"{before.shape} and {after.shape} are no pairs")
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise ValueError("an item without an outcome is no pair: leave it out of both")
    return before, after


def _centre_and_error(
    change: Floats, sums: Floats, sizes: Floats, place: npt.NDArray[np.int64], *, rates: bool
) -> tuple[float, float]:
    """Middle of the interval and its standard error."""
    changed = np.bincount(place, weights=(change != 0).astype(np.float64)) > 0
    n, units = len(change), len(sums)
    if changed.all() and not rates:
        residuals = sums - change.mean() * sizes
        variance = units / (units - 1) * float((residuals**2).sum()) / n**2
        return float(change.mean()), math.sqrt(variance)
    if not changed.any() and not rates:
        return 0.0, math.nan
    if rates and changed.sum() < FEW_UNITS:
        # Too few tell how much flips together: whole clusters may.
        items, step = n / units, n / units
    else:
        # Large sums weigh more: of those that flip together few are seen.
        squares = float((sums**2).sum())
        step = math.sqrt(float((sums**4).sum()) / squares) if squares else 0.0
        one = math.sqrt(float((change**2).sum()) / float((change != 0).sum()))
        items = max(step / one, 1.0)
        step = items * one
    added = 2 * PSEUDO
    total = n + added * items
    centre = float(sums.sum()) / total
    spread = float(((sums - centre * sizes) ** 2).sum())
    spread += PSEUDO * ((step - centre * items) ** 2 + (step + centre * items) ** 2)
    return centre, math.sqrt(spread) / total


def agreeing(
    centre: float, error: float, freedom: int, p: float, level: float
) -> tuple[float, float, float]:
    """Interval and p-value of which neither denies the other.

    Args:
        centre: Middle of Student's interval.
        error: Its standard error.
        freedom: Its degrees of freedom.
        p: Of the test that exchanges the models.
        level: 1 - confidence.

    Returns:
        Ends and p. The interval holds 0 exactly where p is not below the level.
    """
    from scipy.stats import t

    half = float(t.ppf(1 - level / 2, freedom)) * error
    low, high = centre - half, centre + half
    if not math.isfinite(half):
        return math.nan, math.nan, p
    if p >= level:
        return min(low, 0.0), max(high, 0.0), p
    if low <= 0 <= high:
        # Clusters too few or too unequal for the exchange alone: the interval's own test.
        return low, high, max(float(2 * t.sf(abs(centre) / error, freedom)), level)
    return low, high, p


def _exchange(sums: Floats, *, whole: bool) -> float:
    """p of the cluster sums under random signs: exact for whole numbers and for few sums."""
    from scipy.stats import binom, norm

    sizes = np.abs(sums[sums != 0])
    n, seen = len(sizes), abs(float(sums.sum()))
    if not n:
        return 1.0
    steps = sizes.astype(np.int64)
    if whole and (steps == 1).all():
        return min(2 * float(binom.cdf((n - round(seen)) // 2, n, 0.5)), 1.0)
    if whole and n * int(steps.sum()) <= _STEPS:
        return _whole(steps, round(seen))
    if n > _NORMAL:
        return float(2 * norm.sf(seen / math.sqrt(float((sizes**2).sum()))))
    # Sums in another order differ in their last digit.
    least = seen * (1 - 1e-12)
    if n <= _ALL:
        signs = 1.0 - 2.0 * (np.arange(2**n)[:, None] >> np.arange(n) & 1)
        return float((np.abs(signs @ sizes) >= least).mean())
    rng = np.random.default_rng(0)
    extreme, piece = 0, max(1, _AT_ONCE // n)
    for start in range(0, _DRAWN, piece):
        drawn = rng.integers(0, 2, (min(piece, _DRAWN - start), n)) * 2.0 - 1.0
        extreme += int((np.abs(drawn @ sizes) >= least).sum())
    # The arrangement that was seen counts, so that p is never 0.
    return (1 + extreme) / (1 + _DRAWN)


def _whole(steps: npt.NDArray[np.int64], seen: int) -> float:
    """P(|sum of +- steps| >= seen), exactly."""
    total = int(steps.sum())
    chance = np.zeros(2 * total + 1)
    chance[total] = 1.0
    for step in steps.tolist():
        chance = (np.roll(chance, step) + np.roll(chance, -step)) / 2
    return min(float(chance[np.abs(np.arange(-total, total + 1)) >= seen].sum()), 1.0)


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Holm's adjusted p-values, by statsmodels.

    Assumes nothing about how the tests depend on each other. An adjusted p below a level
    keeps the chance of any false finding among all of them below that level.

    Args:
        p_values: (N,) p-values; NaN is no test and stays NaN.

    Returns:
        (N,) adjusted p-values, at most 1.
    """
    from statsmodels.stats.multitest import multipletests

    p = np.asarray(p_values, dtype=np.float64)
    out = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        out[tested] = multipletests(p[tested], method="holm")[1]
    return out
