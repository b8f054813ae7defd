"""What the tables measure: one record per metric, its unit, its range, which way harm lies."""

from __future__ import annotations

import math
from typing import NamedTuple

from fairviz.core.declared import declared, records
from fairviz.i18n import _


class Metric(NamedTuple):
    """One measured quantity.

    Attributes:
        name: As in the tables.
        title: What a page calls it.
        unit: Its unit.
        worse: Which way harm lies: `higher`, `lower`, `away_from_0`, or empty for neither.
        kind: What an interval may assume. `share`: k of n items, so binomial. `probability`:
            a mean of numbers in [0, 1], whose variance is at most that of a share, so that a
            binomial interval is too wide rather than too narrow. `other`: none.
        log: Whether a page draws it on a logarithmic axis.
        meaning: One sentence for the reader.
        least, most: What no value can be below or above; a share's and a probability's are 0
            and 1 whatever stands here (see `bounds.bounds`).
    """

    name: str
    title: str
    unit: str = ""
    worse: str = ""
    kind: str = "other"
    log: bool = False
    meaning: str = ""
    least: float = -math.inf
    most: float = math.inf


METRICS = records(Metric, __file__, "metrics")
BY_NAME = {metric.name: metric for metric in METRICS}
UNITS: tuple[str, ...] = declared(__file__)["units"]
ALIASES: dict[str, str] = declared(__file__)["aliases"]


def metric(name: str) -> Metric:
    """The record of a metric; one that no study here has gets a plain record of its name."""
    known = BY_NAME.get(name)
    if known is not None:
        return known
    return Metric(name, name.replace("_", " "))


def told(metric: Metric) -> Metric:
    """The record in the current language; one's own metric keeps its name."""
    if metric.name not in BY_NAME:
        return metric
    return metric._replace(title=_(metric.title), unit=_(metric.unit), meaning=_(metric.meaning))


def unit(name: str) -> str:
    """A unit in the current language; one that no study here has stays as it is."""
    return _(name) if name in UNITS else name
