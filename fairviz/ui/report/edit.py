"""The report that is worked on: its name, its language, its parts in order."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from fairviz.core.specs import digest
from fairviz.i18n import LANGUAGES, _, current
from fairviz.report import runs
from fairviz.report.record import KINDS, LONGEST, Part, Report
from fairviz.report.shelf import Reports
from fairviz.ui import links, render
from fairviz.ui.markup import plain, shortened
from fairviz.ui.report import place
from fairviz.ui.widgets import paragraph, widget

# What people and models wrote freely: nothing else says whether it can hurt.
_WRITTEN = ("comparison", "reading", "audit")
_REMOVED = "_report_removed"


class Removed(NamedTuple):
    """What was taken away last: a part of a report and where it stood, or a whole report."""

    report: Report
    part: Part | None = None
    at: int = 0


def head() -> None:
    """What is here, what went wrong since, and what can be put back."""
    links.head("Report")
    place.told()
    for line in Reports().damaged():
        said = _("A report cannot be shown: {line}", line=plain(line))
        st.warning(said, icon=":material/healing:")
    gone = st.session_state.get(_REMOVED)
    if not isinstance(gone, Removed):
        return
    if gone.part is None:
        words = _("The report “{title}” was deleted.", title=plain(gone.report.title))
    else:
        name = gone.part.heading or runs.shown(gone.part) or gone.part.key
        words = _("Taken out: {title}", title=plain(name))
    with st.container(
        horizontal=True, gap="small", vertical_alignment="center", key="report_undo_box"
    ):
        st.caption(words, width="content")
        st.button(**widget("report_undo"), on_click=place.attempt(_put_back, gone))


def nothing_yet() -> None:
    """The ways to a first part."""
    with st.container(border=True, key="report_empty"):
        st.header(_("There is no report yet"), anchor=False)
        st.markdown(paragraph("first_part"))
        with st.container(horizontal=True, gap="medium"):
            for page in links.PAGES:
                if page.name not in ("Overview", "Methods", "Report"):
                    links.link(page.name)
        _new()


def report() -> Report | None:
    """The report that is worked on, under its controls; None where there is none."""
    known = Reports().all()
    chosen = place.current(known)
    if chosen is None:
        return None
    name = chosen.name
    if st.query_params.get(place.KEY) != name:
        st.query_params[place.KEY] = name
    place.use(name)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        place.choose(known, chosen)
        _new()
        st.button(**widget("report_delete"), on_click=place.attempt(_delete, chosen))
    title, language = widget("title", name), widget("language", name)
    held = st.session_state
    # What is on disk wins over a widget that another page or window left behind.
    held[title["key"]], held[language["key"]] = chosen.title, chosen.language
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.text_input(
            **title,
            max_chars=LONGEST["title"],
            on_change=place.changes(
                name, lambda now: replace(now, title=" ".join(str(held[title["key"]]).split()))
            ),
        )
        st.segmented_control(
            **language,
            options=list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            on_change=place.changes(
                name, lambda now: replace(now, language=str(held[language["key"]]))
            ),
        )
    return chosen


def _new() -> None:
    def begin() -> None:
        place.go(Reports().begin(_("Report"), current()).name)

    st.button(**widget("report_new"), on_click=place.attempt(begin))


def _delete(report: Report) -> None:
    Reports().remove(report.name)
    st.session_state[_REMOVED] = Removed(report)
    place.go("")


def _put_back(gone: Removed) -> None:
    shelf, name, part = Reports(), gone.report.name, gone.part
    if part is None:
        # Another may have been begun under its name since.
        name = shelf.free(name)
        shelf.save(replace(gone.report, name=name))
    else:
        shelf.change(name, lambda now: now.with_part(part, min(gone.at, len(now.parts))))
    place.go(name)
    st.session_state.pop(_REMOVED)


def parts(report: Report) -> None:
    """Every part with its controls, and a button for a text between them."""
    st.header(_("Parts"), anchor=False)
    if not report.parts:
        st.caption(
            _("Nothing is in this report yet. Press “Add to report” below a run on its page.")
        )
    for at, part in enumerate(report.parts):
        with st.container(border=True, key=f"part_{_id(part)}"):
            _head(report, part, at)
            _words(report, part)
    st.button(**widget("part_text"), on_click=place.attempt(_add_text, report.name))


def _head(report: Report, part: Part, at: int) -> None:
    title = "" if part.blur else runs.shown(part)
    kind = _(KINDS[part.kind])
    name = plain(shortened(part.heading or title or kind, 160))
    st.markdown(_("**{place}. {name}** · {kind}", place=at + 1, name=name, kind=kind))
    if part.heading and title:
        st.caption(plain(title))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for way, by, last in (("up", -1, 0), ("down", 1, len(report.parts) - 1)):
            st.button(
                **widget(way, _id(part)),
                disabled=at == last,
                on_click=place.attempt(_move, report.name, part, by),
            )
        st.button(**widget("remove", _id(part)), on_click=place.attempt(_remove, report, part, at))
        links.to_run(part.kind, part.key)


def _words(report: Report, part: Part) -> None:
    heading, note = widget("heading", _id(part)), widget("note", _id(part))
    held = st.session_state
    held[heading["key"]], held[note["key"]] = part.heading, part.note
    written = place.changes(
        report.name,
        lambda now: now.changed(
            part.place,
            heading=" ".join(str(held[heading["key"]]).split()),
            note=str(held[note["key"]]),
        ),
    )
    label = _("Heading and note") if part.kind != "text" else _("Heading and text")
    with st.expander(label, icon=":material/edit_note:"):
        st.text_input(**heading, max_chars=LONGEST["heading"], on_change=written)
        st.text_area(**note, max_chars=LONGEST["note"], on_change=written)
        if part.kind in _WRITTEN:
            blur = widget("blur", _id(part))
            held[blur["key"]] = part.blur
            st.checkbox(
                **blur,
                on_change=place.changes(
                    report.name, lambda now: now.changed(part.place, blur=bool(held[blur["key"]]))
                ),
            )
    render.comment(part.note)


def _id(part: Part) -> str:
    return digest(list(part.place))[:12]


def _move(name: str, part: Part, by: int) -> None:
    Reports().change(name, lambda now: now.moved(part.place, by))


def _remove(report: Report, part: Part, at: int) -> None:
    Reports().change(report.name, lambda now: now.without(part.place))
    st.session_state[_REMOVED] = Removed(report, part, at)


def _add_text(name: str) -> None:
    part = Part("text", secrets.token_hex(8), heading=_("Text"))
    Reports().change(name, lambda now: now.with_part(part))
