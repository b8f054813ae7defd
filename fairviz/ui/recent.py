"""Recent runs: each opens from the store, without a model."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.i18n import _
from fairviz.ui import session, visitors
from fairviz.ui.plain import plain


def draw(*kinds: str, limit: int = 8) -> None:
    """The runs of some kinds last stored, whoever asked; visitors do not see what others asked."""
    if visitors.here():
        return
    st.header(_("Recent runs"), anchor=False)
    runs = [(kind, run) for kind in kinds for run in session.store().recent(kind, limit)]
    runs.sort(key=lambda of_kind: of_kind[1].date, reverse=True)
    if not runs:
        st.caption(_("No runs yet: what is measured is kept here, on this machine."))
    for kind, run in runs[:limit]:
        analysis = ANALYSES[kind]
        st.page_link(
            f"pages/{analysis.page}.py",
            label=plain(analysis.label(run.request, run.facts)),
            icon=":material/history:",
            query_params={analysis.parameter: run.key},
        )
