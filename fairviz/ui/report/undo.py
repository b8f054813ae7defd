"""Putting back what was taken out of a report last, or a deleted report."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fairviz.i18n import _
from fairviz.report import runs
from fairviz.ui.plain import plain
from fairviz.ui.report import doing, place


def offer() -> None:
    """What was taken away, and the button that puts it back."""
    gone = place.removed()
    if gone is None:
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
        st.button(
            _("Undo"),
            key="report_undo",
            icon=":material/undo:",
            on_click=doing.attempt,
            args=(_put_back, gone),
        )


def _put_back(gone: place.Removed) -> None:
    shelf, name, part = place.shelf(), gone.report.name, gone.part
    if part is None:
        # Another may have been begun under its name since.
        name = shelf.free(name)
        shelf.save(replace(gone.report, name=name))
    else:
        shelf.change(name, lambda now: now.with_part(part, min(gone.at, len(now.parts))))
    place.go(name)
    place.forget()
