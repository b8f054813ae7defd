"""The numbers of an audit, each with its interval, its test, and what it is called and means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.core.declared import declared, sentences_of, told
from fairviz.i18n import _, ngettext
from fairviz.i18n import number as spelled
from fairviz.metrics.traces import BOTH
from fairviz.stats import (
    Bounded,
    CalibrationError,
    calibration_error,
    effective,
    mean_interval,
    paired_change,
    wilson,
)
from fairviz.stats.clusters import Labels

if TYPE_CHECKING:
    import pandas as pd

_DECLARED, _say = declared(__file__), sentences_of(__file__)


class Measured(NamedTuple):
    """One number of an audit."""

    name: str  # its key in files
    title: str  # what a reader calls it
    unit: str  # `share`, `nats`, `rank correlation`, `items`, …
    value: float  # the number; NaN where it cannot be had
    low: float = math.nan  # lower end of its 95 % interval; NaN where it has none
    high: float = math.nan  # upper end
    p_value: float = math.nan  # of the test that `meaning` names; NaN where there is none
    n: int = 0  # prompts or items behind it
    meaning: str = ""  # one or two sentences for the reader


def number(
    which: str,
    value: float,
    low: float = math.nan,
    high: float = math.nan,
    p_value: float = math.nan,
    *,
    n: int,
    **values: Any,
) -> Measured:
    """A number under its words; `values` fill its meaning."""
    words = _DECLARED[which]
    meaning = told(words["meaning"], **values) if "meaning" in words else ""
    name = words.get("name", which)
    return Measured(name, _(words["title"]), words["unit"], value, low, high, p_value, n, meaning)


def share(which: str, values: npt.ArrayLike, units: Labels | None, **said: Any) -> Measured:
    """A share with Wilson's interval, of as many items as its clusters are worth."""
    hits = np.asarray(values, dtype=np.float64)
    n, worth, rate = len(hits), effective(hits, units), float(hits.mean())
    ends = wilson(rate * worth, worth)
    return number(which, rate, float(ends.low), float(ends.high), n=n, **said)


def mean(which: str, values: npt.ArrayLike, units: Labels | None, most: float = 1.0) -> Measured:
    """A mean of what lies between 0 and `most`, with its interval over clusters."""
    found = mean_interval(values, units, bounds=(0.0, most))
    return number(which, found.mean, found.low, found.high, n=np.size(values))


def count(which: str, items: int, n: int) -> Measured:
    """A number of items."""
    return number(which, float(items), n=n)._replace(
        meaning=ngettext("Of {n} item.", "Of {n} items.", n)
    )


def change(
    which: str, before: npt.ArrayLike, after: npt.ArrayLike, units: Labels | None
) -> Measured:
    """A mean change with the interval and the test of `paired_change`."""
    moved = paired_change(before, after, units)
    return number(which, moved.mean, moved.low, moved.high, moved.p_value, n=np.size(before))


def relation(which: str, found: Bounded) -> Measured:
    """A rank correlation with its interval and its test."""
    return number(which, found.rho, found.low, found.high, found.p_value, n=found.n)


def calibration(table: pd.DataFrame, units: Labels | None) -> list[Measured]:
    """Expected and adaptive calibration error of both models.

    Args:
        table: Items with their outcomes, all of which have right answers.
    """
    found = []
    for side in BOTH:
        for name, bins in (("ece", "width"), ("ace", "counts")):
            error = _error(table, side, bins, units)
            row = number(f"{side}_{name}", error.value, error.low, error.high, n=len(table))
            chance = _say(
                "chance",
                perfect=spelled(error.perfect, ".3f"),
                most=spelled(error.perfect_high, ".3f"),
            )
            found.append(row._replace(meaning=f"{row.meaning} {chance}"))
    return found


def calibration_told(table: pd.DataFrame, bins: str, units: Labels | None) -> str:
    """Both errors with their intervals and what chance alone would show, below a diagram.

    Args:
        bins: A key of `stats.calibration.BINS`.
    """
    errors = {side: _error(table, side, bins, units) for side in BOTH}
    return " ".join(
        _say(
            side,
            error=spelled(one.value, ".3f"),
            low=spelled(one.low, ".3f"),
            high=spelled(one.high, ".3f"),
            perfect=spelled(one.perfect, ".3f"),
            most=spelled(one.perfect_high, ".3f"),
        )
        for side, one in errors.items()
        if math.isfinite(one.low)
    )


def _error(table: pd.DataFrame, side: str, bins: str, units: Labels | None) -> CalibrationError:
    return calibration_error(table[f"{side}_confidence"], table[f"{side}_correct"], bins, units)
