"""What a metric cannot be: values outside its bounds are flagged, whoever published them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.benchmarks.metrics import metric
from fairviz.benchmarks.schema import joined

if TYPE_CHECKING:
    import pandas as pd

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
        name: The metric, known or not.
        unit: As its table says.
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
