"""A number of every compressed form: along the ratio, its spread over groups, beside quality.

The plots along the ratio are small, one per base model, on one range. Unstructured pruning is a
line; quantized forms and 2:4 or 4:8 patterns are single signs at their ratio; the baseline is a
dotted level. Open signs are suspect numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from fairviz.benchmarks import labels
from fairviz.benchmarks.change import Quality
from fairviz.benchmarks.metrics import Metric
from fairviz.figures.labels import axis, inside, safe
from fairviz.figures.legend import look
from fairviz.figures.palette import BARE, BASELINE, MARGIN, QUIET
from fairviz.figures.table_hover import (
    items,
    lines,
    marked,
    moved,
    origin,
    setting,
    suspect,
    told,
    warnings,
)
from fairviz.i18n import _, number

if TYPE_CHECKING:
    import pandas as pd

_PATTERN = {"2:4": "triangle-left", "4:8": "triangle-right"}
_FLOOR = {"fillcolor": "rgba(128,136,149,0.18)", "line": {"color": "rgba(128,136,149,0.6)"}}
# Room left of 0 % and right of 75 %.
_ACROSS = (-0.03, 0.85)
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
_SIZE = {"llama2_7b": 9, "tulu2_7b": 9, "llama2_13b": 13, "tulu2_13b": 13}


def table_curves(rows: pd.DataFrame, metric: Metric) -> dict[str, go.Figure]:
    """`metric` against the share of bits removed, base model by base model.

    Args:
        rows: Rows of one metric about one thing, baselines included.
    """
    metric = told(metric)
    log = metric.log and bool((rows["value"].dropna() > 0).all())
    shown = _("{metric}: {value}", metric=metric.title, value=f"%{{y:.4g}} {metric.unit}")
    return _along_the_ratio(
        rows,
        "value",
        lambda row: f"{shown}{items(row)}{origin(row)}",
        axis(metric.title, metric.unit),
        span(rows["value"], log=log),
        log=log,
    )


def table_spread(rows: pd.DataFrame, metric: Metric) -> dict[str, go.Figure]:
    """Standard deviation over groups against the ratio, base model by base model.

    Where the groups' sizes are known, a grey area reaches up to the spread that 19 of 20
    draws stay below if all groups had one rate: the median over the forms at a ratio.

    Args:
        rows: Rows of `benchmarks.groups.drift`.
    """

    def hover(row: Any) -> str:
        spread = _("spread {value} over {groups} groups", value="%{y:.4f}", groups=row.groups)
        ends = _(
            "lowest {lowest}, highest {highest}",
            lowest=safe(labels.word(row.lowest)),
            highest=safe(labels.word(row.highest)),
        )
        return f"{spread}<br>{ends}"

    return _along_the_ratio(
        rows.assign(n=float("nan")),
        "spread",
        hover,
        axis(_("Spread over groups, SD"), told(metric).unit),
        span([*rows["spread"], *rows["floor"]], log=False, from_zero=True),
    )


def _along_the_ratio(
    rows: pd.DataFrame,
    column: str,
    hover: Callable[[Any], str],
    upright: str,
    range_: tuple[float, float],
    *,
    log: bool = False,
) -> dict[str, go.Figure]:
    """The small plots of a column, and of its `floor` where the rows have one."""
    rows = rows.assign(
        open=suspect(rows["flags"]),
        hover=[
            f"<b>{setting(row)}</b><br>{hover(row)}{warnings(str(row.flags))}<extra></extra>"
            for row in labels.records(rows)
        ],
    )
    figures = {}
    for base in sorted(rows["base_model"].unique(), key=labels.base_order):
        figure = _empty(safe(labels.base_model(base)), upright, range_, log)
        here = rows[rows["base_model"] == base]
        if "floor" in here and len(known := here.dropna(subset=["floor"])):
            floor = known.groupby("ratio", as_index=False)["floor"].median()
            chance = _("chance alone stays below {value}", value="%{y:.4f}")
            figure.add_scatter(
                x=floor["ratio"],
                y=floor["floor"],
                mode="lines",
                fill="tozeroy",
                hovertemplate=chance + "<extra></extra>",
                showlegend=False,
                **_FLOOR,
            )
        for method in sorted(here["method"].unique(), key=labels.order):
            part = here[here["method"] == method]
            figure.add_traces(
                _levels(part, column) if method == "none" else _lines(part, method, column)
            )
        figures[base] = figure
    return figures


def _levels(rows: pd.DataFrame, column: str) -> list[go.Scatter]:
    """The baseline: a dotted level over the whole width."""
    return [
        go.Scatter(
            x=list(_ACROSS),
            y=[value] * 2,
            mode="lines",
            line={"color": BASELINE, "dash": "dot", "width": 2},
            hovertemplate=hover,
            showlegend=False,
        )
        for value, hover in zip(rows[column], rows["hover"], strict=True)
    ]


def _lines(rows: pd.DataFrame, method: str, column: str) -> list[go.Scatter]:
    """One method: a line through unstructured pruning, single signs for everything else."""
    how = look(method)
    found = rows.sort_values("ratio")
    pruned = found["structure"] == "unstructured"
    return [
        go.Scatter(
            x=part["ratio"],
            y=part[column],
            mode=mode,
            line={"color": how.colour, "dash": how.dash, "width": 2},
            marker={
                "color": how.colour,
                "size": 9,
                "symbol": [
                    marked([open_], _PATTERN.get(str(structure), how.symbol))[0]
                    for open_, structure in zip(part["open"], part["structure"], strict=True)
                ],
                "line": {"width": 2, "color": how.colour},
            },
            hovertemplate=list(part["hover"]),
            showlegend=False,
        )
        for part, mode in ((found[pruned], "lines+markers"), (found[~pruned], "markers"))
        if len(part)
    ]


def _empty(title: str, upright: str, range_: tuple[float, float], log: bool) -> go.Figure:
    """A small plot without lines: title, axes with their units, and the range that all share."""
    figure = go.Figure()
    return figure.update_layout(
        height=320,
        margin=MARGIN,
        title={"text": title, "font": {"size": 15}, "x": 0.5, "xanchor": "center"},
        xaxis={
            "title": _("Share of the weights' bits removed (%)"),
            "range": _ACROSS,
            "tickvals": _SHARES,
            "ticktext": [number(share, ".0%") for share in _SHARES],
        },
        yaxis={
            "title": lines(upright, 36),
            "automargin": True,
            "range": range_,
            **({"type": "log", "dtick": "D2", "tickformat": "~s"} if log else {}),
        },
        showlegend=False,
    )


def span(values: Iterable[float], *, log: bool, from_zero: bool = False) -> tuple[float, float]:
    """A range that holds all finite values with a margin; its logarithms where `log`."""
    here = np.array([value for value in values if math.isfinite(value)], dtype=np.float64)
    if not len(here):
        return (0.0, 1.0)
    here = np.log10(here) if log else here
    low, high = float(here.min()), float(here.max())
    if from_zero:
        low = min(low, 0.0)
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return (low if from_zero and low == 0 else low - margin, high + margin)


def stretched(
    values: Iterable[float], *, ratio: bool = False
) -> tuple[Callable[[Any], Any], dict[str, Any]]:
    """Where changes of any size stand apart: a map to places on an axis, and the axis's ticks.

    Small changes are laid out evenly and large ones by their logarithm (asinh), so that forms
    that changed little are not one dot beside those that changed a hundred times as much. What
    is small is what a fifth of the changes are below.

    Args:
        values: Changes, or ratios to what is compared with.
        ratio: Whether they are ratios; 1 then stands for no change.
    """
    still = 1.0 if ratio else 0.0
    far = np.abs(np.array([one for one in values if math.isfinite(one)]) - still)
    far = far[far > 0]
    small, most = (float(np.quantile(far, 0.2)), float(far.max())) if len(far) else (1.0, 1.0)

    def place(value: Any) -> Any:
        return np.arcsinh((np.asarray(value, dtype=np.float64) - still) / small)

    decades = range(math.ceil(math.log10(small)), math.floor(math.log10(most)) + 1)
    sizes = [10.0**power for power in decades] or [small]
    # A ratio of ten stands at 10, not at 11.
    marks = [still, *(one if ratio and one >= 10 else still + one for one in sizes)]
    marks += [still - one for one in sizes if not (ratio and one >= 1)]
    signs = "" if ratio else "+"
    text = [number(one, ".4g" if one == still else f"{signs}.4g") for one in marks]
    ticks = {"tickvals": place(marks), "ticktext": text}
    return place, ticks


def table_overview(points: pd.DataFrame, metric: Metric, quality: Quality) -> go.Figure:
    """Change of `metric` up, change of quality across, each `stretched`; open signs are flagged.

    Args:
        points: Rows of `benchmarks.change.overview`.
    """
    metric = told(metric)
    figure = go.Figure()
    across, x_axis = stretched(points["quality"], ratio=quality.relative)
    up, y_axis = stretched(points["change"])
    points = points.assign(open=suspect(points["flags"]))
    for method in sorted(points["method"].astype(str).unique(), key=labels.order):
        part = points[points["method"] == method]
        rows = list(labels.records(part))
        how = look(method)
        figure.add_scatter(
            x=across(part["quality"]),
            y=up(part["change"]),
            mode="markers",
            name=safe(labels.method(method)),
            marker={
                "color": how.colour,
                "symbol": marked(part["open"], how.symbol),
                "size": [_SIZE.get(str(row.base_model), 10) for row in rows],
                "line": {"width": 2, "color": how.colour},
            },
            text=[f"<b>{setting(row)}</b>" for row in rows],
            customdata=[
                (moved(row, metric), row.quality, origin(row) + warnings(str(row.flags)))
                for row in rows
            ],
            hovertemplate=(
                "%{text}<br>%{customdata[0]}<br>"
                + _("quality {value}", value="%{customdata[1]:.4g}")
                + "%{customdata[2]}<extra></extra>"
            ),
        )
    figure.add_hline(y=0, line={"color": QUIET, "width": 1})
    figure.add_vline(x=0, line={"color": QUIET, "width": 1})
    return figure.update_layout(
        height=460,
        margin=BARE,
        showlegend=False,
        xaxis={"title": _(quality.title), **x_axis},
        yaxis={
            "title": axis(_("Change of {what}", what=inside(metric.title)), metric.unit),
            **y_axis,
        },
    )
