"""A number by another, in bins of as many items each: what a cloud of points says on average."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.clusters import Labels, effective
from fairviz.stats.intervals import wilson
from fairviz.stats.paired import places

Floats = npt.NDArray[np.float64]


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

    first, second = (np.asarray(one, dtype=np.float64) for one in (x, y))
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"{first.shape} and {second.shape} are no pairs")
    known = np.isfinite(first) & np.isfinite(second)
    first, second, place = first[known], second[known], places(clusters, len(first))[known]
    order = np.argsort(first, kind="stable")
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
        _, unit = np.unique(place[part], return_inverse=True)
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
