"""Groups under compression: the change of each under every setting, and two settings closely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import Metric
from fairviz.core.declared import sentences_of
from fairviz.figures.labels import axis, safe
from fairviz.figures.palette import BASELINE, COMPRESSED, LEGEND, MARGIN, NAMED, QUIET, bars
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
from fairviz.i18n import _
from fairviz.metrics.traces import Bools, Floats

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)

# Of full colour: from here on a cell has its sign written too, for who sees no colours.
_SIGNED = 0.25


def table_heat(cells: pd.DataFrame, metric: Metric) -> go.Figure:
    """Change from the reference, group by compressed form, in diverging colours centred at 0.

    Args:
        cells: Rows of `benchmarks.change.changes`, labelled; one per group and form.
    """
    metric = told(metric)
    groups, forms = list(dict.fromkeys(cells["who"])), list(dict.fromkeys(_forms(cells)))
    change = np.full((len(groups), len(forms)), np.nan)
    flagged = np.full(change.shape, False)
    hover = np.full(change.shape, _("not measured"), dtype=object)
    for row in labels.records(cells.assign(suspect=suspect(cells["flags"]))):
        place = groups.index(row.who), forms.index(row.form)
        change[place] = row.change
        flagged[place] = row.suspect
        hover[place] = (
            f"<b>{safe(row.who)}</b>, {setting(row)}<br>{moved(row, metric)}{items(row)}"
            f"{origin(row)}{warnings(str(row.flags))}"
        )
    sizes = np.abs(change[np.isfinite(change)])
    # One collapsed form must not make all others pale: full colour at the 95 % quantile.
    limit = float(np.quantile(sizes, 0.95)) if len(sizes) else 0.0
    figure = go.Figure().add_heatmap(
        z=change,
        x=[safe(form) for form in forms],
        y=[safe(group) for group in groups],
        text=_signs(change, limit, flagged),
        texttemplate="%{text}",
        textfont={"size": 9},
        customdata=hover,
        zmid=0,
        zmin=-(limit or 1.0),
        zmax=limit or 1.0,
        colorscale=[[0, BASELINE], [0.5, "rgba(128,136,149,0.08)"], [1, COMPRESSED]],
        colorbar={
            "title": {"text": axis(_("Change"), metric.unit), "side": "right"},
            "thickness": 14,
            "tickformat": "+.2~g",
        },
        xgap=1,
        ygap=1,
        hovertemplate="%{customdata}<extra></extra>",
    )
    return figure.update_layout(
        height=max(320, 24 * len(groups) + 180),
        margin={**NAMED, "t": 16, "b": 8},
        xaxis={"tickangle": -60, "automargin": True, "title": _("Compressed form")},
        yaxis={"autorange": "reversed", "automargin": True, "title": _("Group")},
    )


def _signs(change: Floats, limit: float, flagged: Bools) -> npt.NDArray[np.object_]:
    """What stands in each cell: the sign of a strong colour, and a flag."""
    sizes = np.abs(np.nan_to_num(change))
    strong = (sizes > 0) & (sizes >= _SIGNED * limit)
    signs = np.where(strong, np.where(change < 0, "−", "+"), "").astype(object)
    return np.asarray(signs + np.where(flagged, "⚑", "").astype(object))


def _forms(cells: pd.DataFrame) -> pd.Series[str]:
    """Forms left to right; sorting by group first would let the first group's holes decide."""
    by = cells["method"].astype(str).map(labels.order)
    structure = cells["structure"].astype(str).replace("unstructured", "0")
    return cells.assign(by=by, structure=structure).sort_values(
        ["by", "structure", "ratio", "line"], kind="stable"
    )["form"]


def table_dumbbell(pairs: pd.DataFrame, metric: Metric, before: str, after: str) -> go.Figure:
    """Reference and compressed value of each group, joined, each with its interval.

    Args:
        pairs: Labelled rows with `value`, `low`, `high`, `reference`, `reference_low`,
            `reference_high`, `change_low`, `change_high` and `few`; NaN ends where there is no
            interval.
    """
    metric, before, after = told(metric), safe(before), safe(after)
    rows = list(labels.records(pairs))
    names = [safe(row.who) for row in rows]
    figure = go.Figure()
    for row, name in zip(rows, names, strict=True):
        figure.add_shape(
            type="line",
            x0=row.reference,
            x1=row.value,
            y0=name,
            y1=name,
            line={"color": QUIET, "width": 3},
            opacity=0.35 if row.few else 0.8,
            layer="below",
        )
    for side, title, colour, symbol in (
        ("reference", before, BASELINE, "circle"),
        ("value", after, COMPRESSED, "diamond"),
    ):
        stem = "reference_" if side == "reference" else ""
        values, low, high = (pairs[name] for name in (side, f"{stem}low", f"{stem}high"))
        figure.add_scatter(
            x=values,
            y=names,
            mode="markers",
            name=title,
            marker={
                "color": [QUIET if row.few else colour for row in rows],
                "symbol": marked(suspect(pairs["flags"]), symbol),
                "size": 11,
                "line": {"width": 2},
                "opacity": [0.6 if row.few else 1 for row in rows],
            },
            error_x=bars(values, low, high, colour, thickness=1.2, width=4),
            customdata=[
                f"<b>{safe(row.who)}</b><br>{_both(row, before, after)}{_contrast(row)}"
                f"{items(row)}{warnings(str(row.flags))}"
                for row in rows
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    return figure.update_layout(
        height=max(280, 30 * len(rows) + 150),
        margin=NAMED,
        legend=LEGEND,
        xaxis={"title": lines(axis(metric.title, metric.unit), 36), "automargin": True},
        yaxis={
            "automargin": True,
            "title": _("Group"),
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names[::-1],
        },
    )


def _both(row: Any, before: str, after: str) -> str:
    return _say(
        "both",
        before=before,
        reference=row.reference,
        after=after,
        value=row.value,
        change=row.change,
    )


def _contrast(row: Any) -> str:
    if row.change_low != row.change_low:
        return ""
    return "<br>" + _say("contrast", low=row.change_low, high=row.change_high)


def table_ranks(curves: Sequence[tuple[str, Floats, bool]], metric: Metric) -> go.Figure:
    """Sorted values of subjects whose names are not known, one line per setting.

    Args:
        curves: Name, values from the first place to the last, and whether it is the reference.
    """
    metric = told(metric)
    figure = go.Figure()
    place = _("place {place}: {value}", place="%{x}", value="%{y:.3f}")
    for title, values, reference in curves:
        name = safe(title)
        figure.add_scatter(
            x=np.arange(1, len(values) + 1),
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": BASELINE if reference else COMPRESSED, "width": 2},
            marker={"size": 5, "symbol": "circle" if reference else "diamond"},
            hovertemplate=f"{name}<br>{place}<extra></extra>",
        )
    figure.add_hline(y=0, line={"color": QUIET, "width": 1})
    return figure.update_layout(
        height=420,
        margin=MARGIN,
        legend=LEGEND,
        xaxis={"title": _("Place in the sorted list (the subjects' names are not known)")},
        yaxis={"title": axis(metric.title, metric.unit)},
    )
