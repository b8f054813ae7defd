"""The text in colours, a page of chips at a time."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fairviz.analyses.reading.request import Reading
from fairviz.figures.palette import QUIET, SIDE, SIZE, Scale, scale
from fairviz.i18n import _, joined, ngettext
from fairviz.metrics.traces import BOTH, PairTrace
from fairviz.ui import panes
from fairviz.ui.chips import chips, legend
from fairviz.ui.reading.view import CHIPS, View, choose, turn


def draw(reading: Reading, view: View) -> None:
    """The legend, the pages, and one pane per text."""
    both = scale(view.quantity, *view.traces)
    legend(both)
    last = max((max(len(trace) - 1, 0) for trace in view.traces), default=0) // CHIPS
    page = min(view.chips, last)
    if last:
        _pages(page, last)
    columns = st.columns(len(view.traces))
    for number, (column, trace) in enumerate(zip(columns, view.traces, strict=True)):
        with column:
            chips(
                _pane(reading, view, number, trace, both, page),
                key=f"pane_{number}",
                on_select=_select,
            )


def _pages(page: int, last: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            _("Previous"), key="chips_back", disabled=page == 0, on_click=turn, args=(page - 1,),
            icon=":material/chevron_left:",
        )  # fmt: skip
        st.button(
            _("Next"), key="chips_on", disabled=page == last, on_click=turn, args=(page + 1,),
            icon=":material/chevron_right:",
        )  # fmt: skip
        st.caption(
            _(
                "Part {page} of {pages}, {size} each. Plots and numbers are of all.",
                page=page + 1,
                pages=last + 1,
                size=CHIPS,
            )
        )


def _pane(
    reading: Reading, view: View, number: int, trace: PairTrace, both: Scale, page: int
) -> dict[str, Any]:
    here = slice(page * CHIPS, (page + 1) * CHIPS)
    values = panes.rounded(view.quantity.of(trace)[here])
    chosen = None
    if view.place is not None and number == view.text and view.place // CHIPS == page:
        chosen = view.place - page * CHIPS
    side = f"text_{number}"
    return {
        "side": side,
        "title": _("Text {number}", number=number + 1) if len(view.traces) > 1 else _("Text"),
        "model": joined([str(reading.request.baseline), str(reading.request.compressed)]),
        "prompt": "".join(reading.contexts[number]) if page == 0 else "… ",
        "colours": {**SIDE, side: SIZE if number == 0 else QUIET},
        "scale": both.document(),
        "tokens": list(trace.tokens[here]),
        "values": values,
        "divergence": None,
        "count": ngettext("{n} word", "{n} words", len(trace))
        if view.unit == "word"
        else panes.counted(len(trace)),
        "unit": view.unit,
        "offset": here.start,
        "plain": True,
        "live": False,
        "feed": side,
        "selected": chosen,
        "readings": {who: panes.readings(getattr(trace, who), here) for who in BOTH},
        "placeholder": _("Nothing of this text was measured."),
    }


def _select(key: str) -> None:
    chosen = st.session_state[key].get("selected")
    if chosen is None:
        return
    page = st.query_params.get("chips", "1")
    start = (int(page) - 1 if page.isdecimal() else 0) * CHIPS
    choose(int(key.removeprefix("pane_")), start + int(chosen))
