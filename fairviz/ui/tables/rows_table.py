"""The rows themselves: sortable on the page, and as files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import labels
from fairviz.benchmarks.flags import flag
from fairviz.benchmarks.schema import COLUMNS, split
from fairviz.figures.table_hover import records

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("axis", "group", "level", "value", "n", "unit", "worse", "flagged", "file", "line")


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
        flags: "; ".join(flag(name).title for name in split(flags))
        for flags in rows["flags"].astype(str).unique()
    }
    table = rows.assign(
        base_model=rows["base_model"].astype(str).map(labels.base_model),
        form=forms,
        axis=rows["axis"].astype(str).map(labels.word),
        group=rows["group"].astype(str).map(labels.word),
        flagged=rows["flags"].astype(str).map(told),
    )[["base_model", "form", *_SHOWN, "column"]]
    meaning = {column.name: column.meaning for column in COLUMNS}
    titles = {"base_model": "Base model", "form": "Compressed form", "flagged": "Flags", "n": "n"}
    st.dataframe(
        table,
        key="rows",
        hide_index=True,
        height=460,
        column_config={
            name: st.column_config.Column(
                titles.get(name, name.capitalize()), help=meaning.get(name)
            )
            for name in table.columns
        }
        | {"value": st.column_config.NumberColumn("Value", format="%.5g", help=meaning["value"])},
        alt=f"{len(table)} rows of the table.",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "CSV",
            lambda: rows.to_csv(index=False).encode(),
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
        st.caption(f"{len(rows):,} rows, with every column of the schema.")


def _parquet(rows: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    rows.to_parquet(out, index=False)
    return out.getvalue()
