"""One number of an audit with its interval, its test and its meaning."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.i18n import ngettext
from fairviz.stats import effective, mean_interval, paired_change, wilson

# A label for each row; rows of one label are one independent unit.
Labels = list[str]


class Measured(NamedTuple):
    """One number of an audit.

    Attributes:
        name: Its key in files.
        title: What a reader calls it.
        unit: `share`, `nats`, `rank correlation`, `items`, …
        value: The number; NaN where it cannot be had.
        low: Lower end of its 95 % interval; NaN where it has none.
        high: Upper end.
        p_value: Of the test that `meaning` names; NaN where there is none.
        n: Prompts or items behind it.
        meaning: One or two sentences for the reader.
    """

    name: str
    title: str
    unit: str
    value: float
    low: float
    high: float
    p_value: float
    n: int
    meaning: str


def share(
    name: str, title: str, values: npt.ArrayLike, meaning: str, units: Labels | None
) -> Measured:
    """A share with Wilson's interval, of as many items as its clusters are worth."""
    hits = np.asarray(values, dtype=np.float64)
    n, worth, rate = len(hits), effective(hits, units), float(hits.mean())
    ends = wilson(rate * worth, worth)
    return Measured(
        name, title, "share", rate, float(ends.low), float(ends.high), math.nan, n, meaning
    )


def mean(
    name: str, title: str, values: npt.ArrayLike, meaning: str, units: Labels | None
) -> Measured:
    """A mean probability with its interval over clusters."""
    found = mean_interval(values, units, bounds=(0.0, 1.0))
    return Measured(
        name, title, "probability", found.mean, found.low, found.high, math.nan, np.size(values),
        meaning,
    )  # fmt: skip


def count(name: str, title: str, items: int, n: int) -> Measured:
    """A number of items."""
    nan = math.nan
    return Measured(
        name,
        title,
        "items",
        float(items),
        nan,
        nan,
        nan,
        n,
        ngettext(
            "Of {n} item.",
            "Of {n} items.",
            n,
        ),
    )


def change(
    name: str,
    title: str,
    unit: str,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    meaning: str,
    units: Labels | None,
) -> Measured:
    """A mean change with the interval and the test of `paired_change`."""
    moved = paired_change(before, after, units)
    return Measured(
        name, title, unit, moved.mean, moved.low, moved.high, moved.p_value, np.size(before),
        meaning,
    )  # fmt: skip
