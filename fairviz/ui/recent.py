"""Recent runs of a kind: each opens from the store, without a model."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.i18n import _
from fairviz.ui import session, visitors
from fairviz.ui.plain import plain


def draw(kind: str, limit: int = 8) -> None:
    """The runs last stored, whoever asked them; what others asked is not shown to visitors."""
    if visitors.here():
        return
    st.header(_("Recent runs"), anchor=False)
    analysis = ANALYSES[kind]
    runs = session.store().recent(kind, limit)
    if not runs:
        st.caption(_("No runs yet: what is measured is kept here, on this machine."))
    for run in runs:
        st.page_link(
            f"pages/{analysis.page}.py",
            label=plain(analysis.label(run.request, run.facts)),
            icon=":material/history:",
            query_params={analysis.parameter: run.key},
        )
