"""Fewer points of long series, with every extreme kept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from fairviz.metrics.traces import Floats, Ints

# More would be slower to draw than a reader can look.
MOST = 600


def thin(series: Sequence[Floats], buckets: int = MOST // 4) -> Ints:
    """Places to draw of series of one length, in order.

    The length is cut into `buckets`, of each of which the smallest and the largest value of
    every series stay, and both ends. Up to `MOST` places are all kept.

    Args:
        series: (N,) each; NaN is never an extreme.
        buckets: How many.
    """
    size = len(series[0]) if len(series) else 0
    if size <= MOST:
        return np.arange(size)
    kept = {0, size - 1}
    edges = np.linspace(0, size, buckets + 1).astype(int)
    for values in series:
        low, high = np.nan_to_num(values, nan=np.inf), np.nan_to_num(values, nan=-np.inf)
        for start, end in pairwise(edges):
            if end > start:
                kept.add(int(start + np.argmin(low[start:end])))
                kept.add(int(start + np.argmax(high[start:end])))
    return np.array(sorted(kept), dtype=np.int64)
