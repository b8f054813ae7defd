"""The tables in memory, read again when a file of theirs changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import shelf
from fairviz.benchmarks.sources import Source
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


def table() -> pd.DataFrame:
    """All sources as one table; shared by all viewers, so never changed in place."""
    with st.spinner(_("Reading the tables …")):
        return _table(_stamp())


def sources() -> dict[str, Source]:
    """Name -> source."""
    return _sources(_stamp())


def _stamp() -> tuple[tuple[str, int], ...]:
    """What changes when a source is imported, replaced or removed."""
    return tuple(
        (str(path), path.stat().st_mtime_ns)
        for place in shelf.folders()
        for path in sorted(place.glob("[!.]*/*.parquet"))
    )


@st.cache_resource(show_spinner=False, max_entries=1)
def _table(stamp: tuple[tuple[str, int], ...]) -> pd.DataFrame:
    return shelf.table()


@st.cache_resource(show_spinner=False, max_entries=1)
def _sources(stamp: tuple[tuple[str, int], ...]) -> dict[str, Source]:
    return {source.name: source for source, _rest in shelf.sources()}
