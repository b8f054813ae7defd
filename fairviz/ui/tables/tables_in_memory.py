"""The tables in memory, read again when a file of theirs changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import store
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


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
