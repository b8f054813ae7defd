"""Cells of a table as a reader reads them, numbers as the language writes them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses.estimates import minus
from fairviz.i18n import _, number

if TYPE_CHECKING:
    import pandas as pd


def cells(frame: pd.DataFrame) -> Iterator[list[tuple[bool, str]]]:
    """Row by row, of every cell whether its column is of numbers, and what stands in it."""
    numeric = [frame[name].dtype.kind in "fiu" for name in frame.columns]
    for row in frame.itertuples(index=False, name=None):
        yield [(kind, written(value)) for kind, value in zip(numeric, row, strict=True)]


def written(value: Any) -> str:
    """A cell's value as a reader reads it; what is missing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return _("yes") if value else _("no")
    if isinstance(value, int | np.integer):
        return minus(number(int(value), ",d"))
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return "–"
        size = float(value)
        whole = size.is_integer() and abs(size) < 1e12
        return minus(number(size, ",.0f" if whole else ".4g"))
    said = str(value)
    return "–" if said in ("<NA>", "NaT") else said
