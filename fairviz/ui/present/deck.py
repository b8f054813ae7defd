"""Which report is presented, and on which of its slides the room is."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from fairviz.report.record import Report
from fairviz.ui import visitors
from fairviz.ui.present.mode import KEY

PAGE = "pages/7_Report.py"


class Deck(NamedTuple):
    """A report as slides: its title, its parts, and what limits it.

    Attributes:
        report: None where there is none to present.
        place: The slide that is shown, from 0; -1 where a page is shown that is no slide.
    """

    report: Report | None
    place: int

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
    found = Deck(report, place)
    return found._replace(place=min(place, found.slides - 1))


def go(to: int, shown: Deck) -> None:
    """Open a slide; one before the first or behind the last is that one."""
    if shown.report is None or not shown.slides:
        return
    place = min(max(to, 0), shown.slides - 1)
    st.switch_page(PAGE, query_params={KEY: "1", "report": shown.report.name, "slide": str(place)})
