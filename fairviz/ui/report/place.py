"""Which report is worked on, and the changes that widgets make to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from fairviz.core.errors import FairvizError
from fairviz.report.record import Report
from fairviz.report.shelf import Reports
from fairviz.ui import address, shell
from fairviz.ui.widgets import widget

KEY = "report"
_LAST, _FAILED = "_report_last", "_report_failed"


def current(known: list[Report]) -> Report | None:
    """The report that this viewer works on, of the address or the last one; None for none."""
    by_name = {report.name: report for report in known}
    for name in (st.query_params.get(KEY), st.session_state.get(_LAST)):
        if name in by_name:
            return by_name[name]
    return known[0] if known else None


def use(name: str) -> None:
    """Work on this report from now on, on every page."""
    st.session_state[_LAST] = name


def go(name: str) -> None:
    """Show this report in the next run of the page."""
    address.later(**{KEY: name or None})
    use(name)


def choose(known: list[Report], chosen: Report) -> None:
    """The list of reports, where there are several."""
    if len(known) > 1:
        titles = {one.name: one.title for one in known}
        st.session_state["report_choice"] = chosen.name
        st.selectbox(
            **widget("report_choice"),
            options=list(titles),
            format_func=titles.__getitem__,
            on_change=lambda: go(str(st.session_state["report_choice"])),
        )


def attempt(change: Callable[..., object], *args: Any) -> Callable[[], None]:
    """The callback of a widget that does this; a known failure is told by `told`."""

    def callback() -> None:
        try:
            change(*args)
        except FairvizError as error:
            st.session_state[_FAILED] = error

    return callback


def changes(name: str, change: Callable[[Report], Report]) -> Callable[[], None]:
    """The callback of a widget that changes a report."""
    return attempt(lambda: Reports().change(name, change))


def told() -> None:
    """Why the last change failed, once."""
    failed = st.session_state.pop(_FAILED, None)
    if isinstance(failed, FairvizError):
        shell.advise(failed)
