""" "Add to report", as it stands under every run."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from fairviz.i18n import _, current
from fairviz.report import runs
from fairviz.report.record import Part, Report
from fairviz.ui import visitors
from fairviz.ui.plain import plain, shortened
from fairviz.ui.report import doing, place

PAGE = "pages/7_Report.py"


def button(kind: str, key: str, options: Mapping[str, str | bool] | None = None) -> None:
    """Add a run to the report that is worked on, or say that it is in there.

    Args:
        kind: Key of `report.record.KINDS`.
        key: Of the run; empty for one that is not kept, which cannot be added.
        options: What is chosen of how it is shown; the report shows it so.
    """
    if visitors.here():  # reports are their owner's
        return
    chosen = tuple((options or {}).items())
    known = place.shelf().all()
    with st.container(
        horizontal=True, key="add_to_report", gap="small", vertical_alignment="bottom"
    ):
        report = _which(known)
        if report is not None and key and report.has(kind, key):
            st.page_link(
                PAGE,
                label=_("In the report “{title}”", title=plain(shortened(report.title, 50))),
                icon=":material/check:",
                query_params={place.KEY: report.name},
            )
        else:
            st.button(
                _("Add to report"),
                key="add_part",
                icon=":material/playlist_add:",
                disabled=not key,
                on_click=doing.attempt,
                args=(_add, report.name if report else "", kind, key, chosen),
                help=_("Puts it into a report that you can order, comment and take along.")
                if key
                else _("Only what is kept on this machine can be put into a report."),
            )
    doing.told()


def _which(known: list[Report]) -> Report | None:
    """The report that is added to, chosen where there are several."""
    report = place.current(known)
    if report is None or len(known) < 2:
        return report
    titles = {one.name: one.title for one in known}
    if st.session_state.get("add_where") not in titles:
        st.session_state["add_where"] = report.name
    name = st.selectbox(
        _("Report"), list(titles), key="add_where", format_func=titles.__getitem__, width=280
    )
    place.use(name)
    return next(one for one in known if one.name == name)


def _add(name: str, kind: str, key: str, options: tuple[tuple[str, str | bool], ...]) -> None:
    from fairviz.report.runs import title

    shelf = place.shelf()
    answer = runs.load(Part(kind, key))
    said = title(answer) if answer is not None else ""
    part = Part(kind, key, said, options=options)
    if not name or shelf.load(name) is None:
        name = shelf.begin(_("Report"), current()).name
    shelf.change(name, lambda report: report.with_part(part))
    place.use(name)
