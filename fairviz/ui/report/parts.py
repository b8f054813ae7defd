"""The parts of a report in order: moved, named, commented and taken out."""

from __future__ import annotations

import secrets

import streamlit as st

from fairviz.core.specs import digest
from fairviz.i18n import _
from fairviz.report import runs
from fairviz.report.record import KINDS, LONGEST, Part, Report
from fairviz.ui.plain import plain, shortened
from fairviz.ui.report import doing, note, opened, place

# What people and models wrote freely: nothing else says whether it can hurt.
_WRITTEN = ("comparison", "reading", "audit")


def draw(report: Report) -> None:
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
    st.button(
        _("Add a text"),
        key="part_text",
        icon=":material/post_add:",
        on_click=doing.attempt,
        args=(_add_text, report.name),
        help=_("A heading and a note without a run, such as an introduction."),
    )


def _head(report: Report, part: Part, at: int) -> None:
    title = "" if part.blur else runs.shown(part)
    name = part.heading or title or _(KINDS[part.kind])
    st.markdown(
        _(
            "**{place}. {name}** · {kind}",
            place=at + 1,
            name=plain(shortened(name, 160)),
            kind=_(KINDS[part.kind]),
        )
    )
    if part.heading and title:
        st.caption(plain(title))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            _("Up"),
            key=f"up_{_id(part)}",
            icon=":material/arrow_upward:",
            disabled=at == 0,
            on_click=doing.attempt,
            args=(_move, report.name, part, -1),
        )
        st.button(
            _("Down"),
            key=f"down_{_id(part)}",
            icon=":material/arrow_downward:",
            disabled=at == len(report.parts) - 1,
            on_click=doing.attempt,
            args=(_move, report.name, part, 1),
        )
        st.button(
            _("Take out"),
            key=f"remove_{_id(part)}",
            icon=":material/close:",
            on_click=doing.attempt,
            args=(_remove, report, part, at),
        )
        opened.link(part)


def _words(report: Report, part: Part) -> None:
    heading, comment = f"heading_{_id(part)}", f"note_{_id(part)}"
    st.session_state[heading], st.session_state[comment] = part.heading, part.note
    label = _("Heading and note") if part.kind != "text" else _("Heading and text")
    with st.expander(label, icon=":material/edit_note:"):
        st.text_input(
            _("Heading"),
            key=heading,
            max_chars=LONGEST["heading"],
            on_change=doing.attempt,
            args=(_write, report.name, part, heading, comment),
        )
        st.text_area(
            _("Note, in Markdown"),
            key=comment,
            max_chars=LONGEST["note"],
            on_change=doing.attempt,
            args=(_write, report.name, part, heading, comment),
            help=_("Headings, lists, tables, emphasis, links. HTML is shown as typed."),
        )
        if part.kind in _WRITTEN:
            blur = f"blur_{_id(part)}"
            st.session_state[blur] = part.blur
            st.checkbox(
                _("Blur its texts until the reader asks for them"),
                key=blur,
                on_change=doing.attempt,
                args=(_blur, report.name, part, blur),
                help=_("For texts that can hurt. Sensitive probes and reviews are always blurred."),
            )
    note.draw(part.note)


def _id(part: Part) -> str:
    return digest(list(part.place))[:12]


def _move(name: str, part: Part, by: int) -> None:
    place.shelf().change(name, lambda report: report.moved(part.place, by))


def _remove(report: Report, part: Part, at: int) -> None:
    place.shelf().change(report.name, lambda now: now.without(part.place))
    place.remember(place.Removed(report, part, at))


def _write(name: str, part: Part, heading: str, comment: str) -> None:
    words = " ".join(str(st.session_state[heading]).split()), str(st.session_state[comment])
    place.shelf().change(
        name, lambda report: report.changed(part.place, heading=words[0], note=words[1])
    )


def _blur(name: str, part: Part, key: str) -> None:
    on = bool(st.session_state[key])
    place.shelf().change(name, lambda report: report.changed(part.place, blur=on))


def _add_text(name: str) -> None:
    part = Part("text", secrets.token_hex(8), heading=_("Text"))
    place.shelf().change(name, lambda report: report.with_part(part))
