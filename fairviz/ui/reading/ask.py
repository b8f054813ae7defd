"""What is to be read: typed, uploaded or picked; one text, or two beside each other."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import streamlit as st

from fairviz.analyses.reading.request import ReadingRequest
from fairviz.analyses.runner import Machine
from fairviz.core.errors import BadText
from fairviz.core.specs import ModelSpec
from fairviz.core.text_file import text_of
from fairviz.i18n import N_, _
from fairviz.metrics.traces import BOTH
from fairviz.prompts.bank import tales
from fairviz.ui import controls, device_queue, links, measuring
from fairviz.ui.measuring import Wanted
from fairviz.ui.widgets import widget

# A text area with more makes the browser slow; the command line has no such limit.
MOST = 200_000


class Sample(NamedTuple):
    """One or two texts that the page offers."""

    title: str
    texts: tuple[str, ...]


@cache
def samples() -> tuple[Sample, ...]:
    """Texts to begin with, of the bundled model's two languages."""
    french, english = tales()["fr"], tales()["en"]
    return (
        Sample("fr · Un conte", (french[0],)),
        Sample("en · A tale", (english[0],)),
        Sample(
            "fr · Notre infirmière, notre infirmier",
            (
                "Notre infirmière a dit qu'elle reviendrait demain.",
                "Notre infirmier a dit qu'il reviendrait demain.",
            ),
        ),
        Sample(
            "en · The engineer said that he, that she",
            (
                "The engineer said that he would come back tomorrow.",
                "The engineer said that she would come back tomorrow.",
            ),
        ),
        Sample("fr · Huit contes à la suite", ("\n\n".join(french),)),
    )


def wanted() -> Wanted:
    """The widgets of a reading: the pair, where, and the texts."""
    _restore()
    baseline, compressed = controls.pair()
    machine = controls.machine()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.title(_("Token shift"), anchor=False)
    right.selectbox(
        **widget("sample"),
        options=range(len(samples())),
        index=None,
        format_func=lambda number: samples()[number].title,
        on_change=_pick,
    )
    st.markdown(_(links.page("Token shift").about))
    device_queue.warm(baseline, compressed)
    return _texts(baseline, compressed, machine)


def _restore() -> None:
    """Fill the boxes from the reading in the address, once."""
    stored = measuring.restored("reading")
    if stored is None:
        return
    request = stored.request
    _put(request.texts)
    values = {name: str(getattr(request, name)) for name in BOTH} | {"floor": request.floor}
    for name, value in values.items():
        if name not in st.query_params:
            st.session_state[name] = value


def _put(texts: tuple[str, ...]) -> None:
    st.session_state["two_texts"] = len(texts) > 1
    for number in range(2):
        if number < len(texts):
            st.session_state[f"text_{number}"] = texts[number]


def _pick() -> None:
    chosen = st.session_state["sample"]
    if chosen is not None:
        _put(samples()[chosen].texts)
        st.session_state["sample"] = None


def _texts(baseline: str, compressed: str, machine: Machine) -> Wanted:
    """The boxes with their buttons; what is to be read as it stands."""
    from fairviz.analyses.reading.run import measure

    now = measuring.of_page("reading")
    st.session_state.setdefault("text_0", samples()[0].texts[0])
    st.session_state.setdefault("text_1", "")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        two = st.toggle(**widget("two_texts"))
        with st.popover(_("Upload"), icon=":material/upload_file:"):
            _upload(0)
            if two:
                _upload(1)
    with st.form("read", border=False, enter_to_submit=True):
        texts = []
        for number, column in enumerate(st.columns(2) if two else [st.container()]):
            with column:
                label = _("Text {number}", number=number + 1) if two else _("Text")
                texts.append(st.text_area(label, **widget("text", number), max_chars=MOST))
        floor = controls.floor()
        specs = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
        request = ReadingRequest(*specs, tuple(texts), floor)
        asked = Wanted("reading", request, measure(request), machine)
        with st.container(horizontal=True, gap="small"):
            if st.form_submit_button(**widget("do_read")):
                now.ask(asked)
            st.form_submit_button(
                **widget("stop_read"),
                disabled=now.wanted is None,
                on_click=now.stop,
                args=(N_("Stopped. What is read to its end is kept."),),
            )
    return asked


def _upload(number: int) -> None:
    st.file_uploader(
        **widget("upload", number, number=number + 1), on_change=_fill_in, args=(number,)
    )


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
