"""A reading on the page: how far it is, its texts in colours, and the place that is looked at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.presentation import Presentation
from fairviz.analyses.reading.present import traces
from fairviz.analyses.reading.request import Reading
from fairviz.figures.palette import QUIET, SIDE, SIZE, scale
from fairviz.i18n import _, joined, ngettext
from fairviz.metrics.quantities import QUANTITIES
from fairviz.ui import address, cards, chips, measuring
from fairviz.ui.markup import numerals
from fairviz.ui.measuring import Shown, Wanted
from fairviz.ui.widgets import paragraph, widget

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.reading.run import Progress


# Chips on one page: more make the browser slow and the reader lost.
CHIPS = 400


def answer(wanted: Wanted) -> Shown | None:
    """What the page shows; None before anything was read."""
    began = 0.0

    def draw_step(step: Progress, status: DeltaGenerator) -> None:
        nonlocal began
        if step.floor:
            status.progress(1.0, _("All is read and kept; now the noise floor…"))
            return
        began = began or time.monotonic()
        left = (time.monotonic() - began) / step.done * (step.of - step.done)
        read = ngettext(
            "{done:,} of {n:,} token read", "{done:,} of {n:,} tokens read", step.of, done=step.done
        )
        words = f"{read}, {measuring.time_left(left)}" if left > 2 else read
        status.progress(step.done / step.of, words)

    return measuring.shown("reading", wanted, draw_step, button=_("Read"), again=True)


def draw(reading: Reading, seen: Mapping[str, Any], token: int | None) -> None:
    """The legend, the pages, a pane per text, and the chosen `token` (or word) of one."""
    unit, text = seen["unit"], int(seen.get("text", "1")) - 1
    texts = traces(reading, unit)
    both = scale(QUANTITIES[seen["quantity"]], *texts)
    chips.legend(both)
    last = max(max(len(trace) - 1, 0) // CHIPS for trace in texts)
    page = min(max((address.index("chips") or 1) - 1, 0), last)
    if last:
        _pages(page, last)
    here = slice(page * CHIPS, (page + 1) * CHIPS)
    for number, (column, trace) in enumerate(zip(st.columns(len(texts)), texts, strict=True)):
        side, selected = f"text_{number}", None
        if token is not None and number == text and token // CHIPS == page:
            selected = token - here.start
        title = _("Text {number}", number=number + 1) if len(texts) > 1 else _("Text")
        models = joined([str(reading.request.baseline), str(reading.request.compressed)])
        prompt = "".join(reading.contexts[number]) if page == 0 else "… "
        view = {
            **chips.empty(side, title, models, prompt, both),
            **chips.written(trace, both, unit=unit, part=here),
            **chips.finished(
                trace, _("Nothing of this text was measured."), part=here, selected=selected
            ),
            "colours": {**SIDE, side: SIZE if number == 0 else QUIET},
            "unit": unit,
            "offset": here.start,
            "plain": True,
        }
        with column:
            chips.draw(view, key=f"pane_{number}", on_select=_select)
    st.caption(_(both.quantity.meaning))
    if token is not None and token < len(texts[text]):
        before = "".join(reading.contexts[text])
        cards.place(texts[text], token, before, paragraph(f"looked_at_{unit}", place=token))


def _pages(page: int, last: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for key, end, to in (("chips_back", 0, page - 1), ("chips_on", last, page + 1)):
            st.button(**widget(key), disabled=page == end, on_click=_turn, args=(to,))
        of = {"page": page + 1, "pages": last + 1, "size": CHIPS}
        st.caption(_("Part {page} of {pages}, {size} each. Plots and numbers are of all.", **of))


def _turn(page: int) -> None:
    address.later(chips=str(page + 1) if page else None)


def _select(key: str) -> None:
    chosen = st.session_state[key].get("selected")
    if chosen is not None:
        start = max((address.index("chips") or 1) - 1, 0) * CHIPS
        _choose(int(key.removeprefix("pane_")), start + int(chosen))


def _choose(text: int, place: int) -> None:
    """In a callback: look at this place of a text, and turn to its page of draw."""
    address.later(token=str(place))
    _turn(place // CHIPS)
    st.session_state["text"] = str(text + 1)


def largest(shown: Presentation, seen: Mapping[str, Any]) -> None:
    """The places that moved most; a click looks at one."""
    text = int(seen.get("text", "1")) - 1
    for table in (table for table in shown.tables if table.name):
        frame, key = table.frame, f"largest_{seen['unit']}_{seen['quantity']}_{text}"
        st.header(table.caption, anchor=False)
        digits = dict(zip(frame.columns[2:], (".4g", ".4f", ".4f", ".3f"), strict=True))
        st.dataframe(
            numerals(frame, digits),
            key=key,
            height=280,
            hide_index=True,
            on_select=partial(_look, key, frame, text),
            selection_mode="single-row",
            column_config={frame.columns[0]: st.column_config.NumberColumn(width="small")},
        )
        st.caption(
            _("The largest first, by size. Tick a row to see what both models expected there.")
        )


def _look(key: str, frame: pd.DataFrame, text: int) -> None:
    """In a callback: look at the place of the row that was ticked."""
    rows = st.session_state[key].selection.rows
    if rows:
        _choose(text, int(frame.iloc[rows[0], 0]))
