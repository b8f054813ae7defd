"""What the tables measure: unit, range, which way harm lies; values out of range are flagged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.benchmarks.schema import joined
from fairviz.core.declared import declared, records
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


class Metric(NamedTuple):
    """One measured quantity."""

    name: str  # as in the tables
    title: str  # what a page calls it
    unit: str = ""  # its unit
    worse: str = ""  # which way harm lies: `higher`, `lower`, `away_from_0`, or empty for neither
    # What an interval may assume. `share`: k of n items, so binomial. `probability`: a mean of
    # numbers in [0, 1], whose variance is at most that of a share, so that a binomial interval is
    # too wide rather than too narrow. `other`: none.
    kind: str = "other"
    log: bool = False  # whether a page draws it on a logarithmic axis
    meaning: str = ""  # one sentence for the reader
    # What no value can be below or above; a share's and a probability's are 0 and 1 whatever stands
    # here (see `bounds.bounds`).
    least: float = -math.inf
    most: float = math.inf


METRICS = records(Metric, __file__, "metrics")
BY_NAME = {metric.name: metric for metric in METRICS}
UNITS: tuple[str, ...] = declared(__file__)["units"]
ALIASES: dict[str, str] = declared(__file__)["aliases"]


def metric(name: str) -> Metric:
    """The record of a metric; one that no study here has gets a plain record of its name."""
    return BY_NAME.get(name) or Metric(name, name.replace("_", " "))


def told(metric: Metric) -> Metric:
    """The record in the current language; one's own metric keeps its name."""
    if metric.name not in BY_NAME:
        return metric
    return metric._replace(title=_(metric.title), unit=_(metric.unit), meaning=_(metric.meaning))


def unit(name: str) -> str:
    """A unit in the current language; one that no study here has stays as it is."""
    return _(name) if name in UNITS else name


FLAG = "impossible_value"
# Units whose every number is one of [0, 1], also of metrics that are not known here.
_SHARES = ("share", "probability")
# The mean of sizes over subjects is 0 to 1; one subject's own has a sign.
_SIGNED = ("eta",)
_OF_A_SUBJECT = ("group", "rank")
# A share that was computed may lie past its end by rounding.
_ROUNDING = 1e-9


class Bounds(NamedTuple):
    """The least and the most that a value can be, both included; infinite where there is none."""

    least: float
    most: float


def bounds(name: str, unit: str = "", level: str = "") -> Bounds:
    """What a metric's values can be.

    Args:
        level: As its table says; only a subject's own eta differs by it.
    """
    known = metric(name)
    if known.kind in ("share", "probability") or unit in _SHARES:
        return Bounds(0, 1)
    if name in _SIGNED and level in _OF_A_SUBJECT:
        return Bounds(-known.most, known.most)
    return Bounds(known.least, known.most)


def flagged(cells: pd.DataFrame) -> pd.DataFrame:
    """The table with `impossible_value` among the flags of every value outside its bounds."""
    values = cells["value"].to_numpy(dtype=float)
    outside = np.zeros(len(cells), dtype=bool)
    by = ["metric", "unit", "level"]
    code = cells.groupby(by, observed=True).ngroup().to_numpy()
    for number, at in enumerate(np.unique(code, return_index=True)[1]):
        rows = code == number
        least, most = bounds(*(str(cells[name].iloc[at]) for name in by))
        outside[rows] = (values[rows] < least - _ROUNDING) | (values[rows] > most + _ROUNDING)
    if not outside.any():
        return cells
    flags = cells["flags"].astype("object")
    flags[outside] = [joined((*str(one).split(","), FLAG)) for one in flags[outside]]
    return cells.assign(flags=flags.astype("category"))
