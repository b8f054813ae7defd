"""Next and previous through a report's slides, by key and by button, from any page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fairviz.i18n import _
from fairviz.ui.plain import plain, shortened
from fairviz.ui.present.deck import Deck, go
from fairviz.ui.present.mode import KEY

_mount = st.components.v2.component(
    "fairviz.present", js=Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
)


def bar(shown: Deck) -> None:
    """The line at the foot of a presented page; what was pressed is done at once."""
    pressed = _mount(key="present_keys", data={}, on_move_change=lambda: None).move
    with st.container(
        horizontal=True,
        key="present_bar",
        vertical_alignment="center",
        horizontal_alignment="distribute",
    ):
        back = st.button(
            _("Previous"),
            key="present_previous",
            icon=":material/arrow_back:",
            type="tertiary",
            disabled=shown.place < 1,
            help=_("Left arrow or page up"),
        )
        st.caption(_where(shown))
        onward = st.button(
            _("Next"),
            key="present_next",
            icon=":material/arrow_forward:",
            icon_position="right",
            type="tertiary",
            disabled=shown.place >= shown.slides - 1,
            help=_("Right arrow, space or page down"),
        )
        leave = st.button(
            _("Leave"),
            key="present_leave",
            icon=":material/close:",
            type="tertiary",
            help=_("Escape"),
        )
    _follow("previous" if back else "next" if onward else "leave" if leave else pressed, shown)


def _where(shown: Deck) -> str:
    if shown.report is None or not shown.slides:
        return _("There is no report to go through yet")
    title = plain(shortened(shown.report.title, 60))
    if shown.place < 0:
        return title
    return _(
        "{title} · {place} of {slides}", title=title, place=shown.place + 1, slides=shown.slides
    )


def _follow(move: str | None, shown: Deck) -> None:
    if move == "leave":
        st.query_params.pop(KEY, None)
        st.query_params.pop("slide", None)
        st.rerun()
    steps = {"previous": shown.place - 1, "next": shown.place + 1, "first": 0}
    if move:
        go(steps.get(move, shown.slides - 1), shown)
