"""Areas under the ROC curve of two models on the same items: interval and test.

The area is the probability that a positive item gets a higher score than a negative one, ties
counted half (Hanley & McNeil 1982).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fairviz.probes.contrast import Contrasted, Floats
from fairviz.stats.paired import agreeing

Bools = npt.NDArray[np.bool_]
_AT_ONCE = 4_000_000


def auc(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """The area, once for each row of weights; NaN where a row has no positive or no negative.

    Args:
        scores: (N,) one model's scores.
        positive: (N,) bool.
        weights: (R, N) how often each item counts.
    """
    found, is_positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    order = np.argsort(found, kind="stable")
    counts = np.asarray(weights, dtype=np.float64)[:, order]
    starts = np.flatnonzero(np.diff(found[order], prepend=-np.inf) > 0)
    above = np.add.reduceat(counts * is_positive[order], starts, axis=1)
    below = np.add.reduceat(counts * ~is_positive[order], starts, axis=1)
    won = np.cumsum(below, axis=1) - below / 2
    with np.errstate(all="ignore"):
        area: Floats = (above * won).sum(axis=1) / (above.sum(axis=1) * below.sum(axis=1))
    return area


def both_auc(
    baseline: Floats, compressed: Floats, positive: Bools, resamples: int = 999, seed: int = 0
) -> Contrasted:
    """Both models' areas by bootstrap over items; their difference with DeLong's interval and test.

    Both assume independent items. The interval of the difference inverts the test; those of
    the models are of percentiles.

    Args:
        baseline: (N,) finite scores.
        compressed: (N,) those of the other model.
        positive: (N,) which items are.
    """
    n = len(positive)
    ends = [(math.nan, math.nan)] * 2
    if not n or positive.all() or not positive.any():
        return Contrasted(*[math.nan] * 11)
    first, second = (
        float(auc(one, positive, np.ones((1, n)))[0]) for one in (baseline, compressed)
    )
    rng = np.random.default_rng(seed)
    drawn = []
    piece = max(1, _AT_ONCE // n)
    for start in range(0, resamples, piece):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=min(piece, resamples - start))
        drawn.append(np.stack([auc(one, positive, weights) for one in (baseline, compressed)]))
    a, b = np.concatenate(drawn, axis=1)
    for place, values in enumerate((a, b)):
        low, high = np.percentile(values[np.isfinite(values)], [2.5, 97.5])
        ends[place] = float(low), float(high)
    error, p = delong(baseline, compressed, positive)
    # There are as many independent units as there are items of the rarer kind.
    units = min(int(positive.sum()), int((~positive).sum()))
    low, high, p = agreeing(second - first, error, max(units - 1, 1), p, 0.05)
    return Contrasted(first, *ends[0], second, *ends[1], second - first, low, high, p, units)


def delong(baseline: Floats, compressed: Floats, positive: Bools) -> tuple[float, float]:
    """Error of the difference of two models' areas on the same items, and p (DeLong et al. 1988).

    Returns:
        The standard error and the p-value of no difference: 1 where the scores put all items
        in one order, NaN where there is no spread to test against (below two items of a kind,
        or all of them moved alike).
    """
    from scipy.stats import norm

    over, under = (
        second - first
        for first, second in zip(
            _places(baseline, positive), _places(compressed, positive), strict=True
        )
    )
    if not over.any() and not under.any():
        return math.nan, 1.0
    if min(len(over), len(under)) < 2:
        return math.nan, math.nan
    variance = over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under)
    if variance <= 1e-15:
        return math.nan, math.nan
    error = math.sqrt(variance)
    return error, float(2 * norm.sf(abs(over.mean()) / error))


def _places(scores: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """(P,) share of negatives below each positive, and (Q,) of positives above each negative."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    up, down = ranks[positive], ranks[~positive]
    return (
        (up - rankdata(scores[positive])) / len(down),
        1 - (down - rankdata(scores[~positive])) / len(up),
    )
