"""Which report is worked on: the one in the address, else the one used last."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports

KEY = "report"
_LAST = "_report_last"
_GO = "_report_go"
_REMOVED = "_report_removed"


class Removed(NamedTuple):
    """What was taken away last: a part of a report and where it stood, or a whole report."""

    report: Report
    part: Part | None = None
    at: int = 0


def shelf() -> Reports:
    """The reports on disk."""
    return Reports()


def current(known: list[Report]) -> Report | None:
    """The report that this viewer works on; None where there is none."""
    by_name = {report.name: report for report in known}
    for name in (st.query_params.get(KEY), st.session_state.get(_LAST)):
        if name in by_name:
            return by_name[name]
    return known[0] if known else None


def use(name: str) -> None:
    """Work on this report from now on, on every page."""
    st.session_state[_LAST] = name


def go(name: str) -> None:
    """Show this report next; a callback's address does not reach the browser, `settle`'s does."""
    st.session_state[_GO] = name
    use(name)


def settle() -> None:
    """Put what a button chose into the address, before the page is drawn."""
    name = st.session_state.pop(_GO, None)
    if name:
        st.query_params[KEY] = name
    elif name is not None:
        st.query_params.pop(KEY, None)


def removed() -> Removed | None:
    """What can be put back."""
    found = st.session_state.get(_REMOVED)
    return found if isinstance(found, Removed) else None


def remember(gone: Removed) -> None:
    """Keep what is taken away, so that it can be put back."""
    st.session_state[_REMOVED] = gone


def forget() -> None:
    """What was taken away is not offered any more."""
    st.session_state.pop(_REMOVED, None)
