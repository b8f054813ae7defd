"""A figure on a page, its numbers written as the language writes them."""

from __future__ import annotations

from typing import Any

import streamlit as st
from plotly import graph_objects as go

from fairviz import figures
from fairviz.language import current, signs


def draw(figure: go.Figure, *, key: str, alt: str) -> None:
    """One figure.

    Args:
        figure: What is drawn.
        key: Of the element.
        alt: The figure in words, for a reader who does not see it.
    """
    decimal, group, _ = signs(current())
    figure.update_layout(separators=decimal + group)
    kept: dict[str, Any] = figures.CONFIG
    st.plotly_chart(figure, key=key, config=kept, alt=alt)
