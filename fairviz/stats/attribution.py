"""What each part brings of a change that was measured over units, and the rest that none brings."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.blocks import block_error
from fairviz.stats.clusters import Labels, multiplicities, places

Floats = npt.NDArray[np.float64]
_DRAWS = 999


class Shares(NamedTuple):
    """Of the whole change.

    Attributes:
        value: (U,) what each part brings over the whole change; NaN where nothing changed.
        low: (U,) lower ends of their 95 % intervals, paired: all parts on the same draws.
        high: (U,) upper ends.
        remainder: Value, low and high of 1 minus the sum of all parts.
    """

    value: Floats
    low: Floats
    high: Floats
    remainder: tuple[float, float, float]


def token_labels(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """(T,) the block of each token: neighbours, as many as hang together (see `block_error`)."""
    x = np.asarray(values, dtype=np.float64)
    length = block_error(x).length
    size = max(1, round(length)) if np.isfinite(length) else 1
    found: npt.NDArray[np.int64] = np.arange(len(x)) // size
    return found


def shares(whole: npt.ArrayLike, parts: npt.ArrayLike, clusters: Labels | None = None) -> Shares:
    """What each part brings of the mean of `whole`, with intervals by the paired bootstrap.

    Clusters are drawn with replacement, each draw the same for all parts (Efron & Tibshirani
    1993, chapter 8), and the ends are percentiles, further out where clusters are few (Hesterberg
    2015, "What teachers should know about the bootstrap", section 3.4.2). The whole is held at its
    mean over all units: the interval is of what the part brings, and does not run away where the
    whole is near 0.

    Args:
        whole: (n,) change of each unit.
        parts: (U, n) of it what each part brings.
        clusters: (n,) labels of units that stand or fall together; None: each by itself.

    Raises:
        ValueError: If the lengths differ or there is no unit.
    """
    from scipy.stats import norm, t

    x, y = np.asarray(whole, dtype=np.float64), np.asarray(parts, dtype=np.float64)
    if y.ndim != 2 or y.shape[1:] != x.shape or not len(x):
        raise ValueError(f"{y.shape} are no parts of {x.shape}")
    place = places(clusters, len(x))
    count = int(place.max()) + 1
    whole_mean = float(x.mean())
    if whole_mean == 0 or not np.isfinite(whole_mean):
        nothing = np.full(len(y), np.nan)
        return Shares(nothing, nothing, nothing, (np.nan, np.nan, np.nan))
    # The last row is what no part brings.
    rows = np.vstack([y, x - y.sum(axis=0)]) / whole_mean
    sums = np.stack([np.bincount(place, weights=row, minlength=count) for row in rows])
    sizes = np.bincount(place, minlength=count).astype(np.float64)
    value = rows.mean(axis=1)
    low = high = np.full(len(rows), np.nan)
    if count > 1:
        drawn = [
            (often @ sums.T) / (often @ sizes)[:, None]
            for often in multiplicities(count, _DRAWS, np.random.default_rng(0), len(rows))
        ]
        tail = float(norm.sf(math.sqrt(count / (count - 1)) * t.ppf(0.975, count - 1)))
        low, high = np.quantile(np.concatenate(drawn), (tail, 1 - tail), axis=0)
    rest = (float(value[-1]), float(low[-1]), float(high[-1]))
    return Shares(value[:-1], low[:-1], high[:-1], rest)


def by_chance(values: npt.ArrayLike, clusters: Labels | None = None) -> Floats:
    """(U,) the chance of means as far from 0 as these, two-sided, by Student's t over clusters.

    Args:
        values: (U, n).
        clusters: (n,) labels of units that stand or fall together; None: each by itself.
    """
    from scipy.stats import t

    rows = np.asarray(values, dtype=np.float64)
    place = places(clusters, rows.shape[1])
    count, mean = int(place.max()) + 1, rows.mean(axis=1)
    if count < 2:
        return np.ones(len(rows))
    apart = rows - mean[:, None]
    sums = np.stack([np.bincount(place, weights=row, minlength=count) for row in apart])
    error = np.sqrt((sums**2).sum(axis=1) * count / (count - 1)) / rows.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.nan_to_num(np.abs(mean) / error, nan=0.0, posinf=math.inf)
    found: Floats = 2 * t.sf(far, count - 1)
    return found
