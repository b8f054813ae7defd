"""Shift and change for each language, theme or group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from fairviz.figures.labels import shown
from fairviz.figures.palette import COMPRESSED, SIZE
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


def audit_parts(rows: pd.DataFrame, column: str, titles: tuple[str, str]) -> go.Figure:
    """Two dots with intervals per part: its mean shift, and the share that changed.

    Args:
        rows: What `audit.parts.by` returns, the largest shift first.
        column: Which column names the parts.
        titles: Of both lower axes, with their units.
    """
    names = [f"{shown(str(row[column]))} ({row['n']})" for _rest, row in rows.iterrows()]
    share = ["changed", "changed_low", "changed_high"]
    # A per cent sign of plotly's own would stand without the space that French has before it.
    rows = rows.assign(**{name: 100 * rows[name] for name in share})
    figure = go.Figure()
    for number, (value, low, high, colour, symbol, hover) in enumerate(
        (
            (
                "shift",
                "low",
                "high",
                SIZE,
                "circle",
                _("%{y}: %{x:.3g} [%{customdata[0]:.3g}, %{customdata[1]:.3g}]"),
            ),
            (
                "changed",
                "changed_low",
                "changed_high",
                COMPRESSED,
                "diamond",
                _("%{y}: %{x:.1f}% [%{customdata[0]:.1f}%, %{customdata[1]:.1f}%]"),
            ),
        ),
        1,
    ):
        figure.add_trace(
            go.Scatter(
                x=rows[value],
                y=names,
                mode="markers",
                xaxis="x" if number == 1 else "x2",
                marker={"color": colour, "size": 10, "symbol": symbol},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": (rows[high] - rows[value]).fillna(0),
                    "arrayminus": (rows[value] - rows[low]).fillna(0),
                    "color": colour,
                    "thickness": 2,
                },
                customdata=rows[[low, high]],
                hovertemplate=f"{hover}<extra></extra>",
                showlegend=False,
            )
        )
    figure.update_layout(
        height=110 + 30 * len(names),
        margin={"l": 16, "r": 16, "t": 16, "b": 56},
        xaxis={"title": titles[0], "domain": [0, 0.47], "rangemode": "tozero"},
        xaxis2={
            "title": titles[1],
            "domain": [0.53, 1],
            "anchor": "y",
            "rangemode": "tozero",
        },
        yaxis={"autorange": "reversed", "automargin": True},
    )
    return figure
