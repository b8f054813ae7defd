"""Whether a model that says 70 % is right seven times in ten, and what chance alone would show."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.association import Bools, finite_pairs
from fairviz.stats.clusters import PIECE, Labels, multiplicities, places
from fairviz.stats.intervals import wilson

Floats = npt.NDArray[np.float64]


class Reliability(NamedTuple):
    """Items in bins of confidence, empty bins left out; each field (B,).

    Attributes:
        low: Least confidence of the bin: of its range, or of its items where bins are of
            equal counts.
        high: Most confidence of it, likewise.
        n: Items in it.
        confidence: Their mean confidence.
        accuracy: Share of them that is right.
        accuracy_low: Lower end of Wilson's 95 % interval of that share.
        accuracy_high: Upper end.
    """

    low: Floats
    high: Floats
    n: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats
    accuracy_low: Floats
    accuracy_high: Floats

    @property
    def error(self) -> float:
        """Mean over items of |accuracy - confidence| of their bin; NaN without items.

        With bins of equal width this is the expected calibration error (ECE, Naeini et al.
        2015), with bins of equal counts the adaptive one (ACE, Nixon et al. 2019). Both
        are biased upwards where bins hold few items; see `calibration_error`.
        """
        if not len(self.n):
            return math.nan
        return float(np.average(np.abs(self.accuracy - self.confidence), weights=self.n))


def reliability(
    confidence: npt.ArrayLike, right: npt.ArrayLike, by: str = "width", bins: int = 10
) -> Reliability:
    """Items in bins of equal width over [0, 1], or of equal counts for confidences that crowd.

    Args:
        confidence: (N,) probability that the model gave its answer.
        right: (N,) whether the answer was right, 0 or 1.
        by: A key of `BINS`: `width`, or `counts` (equal within one).
        bins: How many; of equal counts, at most so many.

    Raises:
        ValueError: If the two differ in length or a confidence is no probability.
    """
    said, hit, _known = _checked(confidence, right)
    which = BINS[by](said, bins)
    kept = np.unique(which)
    members = [which == one for one in kept]
    n = np.array([member.sum() for member in members], dtype=np.int64)
    hits, means, low, high = (
        np.array([how(values[member]) for member in members], dtype=np.float64)
        for how, values in ((np.sum, hit), (np.mean, said), (np.min, said), (np.max, said))
    )
    if by == "width":
        edges = np.linspace(0, 1, bins + 1)
        low, high = edges[kept], edges[kept + 1]
    ends = wilson(hits, n)
    return Reliability(low, high, n, means, hits / np.maximum(n, 1), ends.low, ends.high)


def _equal_width(confidence: Floats, bins: int = 10) -> npt.NDArray[np.int64]:
    """(N,) number of each item's bin of equal width; a confidence of 1 belongs to the last."""
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    return np.digitize(confidence, edges, right=False).astype(np.int64)


def _equal_counts(confidence: Floats, bins: int = 10) -> npt.NDArray[np.int64]:
    """(N,) number of each item's bin of as many items each, within one."""
    place = np.zeros(len(confidence), dtype=np.int64)
    order = np.argsort(confidence, kind="stable")
    for number, part in enumerate(np.array_split(order, min(bins, max(len(order), 1)))):
        place[part] = number
    return place


def _checked(confidence: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Floats, Floats, Bools]:
    """Confidences and outcomes of the items that have both, and which these are.

    Raises:
        ValueError: If the two differ in length or a confidence is no probability.
    """
    said, hit, known = finite_pairs(confidence, right)
    if len(said) and not (said.min() >= 0 and said.max() <= 1 + 1e-9):
        raise ValueError("a confidence is a probability")
    return said, hit, known


BINS = {"width": _equal_width, "counts": _equal_counts}
_DRAWS = 1000
# Clusters from which sums are taken as normal.
_LARGE = 20_000


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
    said, hit, known = _checked(confidence, right)
    if not len(said):
        return CalibrationError(*[math.nan] * 5)
    labels = None if clusters is None else np.asarray(clusters)[known]
    place, which = places(labels, len(said)), BINS[bins](said)
    value = float(_errors((hit - said)[None], which)[0])
    units, rng = int(place.max()) + 1, np.random.default_rng(seed)
    if units > _LARGE:
        return _of_many(value, said, hit, which, place, rng)
    simulated = []
    for start in range(0, _DRAWS, most := max(1, PIECE // len(said))):
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


def _of_many(
    value: float,
    said: Floats,
    hit: Floats,
    which: npt.NDArray[np.int64],
    place: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> CalibrationError:
    """The same of so many clusters that the gaps of a bin add up to a normal number.

    Those of the bootstrap have the covariance of the clusters' sums. Those of chance have that of
    one draw of luck a cluster: of two items said to be right with a <= b it is a (1 - b).
    """
    bins, units = int(which.max()) + 1, int(place.max()) + 1
    cells = place * bins + which
    sums = np.bincount(cells, weights=hit - said, minlength=units * bins).reshape(units, bins)
    whole = sums.sum(axis=0)
    around = sums - np.bincount(place)[:, None] / len(said) * whole
    order = np.lexsort((said, place))
    a, cluster, bin_ = said[order], place[order], which[order]
    luck = np.zeros((bins, bins))
    for apart in range(int(np.bincount(place).max())):
        pairs = np.flatnonzero(cluster[apart:] == cluster[: len(cluster) - apart])
        shared = a[pairs] * (1 - a[pairs + apart])
        both = np.bincount(
            bin_[pairs] * bins + bin_[pairs + apart], weights=shared, minlength=bins * bins
        ).reshape(bins, bins)
        luck += both if apart == 0 else both + both.T
    drawn, chance = (
        np.abs(rng.multivariate_normal(centre, spread, size=_DRAWS)).sum(axis=1) / len(said)
        for centre, spread in ((whole, around.T @ around), (np.zeros(bins), luck))
    )
    return CalibrationError(
        value,
        max(0.0, value - float(np.quantile(chance, 0.975))),
        min(1.0, max(value, float(np.quantile(drawn, 0.975)))),
        float(chance.mean()),
        float(np.quantile(chance, 0.95)),
    )


def _errors(gaps: Floats, which: npt.NDArray[np.int64], total: Floats | None = None) -> Floats:
    """(B,) errors of (B, N) gaps of outcome and confidence, in bins of numbers `which`."""
    sums = np.abs(gaps @ np.eye(int(which.max()) + 1)[which]).sum(axis=1)
    found: Floats = sums / (len(which) if total is None else total)
    return found
