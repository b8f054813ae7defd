"""A figure on a page, its numbers written as the language writes them."""

from __future__ import annotations

from typing import Any

import streamlit as st
from plotly import graph_objects as go

from fairviz import figures
from fairviz.i18n import current, signs
from fairviz.ui.present import mode

# The page's own type grows by as much.
_LARGER = 1.4


def draw(figure: go.Figure, *, key: str, alt: str) -> None:
    """One figure.

    Args:
        figure: What is drawn.
        key: Of the element.
        alt: The figure in words, for a reader who does not see it.
    """
    decimal, group, _ = signs(current())
    figure.update_layout(separators=decimal + group)
    if mode.on():
        enlarge(figure)
    kept: dict[str, Any] = figures.CONFIG
    st.plotly_chart(figure, key=key, config=kept, alt=alt)


def enlarge(figure: go.Figure) -> None:
    """Type, marks and height of a figure for the last row of a room."""

    def grown(size: float | None, usual: float) -> float:
        return (size or usual) * _LARGER

    layout = figure.layout
    layout.font.size = grown(layout.font.size, 12)
    layout.height = grown(layout.height, 450)
    for note in layout.annotations:
        if note.font.size:
            note.font.size *= _LARGER
    for trace in figure.data:
        marker = getattr(trace, "marker", None)
        if marker is not None and isinstance(getattr(marker, "size", None), int | float):
            marker.size *= _LARGER
