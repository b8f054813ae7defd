"""The head of the Bias tables page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


def title() -> None:
    """What is here, in two sentences."""
    st.title(_("Bias tables"), anchor=False)
    st.markdown(
        _(
            "What published studies measured when models were compressed: harm to groups, "
            "dialects and language itself. **Every number that is known to be wrong says so (⚑)**, "
            "and those that can carry no finding are hidden until you ask."
        )
    )


def fetch_early() -> None:
    """Let the browser fetch what draws figures while the tables are read.

    The plotting code is the largest thing a browser loads here, and it is asked for when the
    first figure arrives; this one is empty and not shown.
    """
    with st.container(key="fetch_early"):
        st.html("<style>.st-key-fetch_early {display: none}</style>")
        st.plotly_chart({"data": [{"x": [], "y": []}]}, key="fetch_early_figure", height=40)


def guard(frame: pd.DataFrame) -> None:
    """Stop with the way to a table where there is none."""
    if frame.empty:
        st.info(
            _(
                "No table is here. Import one with `python -m fairviz tables import FOLDER` and "
                "reload this page."
            ),
            icon=":material/table_view:",
        )
        st.stop()
