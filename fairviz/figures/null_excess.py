"""How far a form's divergence is from null models', by how unsure the baseline was."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.palette import COMPRESSED, LEGEND, MARGIN, QUIET
from fairviz.i18n import _, number
from fairviz.stats.null_models import Excess

_TICKS = [digit * 10.0**power for power in range(-3, 4) for digit in (1, 2, 5)]


def null_excess(found: Excess, shift: str = "KL") -> go.Figure:
    """The form's divergence over null models', a sign a bin, before what 95 % of those stay in."""
    middle = (found.edges[:-1] + found.edges[1:]) / 2
    ratios = np.exp(found.mean)
    figure = go.Figure()
    if np.isfinite(found.high).all():
        figure.add_scatter(
            x=[*middle, *middle[::-1]],
            y=[*np.exp(found.high), *np.exp(found.low)[::-1]],
            fill="toself",
            fillcolor="rgba(128,136,149,0.18)",
            mode="lines",
            line={"width": 0},
            name=_("95 % of null models, in all bins at once"),
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=middle,
        y=ratios,
        mode="lines+markers",
        name=_("Compressed model"),
        marker={"color": COMPRESSED, "symbol": "diamond", "size": 9},
        line={"color": COMPRESSED, "width": 1.5},
        customdata=[
            _(
                "entropy {low} to {high} nats: {times} times the {shift} of null models",
                shift=shift,
                low=number(low, ".2f"),
                high=number(high, ".2f"),
                times=number(times, ".2f"),
            )
            for low, high, times in zip(found.edges, found.edges[1:], ratios, strict=False)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.add_hline(y=1, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    return figure.update_layout(
        xaxis_title=_("Entropy of the baseline (nats)"),
        yaxis_title=_("{shift}, times that of null models", shift=shift),
        yaxis={
            "type": "log",
            "tickvals": _TICKS,
            "ticktext": [number(one, ".3g") for one in _TICKS],
        },
        height=340,
        legend=LEGEND,
        margin=MARGIN,
    )
