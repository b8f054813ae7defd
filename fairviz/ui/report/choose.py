"""Which report, what it is called, which language it is written in."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fairviz.i18n import LANGUAGES, _, current
from fairviz.report.record import LONGEST, Report
from fairviz.ui.report import doing, place


def report() -> Report | None:
    """The report that is worked on, under its controls; None where there is none."""
    known = place.shelf().all()
    chosen = place.current(known)
    if chosen is None:
        return None
    if st.query_params.get(place.KEY) != chosen.name:
        st.query_params[place.KEY] = chosen.name
    place.use(chosen.name)
    _which(known, chosen)
    _words(chosen)
    return chosen


def new() -> None:
    """The button that begins a report."""
    st.button(
        _("New report"),
        key="report_new",
        icon=":material/note_add:",
        on_click=doing.attempt,
        args=(_begin,),
    )


def _which(known: list[Report], chosen: Report) -> None:
    titles = {one.name: one.title for one in known}
    st.session_state["report_choice"] = chosen.name
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if len(known) > 1:
            st.selectbox(
                _("Report"),
                list(titles),
                key="report_choice",
                format_func=titles.__getitem__,
                on_change=_chosen,
                width=360,
            )
        new()
        st.button(
            _("Delete this report"),
            key="report_delete",
            icon=":material/delete:",
            on_click=doing.attempt,
            args=(_delete, chosen),
            help=_("The runs that it shows stay."),
        )


def _words(report: Report) -> None:
    title, language = f"title_{report.name}", f"language_{report.name}"
    # What is on disk wins over a widget that another page or window left behind.
    st.session_state[title], st.session_state[language] = report.title, report.language
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.text_input(
            _("Title of the report"),
            key=title,
            max_chars=LONGEST["title"],
            on_change=doing.attempt,
            args=(_rename, report.name, title),
            width=520,
        )
        st.segmented_control(
            _("Language of the report"),
            list(LANGUAGES),
            key=language,
            required=True,
            format_func=LANGUAGES.__getitem__,
            on_change=doing.attempt,
            args=(_speak, report.name, language),
        )


def _chosen() -> None:
    place.go(str(st.session_state["report_choice"]))


def _begin() -> None:
    place.go(place.shelf().begin(_("Report"), current()).name)


def _delete(report: Report) -> None:
    place.shelf().remove(report.name)
    place.remember(place.Removed(report))
    place.go("")


def _rename(name: str, key: str) -> None:
    title = " ".join(str(st.session_state[key]).split())
    place.shelf().change(name, lambda report: replace(report, title=title))


def _speak(name: str, key: str) -> None:
    language = str(st.session_state[key])
    place.shelf().change(name, lambda report: replace(report, language=language))
