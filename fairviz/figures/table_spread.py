"""How far groups lie apart along the ratio, above the level that chance alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import Metric
from fairviz.figures import table_small as small
from fairviz.figures.labels import axis
from fairviz.figures.table_hover import safe, setting, suspect, told, warnings
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


def table_spread(rows: pd.DataFrame, metric: Metric) -> dict[str, go.Figure]:
    """Standard deviation over groups against the ratio, base model by base model, on one range.

    Where the groups' sizes are known, a grey area reaches up to the spread that 19 of 20
    draws stay below if all groups had one rate: the median over the forms at a ratio.

    Args:
        rows: Rows of `benchmarks.drift.drift`.
        metric: What the groups differ in.
    """
    metric = told(metric)
    span = small.span([*rows["spread"], *rows["floor"]], log=False, from_zero=True)
    upright = axis(_("Spread over groups, SD"), metric.unit)
    rows = rows.assign(open=suspect(rows["flags"]), n=float("nan"))
    rows = rows.assign(hover=[_hover(row) for row in labels.records(rows)])
    chance = _("chance alone stays below {value}", value="%{y:.4f}")
    figures = {}
    for base in sorted(rows["base_model"].unique(), key=labels.base_order):
        figure = small.frame(safe(labels.base_model(base)), upright, span, log=False)
        here = rows[rows["base_model"] == base]
        floor = here.dropna(subset=["floor"]).groupby("ratio", as_index=False)["floor"].median()
        if len(floor):
            figure.add_scatter(
                x=floor["ratio"],
                y=floor["floor"],
                mode="lines",
                fill="tozeroy",
                hovertemplate=chance + "<extra></extra>",
                showlegend=False,
                **small.FLOOR,
            )
        for method in sorted(here["method"].unique(), key=labels.order):
            part = here[here["method"] == method]
            if method == "none":
                for value, hover in zip(part["spread"], part["hover"], strict=True):
                    figure.add_trace(small.level(value, hover))
            else:
                figure.add_traces(small.along(part, method, "spread"))
        figures[base] = figure
    return figures


def _hover(row: Any) -> str:
    spread = _("spread {value} over {groups} groups", value="%{y:.4f}", groups=row.groups)
    ends = _(
        "lowest {lowest}, highest {highest}",
        lowest=safe(labels.word(row.lowest)),
        highest=safe(labels.word(row.highest)),
    )
    return f"<b>{setting(row)}</b><br>{spread}<br>{ends}{warnings(str(row.flags))}<extra></extra>"
