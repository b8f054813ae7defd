"""The page Token shift: texts typed, uploaded or picked, and how far each place of them moved."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.presentation import Presentation
from fairviz.analyses.reading.present import traces
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.runner import Machine
from fairviz.core.errors import BadText
from fairviz.core.text_file import text_of
from fairviz.figures.palette import QUIET, SIZE, scale
from fairviz.i18n import N_, _, current, joined, ngettext
from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.traces import BOTH
from fairviz.prompts.bank import tales
from fairviz.ui import address, cards, chips, controls, device_queue, links, measuring, served
from fairviz.ui.markup import numerals
from fairviz.ui.measuring import Wanted
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import paragraph, widget

if TYPE_CHECKING:
    from fairviz.analyses.reading.run import Progress

_USUAL = "_usual_text"  # what the box opens with: a tale's first sentences
_SENTENCES = 3
# A text area with more makes the browser slow; the command line has no such limit.
MOST = 200_000


@cache
def samples() -> dict[str, tuple[str, ...]]:
    """One or two texts to begin with, by their titles, of the bundled model's two languages."""
    french, english = tales()["fr"], tales()["en"]
    return {
        "fr · Un conte": (french[0],),
        "en · A tale": (english[0],),
        "fr · Notre infirmière, notre infirmier": (
            "Notre infirmière a dit qu'elle reviendrait demain.",
            "Notre infirmier a dit qu'il reviendrait demain.",
        ),
        "en · The engineer said that he, that she": (
            "The engineer said that he would come back tomorrow.",
            "The engineer said that she would come back tomorrow.",
        ),
        "fr · Huit contes à la suite": ("\n\n".join(french),),
    }


def wanted(kind: str = "reading") -> Wanted:
    """The widgets of a reading, also by models behind servers: the pair, where, and the texts."""
    _restore(kind)
    baseline, named = controls.models()
    if kind == "served":
        served.check(controls.specs(baseline, named))
    with controls.settings():
        two, floor = st.toggle(**widget("two_texts")), controls.floor()
        served.settings(kind)
        null = controls.null()
        machine = controls.machine()
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        links.head("Token shift")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.selectbox(
                **widget("sample"), options=list(samples()), index=None, on_change=_pick, width=240
            )
            with st.popover(
                _("Upload"), icon=":material/upload_file:", key="uploads", help=_("Upload")
            ):
                for number in range(1 + two):
                    box = widget("upload", number, number=number + 1)
                    st.file_uploader(**box, on_change=_fill_in, args=(number,))
    device_queue.warm(baseline, named[0])
    return _texts(kind, baseline, named, machine, two=two, floor=floor, null=null)


def _restore(kind: str) -> None:
    """Fill the boxes from the reading in the address, once."""
    stored = measuring.restored(kind)
    if stored is None:
        return
    request = stored.request
    if kind == "served":
        _put((request.text,))
        values = served.values(request)
    else:
        _put(request.texts)
        values = {name: str(getattr(request, name)) for name in BOTH}
        values |= {"floor": request.floor, "null": bool(request.null)}
    for name, value in values.items():
        if name not in st.query_params:
            st.session_state[name] = value


def _put(texts: tuple[str, ...]) -> None:
    st.session_state["two_texts"] = len(texts) > 1
    for number, text in enumerate(texts[:2]):
        st.session_state[f"text_{number}"] = text


def _pick() -> None:
    chosen = st.session_state["sample"]
    if chosen is not None:
        _put(samples()[chosen])
        st.session_state["sample"] = None


def _texts(
    kind: str,
    baseline: str,
    named: Sequence[str],
    machine: Machine,
    *,
    two: bool,
    floor: bool,
    null: int,
) -> Wanted:
    """The boxes with their buttons; what is to be read as it stands."""
    from fairviz.analyses.reading.run import measure

    now = measuring.of_page(kind)
    tale = tales()["fr" if current() == "fr" else "en"][0]
    usual = ". ".join(tale.split(". ")[:_SENTENCES]) + "."
    if st.session_state.setdefault("text_0", usual) == st.session_state.get(_USUAL):
        st.session_state["text_0"] = usual  # another language was chosen since
    st.session_state[_USUAL] = usual
    st.session_state.setdefault("text_1", "")
    row = st.form("read", border=False, enter_to_submit=True).container(
        horizontal=True, vertical_alignment="center", gap="small"
    )
    with row:
        texts = []
        for number in range(1 + two):
            label = _("Text {number}", number=number + 1) if two else _("Text")
            seen = "visible" if two else "collapsed"
            box = {**widget("text", number), "max_chars": MOST, "label_visibility": seen}
            texts.append(st.text_area(label, **box))
        pairs = controls.specs(baseline, named)
        if kind == "served":
            asked = served.wanted(pairs, texts[0], machine)
        else:
            requests = tuple(
                ReadingRequest(one, form, (), floor=False)
                if one.logits
                else ReadingRequest(one, form, tuple(texts), floor, null=null)
                for one, form in pairs
            )
            if requests[0].baseline.logits:
                st.caption(
                    _("The baseline is a file of llama.cpp: its own tokens are read, not this.")
                )
            asked = Wanted("reading", requests, measure, machine)
        if st.form_submit_button(**widget("do_read")):
            now.ask(asked)
        st.form_submit_button(
            **widget("stop_read"),
            disabled=now.wanted is None,
            on_click=now.stop,
            args=(N_("Stopped. What is read to its end is kept."),),
        )
    return asked


def _fill_in(number: int) -> None:
    file = st.session_state[f"upload_{number}"]
    if file is None:
        return
    now = measuring.of_page("reading")
    now.failure = None
    try:
        text = text_of(file.getvalue(), file.name)
        if len(text) > MOST:
            size = {"name": file.name, "size": len(text), "most": MOST}
            raise BadText(
                _("{name} has {size:,} characters; this page takes {most:,}.", **size),
                fix=_("Read it in parts, or with python -m fairviz score."),
            )
    except BadText as error:
        now.failure = error
    else:
        st.session_state[f"text_{number}"] = text


# Chips on one page: more make the browser slow and the reader lost.
CHIPS = 400


def answer(wanted: Wanted) -> tuple[Shown, ...]:
    """What the page shows, one a form; nothing before anything was read."""
    began = 0.0

    def draw_step(step: Progress, status: DeltaGenerator) -> None:
        nonlocal began
        if step.floor:
            status.progress(1.0, _("All is read and kept; now the noise floor…"))
            return
        if step.null:
            status.progress(step.done / step.of, measuring.of_null(step.done, step.of))
            return
        began = began or time.monotonic()
        left = (time.monotonic() - began) / step.done * (step.of - step.done)
        read = ngettext(
            "{done:,} of {n:,} token read", "{done:,} of {n:,} tokens read", step.of, done=step.done
        )
        words = f"{read}, {measuring.time_left(left)}" if left > 2 else read
        status.progress(step.done / step.of, words)

    return measuring.shown("reading", wanted, draw_step, button=_("Read"), again=True)


def draw(
    reading: Reading, seen: Mapping[str, Any], token: int | None, *, bounds: bool = False
) -> None:
    """The pages, and a pane per text, in which the `token` (or word) of one is chosen."""
    unit, text = seen["unit"], int(seen.get("text", "1")) - 1
    texts = traces(reading, unit)
    both = scale(QUANTITIES[seen["quantity"]], *texts)
    last = max(max(len(trace) - 1, 0) // CHIPS for trace in texts)
    page = min(max((address.index("chips") or 1) - 1, 0), last)
    if last:
        _pages(page, last)
    here = slice(page * CHIPS, (page + 1) * CHIPS)
    views = []
    for number, trace in enumerate(texts):
        name, selected = f"text_{number}", None
        if token is not None and number == text and token // CHIPS == page:
            selected = token - here.start
        title = _("Text {number}", number=number + 1) if len(texts) > 1 else _("Text")
        models = joined([str(reading.request.baseline), str(reading.request.compressed)])
        prompt = reading.before(number) if page == 0 else "… "
        colour = SIZE if number == 0 else QUIET
        view = {
            **chips.empty(name, name, title, models, prompt, colour=colour),
            **chips.written(trace, both, unit=unit, part=here),
            **chips.finished(
                trace, _("Nothing of this text was measured."), part=here, selected=selected
            ),
            "unit": unit,
            "offset": here.start,
            "plain": True,
        }
        views.append(view)
    chips.draw(views, both, _select, bounds=bounds, tall=True)


def opened(reading: Reading, seen: Mapping[str, Any], token: int | None) -> None:
    """What both models expected at the chosen `token` (or word)."""
    unit, text = seen["unit"], int(seen.get("text", "1")) - 1
    trace = traces(reading, unit)[text]
    if token is not None and token < len(trace):
        before = reading.before(text)
        cards.place(trace, token, before, paragraph(f"looked_at_{unit}", place=token))


def _pages(page: int, last: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for key, end, to in (("chips_back", 0, page - 1), ("chips_on", last, page + 1)):
            st.button(**widget(key), disabled=page == end, on_click=_turn, args=(to,))
        of = {"page": page + 1, "pages": last + 1, "size": CHIPS}
        st.caption(_("Part {page} of {pages}, {size} each. Plots and numbers are of all.", **of))


def _turn(page: int) -> None:
    address.later(chips=str(page + 1) if page else None)


def _select(name: str, index: int) -> None:
    """In a callback: look at a token of the part of a text that is drawn."""
    start = max((address.index("chips") or 1) - 1, 0) * CHIPS
    _choose(int(name.removeprefix("text_")), start + index)


def _choose(text: int, place: int) -> None:
    """In a callback: look at this place of a text, and turn to its page of draw."""
    address.later(token=str(place))
    _turn(place // CHIPS)
    st.session_state["text"] = str(text + 1)


def largest(shown: Presentation, seen: Mapping[str, Any]) -> None:
    """The places that moved most; a click looks at one."""
    text = int(seen.get("text", "1")) - 1
    for table in (table for table in shown.tables if table.name == "largest"):
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
