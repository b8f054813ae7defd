"""A metric along the compression ratio: one small plot per base model, one line per method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import Metric
from fairviz.figures import table_small as small
from fairviz.figures.labels import axis
from fairviz.figures.table_hover import (
    items,
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


def table_curves(rows: pd.DataFrame, metric: Metric) -> dict[str, go.Figure]:
    """`metric` against the share of bits removed, base model by base model, on one range.

    Unstructured pruning is a line; quantized forms and 2:4 or 4:8 patterns are single signs
    at their ratio; the baseline is a dotted level. Open signs are suspect numbers.

    Args:
        rows: Rows of one metric about one thing, baselines included.
        metric: What `value` is.
    """
    metric = told(metric)
    log = metric.log and bool((rows["value"].dropna() > 0).all())
    span = small.span(rows["value"], log=log)
    upright = axis(metric.title, metric.unit)
    rows = rows.assign(
        open=suspect(rows["flags"]), hover=[_hover(row, metric) for row in labels.records(rows)]
    )
    figures = {}
    for base in sorted(rows["base_model"].unique(), key=labels.base_order):
        figure = small.frame(safe(labels.base_model(base)), upright, span, log)
        here = rows[rows["base_model"] == base]
        for method in sorted(here["method"].unique(), key=labels.order):
            part = here[here["method"] == method]
            if method == "none":
                for value, hover in zip(part["value"], part["hover"], strict=True):
                    figure.add_trace(small.level(value, hover))
            else:
                figure.add_traces(small.along(part, method, "value"))
        figures[base] = figure
    return figures


def _hover(row: Any, metric: Metric) -> str:
    value = _("{metric}: {value}", metric=metric.title, value=f"%{{y:.4g}} {metric.unit}")
    return (
        f"<b>{setting(row)}</b><br>{value}{items(row)}"
        f"{origin(row)}{warnings(str(row.flags))}<extra></extra>"
    )
