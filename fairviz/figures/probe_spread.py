"""Many samples of both models: distribution beside distribution."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.palette import BASELINE, COMPRESSED
from fairviz.figures.table_hover import safe
from fairviz.i18n import _
from fairviz.metrics.traces import Floats

_BARS = 16


def probe_spread(baseline: Floats, compressed: Floats, title: str) -> go.Figure:
    """Bars of what share of samples has a value, the two models side by side.

    Args:
        baseline: (N,) one value a sample; NaN where it has none, which is not drawn.
        compressed: (N,) likewise.
        title: What is measured, with its unit.
    """
    both = np.concatenate([baseline, compressed])
    known = both[np.isfinite(both)]
    yes_no = bool(np.isin(known, (0.0, 1.0)).all())
    least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    size = _width(most - least, whole=bool(np.all(known == np.round(known))))
    figure = go.Figure()
    for name, values, colour, shape in (
        (_("Baseline"), baseline, BASELINE, ""),
        (_("Compressed"), compressed, COMPRESSED, "/"),
    ):
        figure.add_trace(
            go.Histogram(
                x=values[np.isfinite(values)],
                name=name,
                histnorm="percent",
                xbins={"start": -0.5, "end": 1.5, "size": 1}
                if yes_no
                else {"start": math.floor(least / size) * size, "end": most + size, "size": size},
                marker={
                    "color": colour,
                    "pattern": {"shape": shape, "size": 6, "fillmode": "overlay", "solidity": 0.2},
                },
                hovertemplate=_("{model}: %{{y:.1f}} % at %{{x}}", model=name) + "<extra></extra>",
            )
        )
    ticks = {"tickvals": [0, 1], "ticktext": [_("no"), _("yes")]} if yes_no else {}
    figure.update_layout(
        barmode="group",
        bargap=0.12,
        height=300,
        margin={"l": 8, "r": 16, "t": 34, "b": 8},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        xaxis={"title": safe(title), "automargin": True, **ticks},
        yaxis={"title": _("Samples (%)"), "automargin": True, "rangemode": "tozero"},
    )
    return figure


def _width(span: float, *, whole: bool) -> float:
    """Of a bar: the next of 1, 2, 5 times a power of ten that needs few bars."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / _BARS))
    width = next(step * power for step in (1, 2, 5, 10) if span / (step * power) <= _BARS)
    return max(width, 1.0) if whole else width
