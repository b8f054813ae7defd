"""A report as visitors of a shared server read it."""

from __future__ import annotations

import streamlit as st

from fairviz.i18n import _
from fairviz.ui import visitors
from fairviz.ui.plain import plain, shortened
from fairviz.ui.report import note, opened, place, take


def draw() -> None:
    """The report that the address names: its parts in order, each with its note and its run.

    Raises:
        NotShown: If the address names another, or there is none.
    """
    known = visitors.reports()
    name = st.query_params.get(place.KEY)
    chosen = next((one for one in known if name in (None, one.name)), None)
    if chosen is None:
        raise visitors.not_shown()
    if len(known) > 1:
        titles = {one.name: one.title for one in known}
        st.session_state["report_choice"] = chosen.name
        st.selectbox(
            _("Report"),
            list(titles),
            key="report_choice",
            format_func=titles.__getitem__,
            on_change=_go,
            width=360,
        )
    st.title(plain(chosen.title), anchor=False)
    for number, part in enumerate(chosen.parts, 1):
        with st.container(border=True, key=f"part_{number}"):
            st.markdown(f"**{number}. {plain(shortened(visitors.named(part), 160))}**")
            note.draw(part.note)
            if part.kind != "review":  # whose page is its owner's
                opened.link(part)
    take.draw(chosen)


def _go() -> None:
    place.go(str(st.session_state["report_choice"]))
