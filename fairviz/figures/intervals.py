"""Numbers that are known between two ends, along a text: bands, and signs where no end is above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.along_text import HEIGHT, THREE, row_axis, thin
from fairviz.figures.labels import inside, shown
from fairviz.figures.palette import BASELINE, COMPRESSED, LEGEND, MARGIN, QUIET, SIZE
from fairviz.i18n import N_, _
from fairviz.metrics.traces import Floats

_BAND, _EXACT, _OPEN = N_("between these ends"), N_("exact"), N_("at least this")


class Row(NamedTuple):
    """One number along a text."""

    title: str  # in the reader's language
    unit: str  # likewise
    low: Floats  # (T,) NaN where nothing is known
    high: Floats  # (T,) may be infinite
    signed: bool = False  # whether it is a shift, blue below 0 and orange above


def intervals(tokens: Sequence[str], rows: Sequence[Row], parts_at: int | None = None) -> go.Figure:
    """Three numbers at every token: a point where it is exact, a band where it is not.

    Of a long text the places between the extremes are left out; see `along_text.thin`.

    Args:
        tokens: The text's.
        rows: Three.
        parts_at: Where it and the other text part; marked.
    """
    figure = go.Figure()
    x = thin([end for row in rows for end in (row.low, np.where(np.isinf(row.high), 0, row.high))])
    words = [shown(tokens[place]) for place in x]
    seen: set[str] = set()
    for number, row in enumerate(rows):
        low, high = row.low[x], row.high[x]
        known = np.isfinite(low)  # without a lower end there is nothing to draw
        exact, open_ = known & (low == high), known & np.isinf(high)
        colour = np.where(low < 0, BASELINE, COMPRESSED) if row.signed else SIZE
        for name, here, symbol in (
            (_EXACT, exact, "circle"),
            (_BAND, known & ~exact & ~open_, "line-ew"),
            (_OPEN, open_, "triangle-up"),
        ):
            if not here.any():
                continue
            says = "" if name == _EXACT else " [%{customdata[1]:.4g}, %{customdata[2]:.4g}]"
            # A band has no middle: nothing says where in it the number is.
            band = name == _BAND
            tint = QUIET if band else colour[here] if row.signed else colour
            up = {"array": (high - low)[here], "arrayminus": np.zeros(here.sum())} if band else {}
            figure.add_scatter(
                x=x[here],
                y=low[here],
                name=_(name),
                legendgroup=name,
                showlegend=name not in seen,
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 7,
                    "color": tint,
                    "line": {"width": 3 if band else 0, "color": tint},
                },
                error_y={**up, "symmetric": False, "color": QUIET, "thickness": 3, "width": 4},
                xaxis="x",
                yaxis=("y", "y2", "y3")[number],
                customdata=np.array(
                    [[words[at], low[at], high[at]] for at in np.flatnonzero(here)],
                    dtype=object,
                ),
                hovertemplate=f"%{{customdata[0]}}<br>{inside(row.title)} %{{y:.4g}}{says}"
                "<extra></extra>",
            )  # fmt: skip
            seen.add(name)
    figure.update_layout(
        height=HEIGHT,
        margin=MARGIN,
        legend=LEGEND,
        xaxis={
            "title": _("token of the text (index)"),
            "anchor": "y3",
            "zeroline": False,
            "range": [-0.8, max(len(tokens) - 0.2, 1)],
        },
        **{
            name: row_axis(row.title, row.unit, domain, signed=row.signed)
            for name, row, domain in zip(("yaxis", "yaxis2", "yaxis3"), rows, THREE, strict=True)
        },
    )
    if parts_at is not None and parts_at < len(tokens):
        figure.add_vline(x=parts_at, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    return figure
