"""Two models on the same items: the statistics that need every item's outcome."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Change(NamedTuple):
    """Mean of compressed minus baseline over the items, and its interval."""

    mean: float
    low: float
    high: float


class Flips(NamedTuple):
    """Items that changed sides, and McNemar's test that neither side won.

    Attributes:
        lost: 1 under the baseline, 0 under the compressed model.
        gained: The reverse.
        p_value: Two-sided and exact; 1 where nothing flipped.
    """

    lost: int
    gained: int
    p_value: float


class Ranked(NamedTuple):
    """Wilcoxon's signed-rank statistic and its two-sided p-value."""

    statistic: float
    p_value: float


def _pairs(baseline: npt.ArrayLike, compressed: npt.ArrayLike) -> tuple[Floats, Floats]:
    before = np.asarray(baseline, dtype=np.float64)
    after = np.asarray(compressed, dtype=np.float64)
    if before.shape != after.shape or before.ndim != 1 or not len(before):
        raise ValueError(f"{before.shape} and {after.shape} are no pairs")
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise ValueError("an item without an outcome is no pair: leave it out of both")
    return before, after


def paired_bootstrap(
    baseline: npt.ArrayLike,
    compressed: npt.ArrayLike,
    confidence: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Change:
    """Mean change over items with a bootstrap interval, by scipy.

    Assumes that the items are independent draws from what one wants to speak of; items made
    from one template are not. Bias-corrected and accelerated; where that is not defined
    (a single item apart, too few items) the plain percentile interval.

    Args:
        baseline: (N,) outcomes.
        compressed: (N,) outcomes of the same items.
        confidence: Coverage, in (0, 1).
        resamples: Draws of N items with replacement.
        seed: Of these draws.

    Returns:
        NaN ends for one item; both ends the change itself where all items changed alike.

    Raises:
        ValueError: If the two are not of one length, empty, or hold a NaN.
    """
    from scipy.stats import bootstrap

    before, after = _pairs(baseline, compressed)
    change = after - before
    mean = float(change.mean())
    if len(change) < 2:
        return Change(mean, math.nan, math.nan)
    if np.ptp(change) == 0:
        return Change(mean, mean, mean)
    ends = (math.nan, math.nan)
    for method in ("BCa", "percentile"):
        with np.errstate(all="ignore"):
            interval = bootstrap(
                (change,),
                np.mean,
                confidence_level=confidence,
                n_resamples=resamples,
                method=method,
                rng=np.random.default_rng(seed),
                # Resamples in pieces of at most some 40 MB.
                batch=max(1, min(resamples, 5_000_000 // len(change))),
            ).confidence_interval
        ends = (float(interval.low), float(interval.high))
        if all(math.isfinite(end) for end in ends):
            break
    return Change(mean, *ends)


def mcnemar(baseline: npt.ArrayLike, compressed: npt.ArrayLike) -> Flips:
    """Which items flipped, with McNemar's exact test, by statsmodels.

    Assumes independent items. It asks only whether flips one way outnumber the other; many
    flips both ways are a large change with a large p-value: read the counts first.

    Args:
        baseline: (N,) outcomes, 0 or 1.
        compressed: (N,) outcomes of the same items.

    Raises:
        ValueError: If the two are not of one length, empty, or hold anything but 0 and 1.
    """
    from statsmodels.stats.contingency_tables import mcnemar as exact

    before, after = _pairs(baseline, compressed)
    if not np.isin(np.concatenate([before, after]), (0.0, 1.0)).all():
        raise ValueError("McNemar's test takes outcomes of 0 and 1")
    lost = int(((before == 1) & (after == 0)).sum())
    gained = int(((before == 0) & (after == 1)).sum())
    if lost + gained == 0:
        return Flips(0, 0, 1.0)
    p_value = float(exact([[0, lost], [gained, 0]], exact=True).pvalue)
    return Flips(lost, gained, min(p_value, 1.0))


def wilcoxon(baseline: npt.ArrayLike, compressed: npt.ArrayLike) -> Ranked:
    """Wilcoxon's signed-rank test of no change, by scipy.

    Assumes independent items whose changes are symmetric about their median. Items that did
    not change are left out (Wilcoxon's own rule).

    Args:
        baseline: (N,) outcomes.
        compressed: (N,) outcomes of the same items.

    Returns:
        Statistic 0 and p = 1 where no item changed.

    Raises:
        ValueError: If the two are not of one length, empty, or hold a NaN.
    """
    from scipy.stats import wilcoxon as signed_rank

    before, after = _pairs(baseline, compressed)
    if np.array_equal(before, after):
        return Ranked(0.0, 1.0)
    found = signed_rank(after - before, zero_method="wilcox")
    return Ranked(float(found.statistic), float(found.pvalue))
