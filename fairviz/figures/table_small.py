"""What the small plots of a row share: one range, one look of lines and signs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.methods import look
from fairviz.figures.palette import BASELINE
from fairviz.figures.table_hover import lines, marked
from fairviz.i18n import _, number

if TYPE_CHECKING:
    import pandas as pd

PATTERN = {"2:4": "triangle-left", "4:8": "triangle-right"}
FLOOR = {"fillcolor": "rgba(128,136,149,0.18)", "line": {"color": "rgba(128,136,149,0.6)"}}
# Room left of 0 % and right of 75 %.
_ACROSS = (-0.03, 0.85)
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)


def level(value: float, hover: str) -> go.Scatter:
    """The baseline: a dotted level over the whole width."""
    return go.Scatter(
        x=list(_ACROSS),
        y=[value] * 2,
        mode="lines",
        line={"color": BASELINE, "dash": "dot", "width": 2},
        hovertemplate=hover,
        showlegend=False,
    )


def along(rows: pd.DataFrame, method: str, value: str) -> list[go.Scatter]:
    """One method: a line through unstructured pruning, single signs for everything else.

    Args:
        rows: Rows of the method, with `ratio`, `structure`, `open` (whether suspect), `hover`
            (a template) and the column `value`.
        method: Its name.
        value: The column to draw.
    """
    how = look(method)
    found = rows.sort_values("ratio")
    out = []
    for unstructured in (True, False):
        part = found[(found["structure"] == "unstructured") == unstructured]
        if part.empty:
            continue
        signs = [PATTERN.get(str(one), how.symbol) for one in part["structure"]]
        out.append(
            go.Scatter(
                x=part["ratio"],
                y=part[value],
                mode="lines+markers" if unstructured else "markers",
                line={"color": how.colour, "dash": how.dash, "width": 2},
                marker={
                    "color": how.colour,
                    "size": 9,
                    "symbol": [
                        marked([one], sign)[0]
                        for one, sign in zip(part["open"], signs, strict=True)
                    ],
                    "line": {"width": 2, "color": how.colour},
                },
                hovertemplate=list(part["hover"]),
                showlegend=False,
            )
        )
    return out


def frame(title: str, upright: str, span: tuple[float, float], log: bool) -> go.Figure:
    """An empty small plot: title, axes with their units, and the range that all share."""
    figure = go.Figure()
    figure.update_layout(
        height=320,
        margin={"l": 64, "r": 12, "t": 36, "b": 52},
        title={"text": title, "font": {"size": 15}, "x": 0.5, "xanchor": "center"},
        xaxis={
            "title": _("Share of the weights' bits removed (%)"),
            "range": _ACROSS,
            "tickvals": _SHARES,
            "ticktext": [number(share, ".0%") for share in _SHARES],
        },
        yaxis={
            "title": lines(upright, 36),
            "automargin": True,
            "range": span,
            **({"type": "log", "dtick": "D2", "tickformat": "~s"} if log else {}),
        },
        showlegend=False,
    )
    return figure


def span(values: Iterable[float], *, log: bool, from_zero: bool = False) -> tuple[float, float]:
    """A range that holds all finite values with a margin; its logarithms where `log`."""
    here = np.array([value for value in values if math.isfinite(value)], dtype=np.float64)
    if not len(here):
        return (0.0, 1.0)
    here = np.log10(here) if log else here
    low, high = float(here.min()), float(here.max())
    if from_zero:
        low = min(low, 0.0)
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return (low if from_zero and low == 0 else low - margin, high + margin)
