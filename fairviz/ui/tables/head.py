"""The head of the Bias tables page, and the tables in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import store
from fairviz.i18n import _
from fairviz.ui.widgets import paragraph

if TYPE_CHECKING:
    import pandas as pd


def fetch_early() -> None:
    """Let the browser fetch what draws figures while the tables are read.

    The plotting code is the largest thing a browser loads here, and it is asked for when the
    first figure arrives; this one is empty and not shown.
    """
    with st.container(key="fetch_early"):
        st.plotly_chart({"data": [{"x": [], "y": []}]}, key="fetch_early_figure", height=40)


def guard(frame: pd.DataFrame) -> None:
    """Stop with the way to a table where there is none."""
    if frame.empty:
        st.info(paragraph("no_table"), icon=":material/table_view:")
        st.stop()


def table() -> pd.DataFrame:
    """All sources as one table; shared by all viewers, so never changed in place."""
    stamp = tuple(
        (str(path), path.stat().st_mtime_ns)
        for place in store.folders()
        for path in sorted(place.glob("[!.]*/*.parquet"))
    )
    with st.spinner(_("Reading the tables …")):
        return _table(stamp)


@st.cache_resource(show_spinner=False, max_entries=1)
def _table(stamp: tuple[tuple[str, int], ...]) -> pd.DataFrame:
    """The same; `stamp` changes when a source is imported, replaced or removed."""
    return store.table()
