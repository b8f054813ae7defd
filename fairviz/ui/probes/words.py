"""The tables that probes make, in a reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import streamlit as st

from fairviz.probes.headings import heading
from fairviz.ui.numerals import numerals

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

# What an items table does not say twice.
HIDDEN = {
    "prompt", "place", "seed", "baseline_marks", "compressed_marks", "prompt_first",
    "prompt_second", "contexts", "answers", "options", "key",
}  # fmt: skip


def legible(table: pd.DataFrame) -> Styler:
    """A table for `st.dataframe`, its numbers as the language writes them."""
    fractions = [name for name in map(str, table.columns) if table[name].dtype.kind == "f"]
    return numerals(table, dict.fromkeys(fractions, ".4g"))


def columns(table: pd.DataFrame, wide: Iterable[str] = ("text",)) -> dict[str, Any]:
    """Headings for `st.dataframe`."""
    found: dict[str, Any] = {}
    for name in map(str, table.columns):
        if name in wide:
            found[name] = st.column_config.TextColumn(heading(name), width="large")
        else:
            found[name] = st.column_config.Column(heading(name))
    return found
