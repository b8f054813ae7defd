"""Whether two numbers rise together, as a description."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Association(NamedTuple):
    """Spearman's rank correlation and the pairs behind it."""

    rho: float
    n: int


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

    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"{first.shape} and {second.shape} are no pairs")
    both = np.isfinite(first) & np.isfinite(second)
    first, second = first[both], second[both]
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return Association(math.nan, len(first))
    return Association(float(spearmanr(first, second).statistic), len(first))
