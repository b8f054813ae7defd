"""`?present=1`: whether a page is presented, and how it then looks."""

from __future__ import annotations

import streamlit as st

from fairviz.i18n import _
from fairviz.ui import address

KEY = "present"

# Nothing of the frame is left but the page, and its type is read from the last row.
_LOOK = """<style>
html { font-size: 22px !important; }
@media (max-width: 640px) { html { font-size: 18px !important; } }
[data-testid=stSidebar], [data-testid=stExpandSidebarButton], [data-testid=stHeader],
[data-testid=stToolbar] { display: none !important; }
[data-testid=stMainBlockContainer] { padding: 1.2rem 2.5rem 5rem !important; }
[data-testid=stElementContainer]:has(> [data-testid=stHtml] > style:only-child) { display: none; }
.st-key-present_bar {
  position: fixed; left: 0; right: 0; bottom: 0; z-index: 1000; padding: .35rem 1rem;
  background: var(--st-background-color, Canvas); border-top: 1px solid rgba(128,136,149,.4);
}
.st-key-present_keys { position: absolute; }
.fv-pane { font-size: 1.1em; }
</style>"""
# Once there is an answer, the room looks at it and not at the question's form.
_ANSWERED = "<style>[data-testid=stForm], .st-key-example, .st-key-again {display: none}</style>"


def on() -> bool:
    """Whether this page is presented."""
    return bool(st.query_params.get(KEY) == "1")


def look() -> None:
    """Large type, no sidebar."""
    st.html(_LOOK)
    if st.query_params.get("run"):
        st.html(_ANSWERED)


def enter() -> None:
    """The sidebar's way into the presentation of the page that is open."""
    st.button(
        _("Present this page"),
        key="present_enter",
        icon=":material/slideshow:",
        type="tertiary",
        on_click=address.later,
        kwargs={KEY: "1"},
        help=_("Large type and no controls, for a room. Escape leads back."),
    )
