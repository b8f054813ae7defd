"""How far groups lie apart, and how far apart chance alone would put them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Spread(NamedTuple):
    """Distance between groups.

    Attributes:
        standard_deviation: Over groups, each counted once, G - 1 in the denominator.
        range: Highest minus lowest.
        lowest: The lowest value.
        highest: The highest value.
    """

    standard_deviation: float
    range: float
    lowest: float
    highest: float


class Floor(NamedTuple):
    """Standard deviation over groups that sampling alone gives.

    Attributes:
        expected: Root of the expected variance, in closed form.
        quantile: Level that 95 % of the draws stay below.
    """

    expected: float
    quantile: float


def spread(values: npt.ArrayLike) -> Spread:
    """How far the groups' values lie apart; NaN values are left out.

    Assumes nothing; groups of few items spread by chance, see `noise_floor`.

    Args:
        values: (G,) one value per group.

    Returns:
        NaN for the standard deviation below two groups, for the rest below one.
    """
    here = np.asarray(values, dtype=np.float64)
    here = here[np.isfinite(here)]
    if not len(here):
        return Spread(math.nan, math.nan, math.nan, math.nan)
    low, high = float(here.min()), float(here.max())
    sd = float(np.std(here, ddof=1)) if len(here) > 1 else math.nan
    return Spread(sd, high - low, low, high)


def noise_floor(share: float, n: npt.ArrayLike, draws: int = 2000) -> Floor:
    """Spread over groups that all have one true share and differ only through their sizes.

    Assumes independent items within and between groups. For means of probabilities in
    [0, 1] with that mean the true floor is lower: their variance is at most a share's.
    The expected variance is exact: groups' shares are independent with one mean and
    variances p (1 - p) / n_g, and the sample variance of such values has the mean of these
    variances as its expectation.

    Args:
        share: The common share, in [0, 1].
        n: (G,) sizes, > 0, G >= 2.
        draws: Of the simulation behind `quantile`.

    Raises:
        ValueError: If the share or a size cannot be.
    """
    sizes = np.asarray(n, dtype=np.int64)
    if not 0 <= share <= 1 or len(sizes) < 2 or (sizes <= 0).any():
        raise ValueError(f"no floor for the share {share} and sizes {sizes.tolist()}")
    expected = math.sqrt(float(np.mean(share * (1 - share) / sizes)))
    drawn = np.random.default_rng(0).binomial(sizes, share, size=(draws, len(sizes))) / sizes
    return Floor(expected, float(np.quantile(np.std(drawn, axis=1, ddof=1), 0.95)))
