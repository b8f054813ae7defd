"""What lives longer than one run of a page: the store, and whether its viewer is still there."""

from __future__ import annotations

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz.analyses.store import Store


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Every run on disk."""
    return Store()


def check_cancelled() -> None:
    """Between two steps: end this run if the viewer pressed something or has left."""
    # Reading the session state is a point where streamlit stops a run on request; a
    # closed tab asks for that too, but the check does not wait for it.
    _rest = "_cancelled" in st.session_state
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return
    if not runtime.get_instance().is_active_session(context.session_id):
        st.stop()
