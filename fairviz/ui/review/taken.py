"""A review's outcome as files, once it may be seen."""

from __future__ import annotations

import json

import streamlit as st

from fairviz.analyses.review import export
from fairviz.analyses.review.record import Review
from fairviz.analyses.review.result import result
from fairviz.i18n import _


def downloads(review: Review) -> None:
    """Everything as JSON, the answers and their whole history as CSV."""
    st.header(_("Take it along"), anchor=False)
    found = result(review)
    stem = f"fairviz-review-{review.name}"
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("JSON: everything"),
            lambda: json.dumps(found.document(), ensure_ascii=False, allow_nan=False),
            f"{stem}.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: one row an answer"),
            lambda: export.rows(found),
            f"{stem}.csv",
            "text/csv",
            key="download_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: with every answer that was changed"),
            lambda: export.rows(found, history=True),
            f"{stem}-history.csv",
            "text/csv",
            key="download_history",
            on_click="ignore",
            icon=":material/download:",
        )
