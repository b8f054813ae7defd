"""How far groups lie apart along the ratio, above the level that chance alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import Metric
from fairviz.figures.labels import axis
from fairviz.figures.methods import look
from fairviz.figures.palette import BASELINE
from fairviz.figures.table_hover import marked, safe, setting, warnings

if TYPE_CHECKING:
    import pandas as pd


def table_spread(rows: pd.DataFrame, metric: Metric, *, columns: int = 2) -> go.Figure:
    """Standard deviation over groups against the ratio, one plot per base model.

    Where the groups' sizes are known, a pale line under each point ends at the spread that
    19 of 20 draws stay below if all groups had one rate.

    Args:
        rows: Rows of `benchmarks.drift.drift`.
        metric: What the groups differ in.
        columns: Plots in a row.
    """
    bases = list(dict.fromkeys(rows["base_model"].astype(str)))
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
            part = here[here["method"] == method].sort_values(["structure", "ratio"])
            for trace in _traces(part, method):
                trace.update(legendgroup=method, showlegend=method not in told)
                told.add(method)
                figure.add_trace(trace, **place)
        floor = here.dropna(subset=["floor"]).groupby("ratio", as_index=False)["floor"].median()
        if len(floor):
            figure.add_trace(
                go.Scatter(
                    x=floor["ratio"],
                    y=floor["floor"],
                    mode="lines",
                    name="Noise floor",
                    legendgroup="floor",
                    showlegend="floor" not in told,
                    fill="tozeroy",
                    fillcolor="rgba(128,136,149,0.18)",
                    line={"color": "rgba(128,136,149,0.6)", "width": 1},
                    hovertemplate="chance alone stays below %{y:.4f}<extra></extra>",
                ),
                **place,
            )
            told.add("floor")
    figure.update_xaxes(range=[-0.03, 0.85], tickformat=".0%")
    figure.update_xaxes(title="Share of the weights' bits removed (%)", row=lines)
    figure.update_yaxes(title=axis("Spread over groups, SD", metric.unit), col=1)
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(
        height=330 * lines + 90,
        margin={"l": 72, "r": 16, "t": 80, "b": 56},
        legend={"orientation": "h", "y": 1.0, "yref": "container", "yanchor": "top", "x": 0},
    )
    return figure


def _traces(part: pd.DataFrame, method: str) -> list[go.Scatter]:
    how = look(method)
    if method == "none":
        return [
            go.Scatter(
                x=[-0.03, 0.85],
                y=[row.spread] * 2,
                mode="lines",
                name=labels.method(method),
                line={"color": BASELINE, "dash": "dot", "width": 2},
                hovertemplate=_hover(row),
            )
            for row in part.itertuples()
        ]
    out = []
    for rows, mode in (
        (part[part["structure"] == "unstructured"], "lines+markers"),
        (part[part["structure"] != "unstructured"], "markers"),
    ):
        if rows.empty:
            continue
        out.append(
            go.Scatter(
                x=rows["ratio"],
                y=rows["spread"],
                mode=mode,
                name=labels.method(method),
                line={"color": how.colour, "dash": how.dash, "width": 2},
                marker={
                    "color": how.colour,
                    "size": 9,
                    "symbol": marked(rows["flags"], how.symbol),
                    "line": {"width": 2, "color": how.colour},
                },
                hovertemplate=[
                    _hover(row) for row in rows.astype({"bits": "float64"}).itertuples()
                ],
            )
        )
    return out


def _hover(row: object) -> str:
    return (
        f"<b>{setting(row)}</b><br>spread %{{y:.4f}} over {row.groups} groups<br>"  # type: ignore[attr-defined]
        f"lowest {safe(labels.word(row.lowest))}, highest {safe(labels.word(row.highest))}"  # type: ignore[attr-defined]
        f"{warnings(str(row.flags))}<extra></extra>"  # type: ignore[attr-defined]
    )
