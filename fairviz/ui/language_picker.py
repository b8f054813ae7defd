"""The viewer's language: chosen in the sidebar, else the browser's."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz import i18n as language
from fairviz.i18n import LANGUAGES, _, current
from fairviz.ui import address

KEY = "lang"
_KEPT = "_language"

# Read out, hyphenated and spelled as the language it is in, not as the English of the frame.
_tell = st.components.v2.component(
    "fairviz.i18n",
    js="export default ({ data }) => { document.documentElement.lang = data.lang }",
)


def of_the_viewer() -> str | None:
    """What was chosen, in the sidebar or in the address; else what the browser asks for."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return _chosen() or _of_the_browser()


def _chosen() -> str | None:
    # A widget's own value is forgotten on the way to another page.
    for one in (
        st.session_state.get(KEY),
        st.query_params.get(KEY),
        st.session_state.get(_KEPT),
    ):
        if one in LANGUAGES:
            return str(one)
    return None


def _of_the_browser() -> str:
    code = (st.context.locale or "en").split("-")[0].lower()
    return code if code in LANGUAGES else "en"


def choose() -> None:
    """The sidebar's choice of language; the browser is told which one the page is in."""
    usual = _of_the_browser()
    before = st.session_state.get(_KEPT, usual)
    address.follow(KEY, list(LANGUAGES), LANGUAGES.__getitem__, before)
    st.session_state.setdefault(KEY, before)
    chosen = st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        key=KEY,
        required=True,
        format_func=LANGUAGES.__getitem__,
        label_visibility="collapsed",
    )
    st.session_state[_KEPT] = chosen
    address.write(KEY, chosen, usual)
    _tell(key="page_language", data={"lang": current()})


language.follow(of_the_viewer)
