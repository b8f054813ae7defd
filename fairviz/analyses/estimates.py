"""Numbers with their errors, as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairviz.analyses.presentation import Number
from fairviz.i18n import _, number
from fairviz.stats import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.audit.measured import Measured


def estimates(by_text: Sequence[tuple[str, Sequence[Estimate]]]) -> pd.DataFrame:
    """Means over texts, a column each, with interval and llama.cpp's error.

    Args:
        by_text: A heading and the same estimates of each text.
    """
    import pandas as pd

    rows = []
    for place, one in enumerate(by_text[0][1]):
        unit = f" ({_(one.unit)})" if one.unit else ""
        row = {_("Number"): f"{_(one.title)}{unit}"}
        for heading, found in by_text:
            row[heading] = _with_error(found[place])
        rows.append({**row, _("What it means"): _(one.meaning)})
    return pd.DataFrame(rows)


def _with_error(one: Estimate) -> str:
    if not math.isfinite(one.value):
        return "–"
    if not math.isfinite(one.standard_error):
        return _signed(one.value)
    error = f"\u00a0±\u00a0{number(one.standard_error, '.2g')}"
    return f"{_signed(one.value)} {interval(one.low, one.high, '')}".strip() + error


def _signed(value: float) -> str:
    return minus(number(value, ".3g"))


def minus(written: str) -> str:
    """A number with the sign that typesetters use; an exponent keeps its own."""
    return f"−{written[1:]}" if written.startswith("-") else written


def measured(found: Sequence[Measured]) -> tuple[Number, ...]:
    """Numbers of an audit with their intervals and tests."""
    return tuple(
        Number(
            row.name,
            _(row.title),
            spelled(row.value, row.unit),
            interval(row.low, row.high, row.unit),
            number(row.p_value, ".2g") if math.isfinite(row.p_value) else "",
            number(row.n, ",d"),
            _(row.meaning),
        )
        for row in found
    )


def table_of(numbers: Sequence[Number]) -> pd.DataFrame:
    """Numbers as a table, without the columns that none of them fills."""
    import pandas as pd

    titles = {
        "title": _("Number"),
        "value": _("Value"),
        "interval": _("95 % interval"),
        "p": _("p"),
        "n": _("n"),
        "meaning": _("What it means"),
    }
    columns = {
        title: [getattr(row, name) for row in numbers]
        for name, title in titles.items()
        if any(getattr(row, name) for row in numbers)
    }
    return pd.DataFrame(columns)


def spelled(value: float, unit: str) -> str:
    """A value in its unit."""
    if not math.isfinite(value):
        return "–"
    if unit == "share":
        return minus(number(value, ".1%"))
    if unit == "items":
        return number(value, ",.0f")
    plain = _signed(value)
    return plain if unit in ("", "rank correlation") else f"{plain} {_(unit)}"


def interval(low: float, high: float, unit: str) -> str:
    """Both ends; empty where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if unit == "share":
        return f"[{spelled(low, unit)};\u00a0{spelled(high, unit)}]"
    return f"[{_signed(low)};\u00a0{_signed(high)}]"
