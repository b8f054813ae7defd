"""Whether a page is presented (`?present=1`) and how it then looks; which report is, on which of
its slides the room is, and the way to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from fairviz.core.shortened import shortened
from fairviz.i18n import _
from fairviz.report.record import Report
from fairviz.ui import address, links, visitors
from fairviz.ui.links import PRESENT
from fairviz.ui.markup import plain
from fairviz.ui.widgets import widget

_HERE = Path(__file__).parent
# People read some four words a second; a token is a little less than a word.
TOKENS_PER_SECOND = 5.0


def on() -> bool:
    """Whether this page is presented."""
    return bool(st.query_params.get(PRESENT) == "1")


def look() -> None:
    """Large type, no sidebar, and no controls but the bar."""
    st.html(_HERE / "look.css")


def alone() -> None:
    """What a room is shown of a page ends here."""
    if on():
        st.stop()


def enter() -> None:
    """The way into the presentation of the page that is open."""
    st.button(**widget("present_enter"), on_click=address.later, kwargs={PRESENT: "1"})


def replay(longest: int) -> dict[str, Any]:
    """What the panes of tokens need to show answers again; all take as many steps."""
    return {
        "speed": TOKENS_PER_SECOND,
        "longest": longest,
        "words": {"pause": _("Pause (p)"), "go_on": _("Go on (p)"), "again": _("Replay (r)")},
    }


class Deck(NamedTuple):
    """A report as slides: its title, its parts, and what limits it."""

    report: Report | None  # None where there is none to present
    place: int  # the slide that is shown, from 0; -1 where a page is shown that is no slide

    @property
    def slides(self) -> int:
        """How many there are."""
        return len(self.report.parts) + 2 if self.report and self.report.parts else 0


def deck(*, usual: int = -1) -> Deck:
    """The report that the address names, else the one last changed, where the address says.

    Args:
        usual: The slide of an address that names none: -1 on a page that is no slide.
    """
    said = str(st.query_params.get("slide", ""))
    named = st.query_params.get("report")
    report = visitors.report(named) if named else next(iter(visitors.reports()), None)
    place = int(said) if said.isdecimal() and len(said) < 5 else usual
    if report is not None and st.query_params.get("plain") == "true":
        report = report.plainly()
    found = Deck(report, place)
    return found._replace(place=min(place, found.slides - 1))


_mount = st.components.v2.component(
    "fairviz.present", js=Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
)


def bar(shown: Deck) -> None:
    """The line at the foot of a presented page; what was pressed is done at once.

    A page that is no slide leads to none. A text that is written again is held there as well.
    """
    pressed = _mount(key="present_keys", data={}, on_move_change=lambda: None).move
    with st.container(
        horizontal=True,
        key="present_bar",
        vertical_alignment="center",
        horizontal_alignment="distribute",
    ):
        slide = shown.place >= 0
        back = slide and st.button(**widget("present_previous"), disabled=shown.place < 1)
        if slide:
            st.caption(_where(shown))
        st.html('<span class="fv-player-place"></span>', width="content")
        if shown.report is not None and 0 < shown.place <= len(shown.report.parts):
            part = shown.report.parts[shown.place - 1]
            links.to_run(part.kind, part.key, **links.slide(shown.report.name, shown.place))
        last = shown.place >= shown.slides - 1
        onward = slide and st.button(**widget("present_next"), disabled=last)
        leave = st.button(**widget("present_leave"))
    _follow("previous" if back else "next" if onward else "leave" if leave else pressed, shown)


def _where(shown: Deck) -> str:
    title = plain(shortened(shown.report.title, 60)) if shown.report else ""
    return _(
        "{title} · {place} of {slides}", title=title, place=shown.place + 1, slides=shown.slides
    )


def _follow(move: str | None, shown: Deck) -> None:
    """Leave, or open a slide; one before the first or behind the last is that one."""
    if move == "leave":
        st.query_params.pop(PRESENT, None)
        st.query_params.pop("slide", None)
        st.rerun()
    last = shown.slides - 1
    if move and shown.place >= 0 and shown.report is not None:
        to = {"previous": shown.place - 1, "next": shown.place + 1, "first": 0}.get(move, last)
        query = links.slide(shown.report.name, min(max(to, 0), last))
        st.switch_page(links.page("Report").path, query_params=query)
