"""A metric along the compression ratio, one small plot per base model, one line per method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import Metric
from fairviz.figures.labels import axis
from fairviz.figures.methods import look
from fairviz.figures.palette import BASELINE
from fairviz.figures.table_hover import marked, origin, records, setting, warnings

if TYPE_CHECKING:
    import pandas as pd

_PATTERN = {"2:4": "triangle-left", "4:8": "triangle-right"}


def table_curves(rows: pd.DataFrame, metric: Metric, *, columns: int = 2) -> go.Figure:
    """`metric` against the share of bits removed.

    Unstructured pruning is a line; quantized forms and 2:4 or 4:8 patterns are single signs
    at their ratio; the baseline is a dotted level. Flagged numbers are open signs.

    Args:
        rows: Rows of one metric about one thing, baselines included.
        metric: What `value` is.
        columns: Plots in a row.
    """
    bases = sorted(rows["base_model"].astype(str).unique(), key=_place)
    columns = min(columns, max(len(bases), 1))
    lines = max(-(-len(bases) // columns), 1)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        subplot_titles=[labels.base_model(base) for base in bases],
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.04,
        vertical_spacing=0.14 if lines > 1 else 0,
    )
    told: set[str] = set()
    for number, base in enumerate(bases):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        here = rows[rows["base_model"] == base]
        for method in sorted(here["method"].astype(str).unique(), key=labels.order):
            part = here[here["method"] == method].sort_values("ratio")
            for trace in _traces(part, method, metric):
                trace.update(legendgroup=method, showlegend=method not in told)
                told.add(method)
                figure.add_trace(trace, **place)
    figure.update_xaxes(range=[-0.03, 0.85], tickformat=".0%", showgrid=True)
    figure.update_xaxes(title="Share of the weights' bits removed (%)", row=lines)
    positive = bool((rows["value"].dropna() > 0).all())
    figure.update_yaxes(
        title=axis(metric.title, metric.unit),
        col=1,
        title_standoff=8,
    )
    if metric.log and positive:
        figure.update_yaxes(type="log", dtick="D2", tickformat="~g")
    figure.update_layout(
        height=330 * lines + 90,
        margin={"l": 72, "r": 16, "t": 80, "b": 56},
        legend={"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0},
    )
    return figure


def _place(base: str) -> tuple[int, str]:
    known = list(labels.BASE_MODELS)
    return (known.index(base) if base in known else len(known), base)


def _traces(part: pd.DataFrame, method: str, metric: Metric) -> list[go.Scatter]:
    how = look(method)
    if method == "none":
        return [
            go.Scatter(
                x=[-0.03, 0.85],
                y=[row.value] * 2,
                mode="lines",
                name=labels.method(method),
                line={"color": BASELINE, "dash": "dot", "width": 2},
                hovertemplate=_hover(row, metric),
            )
            for row in records(part)
        ]
    line = part[part["structure"] == "unstructured"]
    alone = part[part["structure"] != "unstructured"]
    out = []
    for rows, mode in ((line, "lines+markers"), (alone, "markers")):
        if rows.empty:
            continue
        found = list(records(rows))
        symbols = [_PATTERN.get(str(row.structure), how.symbol) for row in found]
        out.append(
            go.Scatter(
                x=rows["ratio"],
                y=rows["value"],
                mode=mode,
                name=labels.method(method),
                line={"color": how.colour, "dash": how.dash, "width": 2},
                marker={
                    "color": how.colour,
                    "size": 9,
                    "symbol": [
                        marked([row.flags], symbol)[0]
                        for row, symbol in zip(found, symbols, strict=True)
                    ],
                    "line": {"width": 2, "color": how.colour},
                },
                hovertemplate=[_hover(row, metric) for row in found],
            )
        )
    return out


def _hover(row: object, metric: Metric) -> str:
    return (
        f"<b>{setting(row)}</b><br>{metric.title}: %{{y:.4g}} {metric.unit}"
        f"{origin(row)}{warnings(str(row.flags))}<extra></extra>"  # type: ignore[attr-defined]
    )
