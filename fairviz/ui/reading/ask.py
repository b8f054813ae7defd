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
from fairviz.prompts.examples import tales
from fairviz.ui import controls, device_queue, job, measuring
from fairviz.ui.measuring import Wanted

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
    _title()
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


def _title() -> None:
    """The title with the texts to begin with."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.title(_("Token shift"), anchor=False)
    with right:
        st.selectbox(
            _("Texts to begin with"),
            range(len(samples())),
            index=None,
            key="sample",
            format_func=lambda number: samples()[number].title,
            placeholder=_("Texts to begin with"),
            label_visibility="collapsed",
            on_change=_pick,
        )
    st.markdown(
        _(
            "Both models read the same text: how much more or less likely compression makes every "
            "token of it, and how sure each model was."
        )
    )


def _pick() -> None:
    chosen = st.session_state["sample"]
    if chosen is not None:
        _put(samples()[chosen].texts)
        st.session_state["sample"] = None


def _texts(baseline: str, compressed: str, machine: Machine) -> Wanted:
    """The boxes with their buttons; what is to be read as it stands."""
    from fairviz.analyses.reading.run import measure

    now = job.of_page("reading")
    st.session_state.setdefault("text_0", samples()[0].texts[0])
    st.session_state.setdefault("text_1", "")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        two = st.toggle(
            _("A second text beside it"),
            key="two_texts",
            help=_(
                "Two versions of a sentence, a translation, a text and its paraphrase: both are "
                "read by both models and shown in the same colours."
            ),
        )
        with st.popover(_("Upload"), icon=":material/upload_file:"):
            _upload(0)
            if two:
                _upload(1)
    with st.form("read", border=False, enter_to_submit=True):
        texts = []
        for number, column in enumerate(st.columns(2) if two else [st.container()]):
            with column:
                texts.append(
                    st.text_area(
                        _("Text {number}", number=number + 1) if two else _("Text"),
                        key=f"text_{number}",
                        height=150,
                        max_chars=MOST,
                        help=_(
                            "Any text. The first token is context; every other one is measured. "
                            "Longer than the models' context, it is read in overlapping windows. "
                            "Ctrl+Enter reads it."
                        ),
                    )
                )
        floor = controls.floor()
        specs = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
        request = ReadingRequest(*specs, tuple(texts), floor)
        asked = Wanted("reading", request, measure(request), machine)
        with st.container(horizontal=True, gap="small"):
            if st.form_submit_button(
                _("Read"), type="primary", key="do_read", icon=":material/play_arrow:"
            ):
                job.ask(now, asked)
            st.form_submit_button(
                _("Stop"),
                key="stop_read",
                icon=":material/stop:",
                disabled=now.wanted is None,
                on_click=job.stop,
                args=(now, N_("Stopped. What is read to its end is kept.")),
                help=_("Stops both models before their next batch."),
            )
    return asked


def _upload(number: int) -> None:
    st.file_uploader(
        _("Text {number}: a UTF-8 file", number=number + 1),
        type=["txt", "md", "text"],
        key=f"upload_{number}",
        on_change=_fill_in,
        args=(number,),
        help=_("It stays on this machine and replaces what is in the box."),
    )


def _fill_in(number: int) -> None:
    file = st.session_state[f"upload_{number}"]
    if file is None:
        return
    now = job.of_page("reading")
    now.failure = None
    try:
        text = text_of(file.getvalue(), file.name)
        if len(text) > MOST:
            raise BadText(
                _(
                    "{name} has {size:,} characters; this page takes {most:,}.",
                    name=file.name,
                    size=len(text),
                    most=MOST,
                ),
                fix=_("Read it in parts, or with python -m fairviz score."),
            )
    except BadText as error:
        now.failure = error
    else:
        st.session_state[f"text_{number}"] = text


def nothing_yet() -> None:
    """What will be here once something was read."""
    st.markdown(
        _(
            "Press **Read**: both models read the text, and every token is coloured by how far "
            "compression moved it. Nothing is written."
        )
    )
