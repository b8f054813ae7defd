"""Errors of means over the tokens of a text, which depend on their neighbours.

A hard sentence is hard for several tokens on end, so that the usual error, of independent tokens,
is too small: 1.4 to 3 times on real text. The stationary bootstrap (Politis & Romano 1994) draws
blocks of random lengths; the variance that it gives to a mean is known in closed form, so that
nothing is drawn here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Below this many tokens nothing can be said of how they hang together.
LEAST = 10


class Blocks(NamedTuple):
    """The error of a mean over tokens in their order.

    Attributes:
        error: Standard error by the stationary bootstrap; NaN below `LEAST` tokens.
        length: Mean length of the blocks, tokens.
        half: Half of the 95 % interval: Student's quantile for as many units as there are
            blocks, times the error.
    """

    error: float
    length: float
    half: float


def block_error(values: npt.ArrayLike) -> Blocks:
    """The error of the mean of values that stand in an order.

    The length of the blocks is that of Politis & White 2004 with the correction of Patton,
    Politis & White 2009: autocovariances up to the lag from which on five or more in a row are
    no more than noise, under a flat-top window, at most 3 sqrt(n) and n / 3. It is at least
    2 n^(1/3), since weak dependence is not seen in a short text and narrows its interval all the
    same. The half width counts blocks, not tokens, as what the variance was found from.

    Args:
        values: (T,) one value a token, in the order of the text.
    """
    from scipy.stats import t

    x = np.asarray(values, dtype=np.float64)
    n = len(x)
    if n < LEAST or not np.isfinite(x).all():
        return Blocks(math.nan, math.nan, math.nan)
    covariance = _autocovariance(x)
    if covariance[0] <= 0:
        return Blocks(0.0, 1.0, 0.0)
    length = max(_length(covariance), min(2 * n ** (1 / 3), n / 3))
    lag, stop = np.arange(1, n), 1 / length
    weight = (1 - lag / n) * (1 - stop) ** lag + lag / n * (1 - stop) ** (n - lag)
    variance = covariance[0] + 2 * float((weight * covariance[1:]).sum())
    # As for independent values, n - 1 in place of n; negative dependence does not count.
    error = math.sqrt(max(variance, covariance[0]) / (n - 1))
    free = n / length - 1
    return Blocks(error, length, float(t.ppf(0.975, free)) * error * math.sqrt(1 + 1 / free))


def _autocovariance(x: Floats) -> Floats:
    """(T,) of lags 0 to T - 1, each over T."""
    n, width = len(x), 1 << (2 * len(x) - 1).bit_length()
    spectrum = np.fft.rfft(x - x.mean(), width)
    found: Floats = np.fft.irfft(np.abs(spectrum) ** 2, width)[:n] / n
    return found


def _length(covariance: Floats) -> float:
    """Mean block length by Politis & White, at least 1."""
    n = len(covariance)
    several = max(5, math.ceil(math.sqrt(math.log10(n))))
    most = min(math.ceil(math.sqrt(n)) + several, n - 1)
    small = np.abs(covariance[1 : most + 1] / covariance[0]) < 2 * math.sqrt(math.log10(n) / n)
    last = next((lag for lag in range(most) if small[lag : lag + several].all()), most)
    if last == 0:
        return 1.0
    window = min(2 * last, most)
    lag = np.arange(1, window + 1)
    flat = np.clip(2 * (1 - lag / window), 0, 1)
    part = flat * covariance[1 : window + 1]
    level = covariance[0] + 2 * float(part.sum())
    slope = 2 * float((part * lag).sum())
    if level <= 0:
        return 1.0
    best = (slope / level) ** 2 * n
    return float(np.clip(best ** (1 / 3), 1, max(min(3 * math.sqrt(n), n / 3), 1)))
