"""What each part of a model brings of a change, layer by layer, and what the best keep together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.figures.palette import BARE, BASELINE, COMPRESSED, LEGEND, NAMED, SIZE, through
from fairviz.i18n import _, number
from fairviz.metrics.traces import Floats

_ROW, _ROOM = 36, 150
# So far opaque are the colours that black and white are legible on alike.
_INKED = 0.8


class Panel(NamedTuple):
    """One change, and what each part brings of it.

    Attributes:
        title: What changed.
        z: (rows, columns) of the colour; NaN where there is no such part.
        shares: (rows, columns) what stands in the cells, of 1.
        told: (rows, columns) what pointing at a cell tells.
    """

    title: str
    z: Floats
    shares: Floats
    told: Sequence[Sequence[str]]


def attribution_heat(
    panels: Sequence[Panel], rows: Sequence[str], columns: Sequence[str]
) -> go.Figure:
    """Layers down, parts across, a panel a change, all on one scale centred at 0.

    Args:
        rows: Names of the layers, the first on top.
        columns: Names of the parts.
    """
    known = np.concatenate([one.z[np.isfinite(one.z)] for one in panels] or [np.zeros(0)])
    # More than all of a change is no stronger colour: a change near nothing would pale the others.
    limit = min(max(float(np.abs(known).max(initial=0.0)), 0.01), 1.0)
    figure = make_subplots(
        1,
        len(panels),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[one.title for one in panels],
    )
    for place, panel in enumerate(panels, 1):
        figure.add_heatmap(
            z=panel.z,
            x=list(columns),
            y=list(rows),
            customdata=panel.told,
            hovertemplate="%{customdata}<extra></extra>",
            coloraxis="coloraxis",
            xgap=1,
            ygap=1,
            row=1,
            col=place,
        )
    # Written above the cells, in the page's own ink: that of a cell is chosen for a white page.
    cells = [(row, column) for row in range(len(rows)) for column in range(len(columns))]
    for place, panel in enumerate(panels, 1):
        shares = [float(panel.shares[cell]) for cell in cells]
        figure.add_scatter(
            x=[columns[column] for _row, column in cells],
            y=[rows[row] for row, _column in cells],
            text=[number(100 * one, ".0f") if np.isfinite(one) else "" for one in shares],
            mode="text",
            hoverinfo="skip",
            showlegend=False,
            row=1,
            col=place,
        )
    figure.update_layout(
        height=_ROW * len(rows) + _ROOM,
        margin={**NAMED, "t": 40, "b": 40},
        coloraxis={
            "cmin": -limit,
            "cmax": limit,
            "colorscale": [
                [0, through(BASELINE, _INKED)],
                [0.5, "rgba(128,136,149,0.08)"],
                [1, through(COMPRESSED, _INKED)],
            ],
            "colorbar": {"title": {"text": _("Share")}, "thickness": 14, "tickformat": ".0%"},
        },
    )
    figure.update_yaxes(autorange="reversed", automargin=True, type="category", showgrid=False)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(title=_("Layer"), col=1)
    return figure


class Line(NamedTuple):
    """What the best parts bring back, one more at a time.

    Attributes:
        name: What is brought back, and what chose the parts.
        bias: Whether it is the change of a rate; else the KL.
        own: Whether it is also what chose the parts.
        shares: (K,) with the best 1 to K.
    """

    name: str
    bias: bool
    own: bool
    shares: Floats


def attribution_curve(lines: Sequence[Line]) -> go.Figure:
    """Shares brought back over the number of kept parts."""
    figure = go.Figure()
    for line in lines:
        count = np.arange(1, len(line.shares) + 1)
        figure.add_scatter(
            x=count,
            y=line.shares,
            name=line.name,
            mode="lines+markers",
            line={
                "color": COMPRESSED if line.bias else SIZE,
                "width": 2,
                "dash": "solid" if line.own else "dot",
            },
            marker={"symbol": "diamond" if line.bias else "circle", "size": 8},
            hovertemplate="%{x}: %{y:.0%}<extra>%{fullData.name}</extra>",
        )
    shares = np.concatenate([one.shares for one in lines] or [np.zeros(1)])
    # A change that is next to nothing on the held-out half has shares beyond all bounds.
    low, high = max(float(np.nanmin(shares)), -1.0), min(float(np.nanmax(shares)), 2.0)
    figure.add_hline(y=0, line={"color": BASELINE, "dash": "dot", "width": 1})
    return figure.update_layout(
        height=340,
        margin={**BARE, "t": 64},
        legend={**LEGEND, "x": 0, "xanchor": "left"},
        xaxis={"title": _("Parts kept"), "dtick": 1},
        yaxis={
            "title": _("Brought back"),
            "tickformat": ".0%",
            "range": (min(low, 0.0) - 0.05, max(high, 0.0) + 0.05),
        },
    )
