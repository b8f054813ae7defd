"""How far confidence is from being right, with its interval and what chance alone would show."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.calibration import checked, equal_counts, equal_width
from fairviz.stats.clusters import Labels, multiplicities
from fairviz.stats.paired import places

Floats = npt.NDArray[np.float64]
BINS = {"width": equal_width, "counts": equal_counts}
_DRAWS = 1000
_PIECE = 2_000_000


class CalibrationError(NamedTuple):
    """Expected (or adaptive) calibration error of a set; NaN without items.

    Attributes:
        value: Mean over items of |accuracy - confidence| of their bin.
        low: Lower end of its 95 % interval.
        high: Upper end.
        perfect: What perfectly calibrated models of the same confidences show on average.
        perfect_high: What 95 % of such models stay below.
    """

    value: float
    low: float
    high: float
    perfect: float
    perfect_high: float


def calibration_error(
    confidence: npt.ArrayLike,
    right: npt.ArrayLike,
    bins: str = "width",
    clusters: Labels | None = None,
    seed: int = 0,
) -> CalibrationError:
    """The calibration error over ten bins, with its interval and what chance alone shows.

    A bin of few items is never quite right, so the error of a set is above the model's own.
    Models that are right exactly as often as they are sure are simulated on these items for
    how much. The error of a set is at most the model's own and what chance adds (the triangle
    inequality, bin by bin): the lower end takes off what 97.5 % of the simulated stay below.
    The upper end is that of a percentile bootstrap, which errs upwards likewise. Simulated,
    the two ends hold the model's own error 97 % of the time or more (`python -m bench.coverage`).

    Args:
        confidence: (N,) probability that the model gave its answer.
        right: (N,) whether the answer was right, 0 or 1; items where either is NaN are left out.
        bins: A key of `BINS`: `width` is the expected error (ECE), `counts` the adaptive (ACE).
        clusters: (N,) labels; items of one label are drawn, and right or wrong, together.
        seed: Of the draws.

    Returns:
        Ends of NaN below two clusters.

    Raises:
        ValueError: If the lengths differ or a confidence is no probability.
    """
    known = np.isfinite(np.asarray(confidence, dtype=np.float64))
    known &= np.isfinite(np.asarray(right, dtype=np.float64))
    said, hit = checked(confidence, right)
    if not len(said):
        return CalibrationError(*[math.nan] * 5)
    labels = None if clusters is None else np.asarray(clusters)[known]
    place, which = places(labels, len(said)), BINS[bins](said)
    value = float(_errors((hit - said)[None], which)[0])
    units, rng = int(place.max()) + 1, np.random.default_rng(seed)
    simulated = []
    for start in range(0, _DRAWS, most := max(1, _PIECE // len(said))):
        # One draw for all items of a cluster: the same question, asked again, is right again.
        luck = rng.random((min(most, _DRAWS - start), units))[:, place]
        simulated.append(_errors((luck < said) - said, which))
    chance = np.concatenate(simulated)
    perfect, perfect_high = float(chance.mean()), float(np.quantile(chance, 0.95))
    if units < 2:
        return CalibrationError(value, math.nan, math.nan, perfect, perfect_high)
    drawn = [
        _errors(weights[:, place] * (hit - said), which, weights[:, place].sum(axis=1))
        for weights in multiplicities(units, _DRAWS, rng, len(said))
    ]
    low = max(0.0, value - float(np.quantile(chance, 0.975)))
    high = min(1.0, max(value, float(np.quantile(np.concatenate(drawn), 0.975))))
    return CalibrationError(value, low, high, perfect, perfect_high)


def _errors(gaps: Floats, which: npt.NDArray[np.int64], total: Floats | None = None) -> Floats:
    """(B,) errors of (B, N) gaps of outcome and confidence, in bins of numbers `which`."""
    sums = np.abs(gaps @ np.eye(int(which.max()) + 1)[which]).sum(axis=1)
    found: Floats = sums / (len(which) if total is None else total)
    return found
