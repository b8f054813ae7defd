"""One dot per compressed model: change of a harm against change of quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import Metric
from fairviz.benchmarks.overview import Quality
from fairviz.figures.labels import axis
from fairviz.figures.methods import look
from fairviz.figures.palette import QUIET
from fairviz.figures.table_hover import (
    marked,
    moved,
    origin,
    safe,
    setting,
    suspect,
    told,
    warnings,
)
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd

_SIZE = {"llama2_7b": 9, "tulu2_7b": 9, "llama2_13b": 13, "tulu2_13b": 13}


def table_overview(points: pd.DataFrame, metric: Metric, quality: Quality) -> go.Figure:
    """Change of `metric` up, change of quality across; open signs are flagged numbers.

    Args:
        points: Rows of `benchmarks.overview.overview`.
        metric: What `change` is about.
        quality: What `quality` is about.
    """
    metric = told(metric)
    figure = go.Figure()
    across = _("quality {value}", value="%{x:.4g}")
    points = points.assign(open=suspect(points["flags"]))
    for method in sorted(points["method"].astype(str).unique(), key=labels.order):
        part = points[points["method"] == method]
        rows = list(labels.records(part))
        how = look(method)
        figure.add_trace(
            go.Scatter(
                x=part["quality"],
                y=part["change"],
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
                    (moved(row, metric), origin(row) + warnings(str(row.flags))) for row in rows
                ],
                hovertemplate=(
                    f"%{{text}}<br>%{{customdata[0]}}<br>{across}%{{customdata[1]}}<extra></extra>"
                ),
            )
        )
    still = 1 if quality.relative else 0
    figure.add_hline(y=0, line={"color": QUIET, "width": 1})
    figure.add_vline(x=still, line={"color": QUIET, "width": 1})
    figure.update_layout(
        height=520,
        margin={"l": 72, "r": 16, "t": 16, "b": 64},
        showlegend=False,
        xaxis={
            "title": _(quality.title),
            "type": "log" if quality.relative else "linear",
            **({"dtick": "D2", "tickformat": "~g"} if quality.relative else {}),
        },
        yaxis={"title": axis(_("Change of {what}", what=labels.inside(metric.title)), metric.unit)},
    )
    return figure
