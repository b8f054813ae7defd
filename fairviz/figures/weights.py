"""A piece of a weight matrix before and after compression, and how often each value occurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.palette import BASELINE, COMPRESSED, MARGIN
from fairviz.i18n import _

if TYPE_CHECKING:
    from fairviz.models.pictures import Picture

_HEIGHT = 400
# Where the axis of counts begins: one weight is seen, none is not.
_BELOW = 0.6


def weights(picture: Picture) -> go.Figure:
    """Two heat maps with one diverging scale around 0; below them both histograms.

    Counts are those of the whole layer on a logarithmic axis: pruning puts half of them on
    one value, which would flatten all others on a linear one.
    """
    before, after = np.asarray(picture.before), np.asarray(picture.after)
    largest = float(max(np.abs(before).max(), np.abs(after).max())) or 1.0
    highest = float(max(np.max(picture.counts_before), np.max(picture.counts_after)))
    figure = go.Figure()
    sides = _("before"), _("after")
    for number, (side, values) in enumerate(zip(sides, (before, after), strict=True)):
        figure.add_heatmap(
            z=values,
            name=side,
            xaxis="x" if number == 0 else "x2",
            yaxis="y" if number == 0 else "y2",
            coloraxis="coloraxis",
            hovertemplate=_(
                "{side}: {value}<br>row {row}, column {column}",
                side=side,
                value="%{z:.4f}",
                row="%{y}",
                column="%{x}",
            )
            + "<extra></extra>",
        )
    _histogram(figure, picture)
    square = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    return figure.update_layout(
        height=_HEIGHT,
        margin={**MARGIN, "t": 28},
        coloraxis={
            "cmin": -largest,
            "cmax": largest,
            "colorscale": [[0, BASELINE], [0.5, "rgba(128,136,149,0.08)"], [1, COMPRESSED]],
            "colorbar": {
                "title": {"text": _("weight"), "side": "right"},
                "thickness": 12,
                "len": 0.56,
                "y": 1,
                "yanchor": "top",
                "tickformat": ".2~g",
                "nticks": 5,
            },
        },
        xaxis={**square, "domain": [0, 0.48], "anchor": "y"},
        yaxis={**square, "domain": [0.46, 1], "autorange": "reversed"},
        xaxis2={**square, "domain": [0.52, 1], "anchor": "y2"},
        yaxis2={**square, "domain": [0.46, 1], "anchor": "x2", "autorange": "reversed"},
        xaxis3={"title": _("weight"), "anchor": "y3", "nticks": 7, "zeroline": False},
        yaxis3={
            "title": _("count"),
            "domain": [0, 0.32],
            "anchor": "x3",
            "type": "log",
            "dtick": 1,
            "range": [np.log10(_BELOW), np.log10(2 * max(highest, 1.0))],
            "exponentformat": "power",
            "zeroline": False,
        },
        bargap=0,
        barmode="overlay",
        showlegend=False,
        annotations=[
            {
                "text": side,
                "x": x,
                "y": 1,
                "xref": "paper",
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"color": colour},
            }
            for side, x, colour in zip(sides, (0.24, 0.76), (BASELINE, COMPRESSED), strict=True)
        ],
    )


def _histogram(figure: go.Figure, picture: Picture) -> None:
    edges = np.asarray(picture.edges, dtype=np.float64)
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    figure.add_bar(
        x=middle,
        y=picture.counts_after,
        width=width,
        name=_("after"),
        xaxis="x3",
        yaxis="y3",
        marker={"color": COMPRESSED, "opacity": 0.75, "line": {"width": 0}},
        hovertemplate=_("after: {count} weights near {value}", count="%{y:,}", value="%{x:.3g}")
        + "<extra></extra>",
    )
    counts = np.asarray(picture.counts_before, dtype=np.float64)
    # Outlines from edge to edge. An empty bin lies below the axis: a gap would swallow the bin
    # before it, whose line ends where the gap begins.
    outline = np.where(counts > 0, counts, _BELOW / 10)
    figure.add_scatter(
        x=edges,
        y=np.append(outline, outline[-1:]),
        customdata=np.append(counts, counts[-1:]),
        name=_("before"),
        xaxis="x3",
        yaxis="y3",
        mode="lines",
        line={"color": BASELINE, "width": 2, "shape": "hv"},
        hovertemplate=_(
            "before: {count} weights from {value}",
            count="%{customdata:,}",
            value="%{x:.3g}",
        )
        + "<extra></extra>",
    )
