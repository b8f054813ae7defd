"""Whether a model that says 70 % is right seven times in ten."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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


def reliability(confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = 10) -> Reliability:
    """Bins of equal width over [0, 1].

    Args:
        confidence: (N,) probability that the model gave its answer.
        right: (N,) whether the answer was right, 0 or 1.
        bins: How many.

    Raises:
        ValueError: If the two differ in length or a confidence is no probability.
    """
    said, hit = checked(confidence, right)
    place = equal_width(said, bins)
    edges = np.linspace(0, 1, bins + 1)
    return _binned(said, hit, [place == one for one in range(bins)], edges)


def adaptive_reliability(
    confidence: npt.ArrayLike, right: npt.ArrayLike, bins: int = 10
) -> Reliability:
    """Bins of equal counts (within one), for confidences that crowd together.

    Args:
        confidence: (N,) probability that the model gave its answer.
        right: (N,) whether the answer was right, 0 or 1.
        bins: At most so many.

    Raises:
        ValueError: If the two differ in length or a confidence is no probability.
    """
    said, hit = checked(confidence, right)
    place = equal_counts(said, bins)
    return _binned(said, hit, [place == one for one in range(bins)], None)


def equal_width(confidence: Floats, bins: int = 10) -> npt.NDArray[np.int64]:
    """(N,) number of each item's bin of equal width; a confidence of 1 belongs to the last."""
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    return np.digitize(confidence, edges, right=False).astype(np.int64)


def equal_counts(confidence: Floats, bins: int = 10) -> npt.NDArray[np.int64]:
    """(N,) number of each item's bin of as many items each, within one."""
    place = np.zeros(len(confidence), dtype=np.int64)
    order = np.argsort(confidence, kind="stable")
    for number, part in enumerate(np.array_split(order, min(bins, max(len(order), 1)))):
        place[part] = number
    return place


def checked(confidence: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Confidences and outcomes of the items that have both.

    Raises:
        ValueError: If the two differ in length or a confidence is no probability.
    """
    said, hit = (np.asarray(one, dtype=np.float64) for one in (confidence, right))
    if said.shape != hit.shape or said.ndim != 1:
        raise ValueError(f"{said.shape} and {hit.shape} are no pairs")
    known = np.isfinite(said) & np.isfinite(hit)
    said, hit = said[known], hit[known]
    if len(said) and not (said.min() >= 0 and said.max() <= 1 + 1e-9):
        raise ValueError("a confidence is a probability")
    return said, hit


def _binned(
    said: Floats, hit: Floats, members: list[npt.NDArray[np.bool_]], edges: Floats | None
) -> Reliability:
    kept = [number for number, member in enumerate(members) if member.any()]
    n = np.array([members[one].sum() for one in kept], dtype=np.int64)
    hits = np.array([hit[members[one]].sum() for one in kept], dtype=np.float64)
    means = np.array([said[members[one]].mean() for one in kept], dtype=np.float64)
    if edges is None:
        low = np.array([said[members[one]].min() for one in kept], dtype=np.float64)
        high = np.array([said[members[one]].max() for one in kept], dtype=np.float64)
    else:
        low, high = edges[kept], edges[[one + 1 for one in kept]]
    ends = wilson(hits, n)
    return Reliability(low, high, n, means, hits / np.maximum(n, 1), ends.low, ends.high)
