"""What each part brings of a change that was measured over units, and the rest that none brings."""

from __future__ import annotations

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
    1993, chapter 8), and the ends are percentiles. The whole is held at its mean over all units:
    the interval is of what the part brings, and does not run away where the whole is near 0.

    Args:
        whole: (n,) change of each unit.
        parts: (U, n) of it what each part brings.
        clusters: (n,) labels of units that stand or fall together; None: each by itself.

    Raises:
        ValueError: If the lengths differ or there is no unit.
    """
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
        low, high = np.quantile(np.concatenate(drawn), (0.025, 0.975), axis=0)
    rest = (float(value[-1]), float(low[-1]), float(high[-1]))
    return Shares(value[:-1], low[:-1], high[:-1], rest)
