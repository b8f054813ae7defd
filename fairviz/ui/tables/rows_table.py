"""The rows themselves: sortable on the page, and as files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import labels, metrics
from fairviz.benchmarks.flags import flag
from fairviz.benchmarks.schema import COLUMNS, split
from fairviz.core import csv_file
from fairviz.figures.table_hover import records
from fairviz.i18n import N_, _, ngettext
from fairviz.ui.numerals import numerals

if TYPE_CHECKING:
    import pandas as pd

# Cells, above which the browser writes the numbers.
_WRITTEN = 20_000
_TITLES = {
    "base_model": N_("Base model"),
    "form": N_("Compressed form"),
    "axis": N_("Axis"),
    "group": N_("Group"),
    "level": N_("Level"),
    "value": N_("Value"),
    "n": "n",
    "unit": N_("Unit"),
    "worse": N_("Worse"),
    "flagged": N_("Flags"),
    "file": N_("File"),
    "line": N_("Line"),
    "column": N_("Column"),
}


def draw(rows: pd.DataFrame) -> None:
    """A table that sorts on a click on its head, and the same rows as CSV and Parquet."""
    forms = [
        labels.setting(
            str(row.method),
            None if row.bits != row.bits else int(row.bits),
            float(row.ratio),
            str(row.structure),
        )
        for row in records(rows)
    ]
    told = {
        flags: _("; ").join(_(flag(name).title) for name in split(flags))
        for flags in rows["flags"].astype(str).unique()
    }
    table = rows.assign(
        base_model=rows["base_model"].astype(str).map(labels.base_model),
        form=forms,
        axis=rows["axis"].astype(str).map(labels.word),
        group=rows["group"].astype(str).map(labels.word),
        level=rows["level"].astype(str).map(_),
        unit=rows["unit"].astype(str).map(metrics.unit),
        worse=rows["worse"].astype(str).map(_),
        flagged=rows["flags"].astype(str).map(told),
    )[list(_TITLES)]
    meaning = {column.name: _(column.meaning) for column in COLUMNS}
    # Written here, in the reader's language, as far as that takes no longer than drawing it.
    written = table.size <= _WRITTEN
    st.dataframe(
        numerals(table, {"value": ".5g"}) if written else table,
        key="rows",
        hide_index=True,
        height=460,
        column_config={
            name: st.column_config.Column(_(_TITLES[name]), help=meaning.get(name))
            for name in table.columns
        }
        | {
            "value": st.column_config.NumberColumn(
                _("Value"), format=None if written else "%.5g", help=meaning["value"]
            )
        },
        alt=ngettext("{n} row of the table.", "{n} rows of the table.", len(table)),
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "CSV",
            lambda: csv_file.written(rows),
            "fairviz-bias-table.csv",
            "text/csv",
            key="rows_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Parquet",
            lambda: _parquet(rows),
            "fairviz-bias-table.parquet",
            "application/vnd.apache.parquet",
            key="rows_parquet",
            on_click="ignore",
            icon=":material/download:",
        )
        st.caption(
            ngettext(
                "{n:,} row, with every column of the schema.",
                "{n:,} rows, with every column of the schema.",
                len(rows),
            )
        )


def _parquet(rows: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    rows.to_parquet(out, index=False)
    return out.getvalue()
