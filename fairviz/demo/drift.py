"""How far a compressed form of the demo drifts from the planted truth, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fairviz.demo.recovered import Recovered
from fairviz.probes.contrast import Floats, contrast, mean

ALL = "all"


class Drift(NamedTuple):
    """The distance from the truth of both models, over the cells of one probe.

    Attributes:
        n: Planted shares compared.
        groups: The trades and valleys that they belong to, a language's each for itself; the
            intervals draw these.
        baseline, compressed: Mean |found - planted|, in points of probability (0 to 1).
        p: Of the test that the two models are as far from the truth as each other.
        exaggerated, exaggerated_low, exaggerated_high: How much farther from even the
            compressed model is than the baseline, in points of probability: above 0 the
            stereotype grew, below 0 it faded. Shares planted even count as 0.
        baseline_inside, compressed_inside: Share of the cells whose 95 % interval holds the
            planted share; NaN where the probe does not sample.
    """

    probe: str
    language: str
    kind: str
    n: int
    groups: int
    baseline: float
    baseline_low: float
    baseline_high: float
    compressed: float
    compressed_low: float
    compressed_high: float
    change: float
    low: float
    high: float
    p: float
    baseline_largest: float
    compressed_largest: float
    exaggerated: float
    exaggerated_low: float
    exaggerated_high: float
    baseline_inside: float
    compressed_inside: float


def drifts(cells: Sequence[Recovered]) -> list[Drift]:
    """The drift by probe: over all its cells, and by language and kind."""
    found = []
    for probe in dict.fromkeys(cell.probe for cell in cells):
        own = [cell for cell in cells if cell.probe == probe]
        for language in (ALL, *dict.fromkeys(cell.language for cell in own)):
            for kind in (ALL, *dict.fromkeys(cell.kind for cell in own)):
                here = [
                    cell
                    for cell in own
                    if language in (ALL, cell.language) and kind in (ALL, cell.kind)
                ]
                found.append(drift(here, language, kind))
    return found


def drift(cells: Sequence[Recovered], language: str = ALL, kind: str = ALL) -> Drift:
    """The drift over some cells of one probe.

    The intervals draw trades and valleys with replacement, within their language and kind: a
    valley's shares sum to 1, and a trade's three frames say the same. They are of other trades
    and valleys such as these; the models and their probabilities are fixed.

    Args:
        cells: Of one probe, at least one.

    Raises:
        ValueError: If there is no cell.
    """
    planted = np.array([cell.planted for cell in cells])
    shares = np.array([[cell.baseline, cell.compressed] for cell in cells])
    # A form that writes no gendered word after a prompt has no rate there.
    known = np.isfinite(shares).all(axis=1)
    far = np.abs(shares - planted[:, None])
    # +1 where the truth lies above even, -1 below, 0 at even.
    side = np.sign(np.round(planted - 1 / np.array([cell.among for cell in cells]), 9))
    names = [(cell.language, cell.kind, cell.group) for cell in cells]
    clusters = list(dict.fromkeys(names))
    place = np.array([clusters.index(name) for name in names])
    strata = [cluster[:2] for cluster in clusters]

    def sums(values: Floats) -> Floats:
        added = np.zeros((len(clusters), 2))
        np.add.at(added, place[known], np.stack([values, np.ones_like(values)], axis=1)[known])
        return added

    distance = contrast(mean, sums(far[:, 0]), sums(far[:, 1]), strata)
    away = contrast(mean, sums(side * shares[:, 0]), sums(side * shares[:, 1]), strata)
    largest = far[known].max(axis=0) if known.any() else np.full(2, np.nan)
    numbers: list[float] = [
        *distance[:10],
        *map(float, largest),
        *(away.difference, away.low, away.high),
        _inside([(one.planted, one.baseline_low, one.baseline_high) for one in cells]),
        _inside([(one.planted, one.compressed_low, one.compressed_high) for one in cells]),
    ]
    return Drift(cells[0].probe, language, kind, int(known.sum()), len(clusters), *numbers)


def _inside(cells: Sequence[tuple[float, float, float]]) -> float:
    known = [low <= planted <= high for planted, low, high in cells if math.isfinite(low)]
    return float(np.mean(known)) if known else math.nan
