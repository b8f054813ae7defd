"""Numbers with their errors, as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.analyses.presentation import Number, data_frame
from fairviz.i18n import _, number
from fairviz.stats import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.audit.measured import Measured


def numbers(estimates: Sequence[Estimate]) -> tuple[Number, ...]:
    """Means over a text, each with its interval and llama.cpp's standard error."""
    return tuple(
        Number(
            name=estimate.name,
            title=_(estimate.title),
            value=_with_unit(estimate),
            interval=_error(estimate),
            meaning=_(estimate.meaning),
        )
        for estimate in estimates
    )


def _with_unit(estimate: Estimate) -> str:
    value = signed(estimate.value)
    return f"{value} {_(estimate.unit)}" if estimate.unit == "nats" else value


def _error(estimate: Estimate) -> str:
    if not (math.isfinite(estimate.value) and math.isfinite(estimate.standard_error)):
        return ""
    error = f"±\u00a0{number(estimate.standard_error, '.2g')}"
    return f"{interval(estimate.low, estimate.high, '')}\u00a0{error}".strip()


class Cell(NamedTuple):
    """One number of a run where several runs stand in a table."""

    name: str  # in documents
    title: str  # in the current language
    value: float  # NaN where it was not measured
    written: str  # with its interval
    low: float = math.nan  # ends of its 95 % interval; NaN where it has none
    high: float = math.nan


Brief = tuple[Cell, ...]


def cells(found: Iterable[Estimate | Measured], names: Sequence[str]) -> Brief:
    """Those of the numbers that have these names, in the order of the names."""
    listed = sorted((one for one in found if one.name in names), key=lambda n: names.index(n.name))
    return tuple(
        cell(one.name, _(one.title), one.value, one.unit, one.low, one.high) for one in listed
    )


def cell(
    name: str, title: str, value: float, unit: str, low: float = math.nan, high: float = math.nan
) -> Cell:
    """A number with its interval; fields of `Cell`."""
    written = f"{spelled(value, unit)} {interval(low, high, unit)}".strip()
    return Cell(name, title, value, written, low, high)


def table(by_text: Mapping[str, Sequence[Estimate]]) -> pd.DataFrame:
    """Means over texts, a row each and a column per text.

    Args:
        by_text: Heading -> the same estimates of each text.
    """
    columns = {
        heading: [f"{one.value} {one.interval}".strip() for one in numbers(estimates)]
        for heading, estimates in by_text.items()
    }
    estimates = next(iter(by_text.values()))
    titles = [_(one.title) for one in estimates]
    meanings = [_(one.meaning) for one in estimates]
    return data_frame({_("Number"): titles, **columns, _("What it means"): meanings})


def signed(value: float) -> str:
    """A number of three digits; a dash where it was not measured."""
    if not math.isfinite(value):
        return "–"
    # 1 that was measured is 1.00; 0 is exact.
    return number(value, "#.3g" if value else ".3g").rstrip(".,")


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
    return data_frame(columns)


def spelled(value: float, unit: str) -> str:
    """A value in its unit."""
    if not math.isfinite(value):
        return "–"
    if unit == "share":
        return number(value, ".1%")
    if unit == "items":
        return number(value, ",.0f")
    plain = signed(value)
    return plain if unit in ("", "rank correlation") else f"{plain} {_(unit)}"


def interval(low: float, high: float, unit: str) -> str:
    """Both ends; empty where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if unit != "share":
        return _("[{low}, {high}]", low=signed(low), high=signed(high))
    return _("[{low}, {high}]", low=spelled(low, unit), high=spelled(high, unit))
