"""From the button to a reading on the page: out of the store, or read now."""

from __future__ import annotations

import logging
import time
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.runner import Machine
from fairviz.core.stored import CannotKeep
from fairviz.i18n import _, ngettext
from fairviz.ui import job, session, shell
from fairviz.ui.answers import stored_on
from fairviz.ui.desk import seated
from fairviz.ui.plain import plain, shortened
from fairviz.ui.reading.ask import PAGE

_log = logging.getLogger(__name__)


class Shown(NamedTuple):
    """A reading on the page; `key` is empty where it could not be stored."""

    reading: Reading
    key: str


def answer(wanted: ReadingRequest, machine: Machine) -> Shown | None:
    """What the page shows; None before anything was read."""
    now = job.of_page(PAGE)
    status = st.empty()  # always there, so that what is below keeps its place
    if now.wanted is not None:
        asked, where = now.wanted
        job.finish(now, lambda: _compute(asked, where, status))
    if now.failure is not None:
        shell.advise(now.failure)
    if now.stopped:
        status.info(_(now.stopped), icon=":material/stop:")
    shown = _known()
    if shown is not None and not now.stopped:
        _say_origin(shown, wanted, machine, status)
    return shown


def _known() -> Shown | None:
    unsaved = job.of_page(PAGE).unsaved
    if unsaved is not None:
        return Shown(unsaved, "")
    key = st.query_params.get("reading")
    if not key:
        return None
    stored = session.store().load("reading", key)
    if stored is None:
        st.warning(
            _(
                "The reading of this link is not in this machine's store. Put the text into the "
                "box and press Read."
            ),
            icon=":material/inventory_2:",
        )
        return None
    return Shown(stored, key)


def _say_origin(
    shown: Shown, wanted: ReadingRequest, machine: Machine, status: DeltaGenerator
) -> None:
    fresh = st.session_state.get("_read_now") == shown.key
    with status.container(horizontal=True, vertical_alignment="center"):
        if not shown.key:
            st.caption(_("Read just now, but the store could not be written: download it below."))
        elif fresh:
            st.caption(_("Read just now."))
        else:
            st.caption(
                _(
                    "Answered from the store, read on {date} UTC. No model was run.",
                    date=stored_on(shown.reading.provenance),
                )
            )
            st.button(
                _("Read again"), key="read_again", type="tertiary", on_click=_again,
                args=(shown.reading.request, machine),
            )  # fmt: skip
        if shown.reading.request != wanted:
            before = shown.reading.request
            st.info(
                _(
                    "The settings have changed since this reading, which is of “{text}” by "
                    "{baseline} and {compressed}. Press Read to read anew.",
                    text=plain(shortened(before.texts[0], 50)),
                    baseline=plain(str(before.baseline)),
                    compressed=plain(str(before.compressed)),
                )
            )


def _again(wanted: ReadingRequest, machine: Machine) -> None:
    job.ask(job.of_page(PAGE), (wanted, machine), again=True)


def _keep(key: str, reading: Reading) -> bool:
    try:
        session.store().save("reading", key, reading)
    except CannotKeep as error:
        _log.warning("reading %s was not stored: %s", key, error)
        return False
    return True


def _compute(wanted: ReadingRequest, machine: Machine, status: DeltaGenerator) -> None:
    """Fetch or make the reading, and put its key into the address."""
    from fairviz.analyses.reading.run import read, with_floor
    from fairviz.models import catalog, devices

    now = job.of_page(PAGE)
    device = devices.choose(machine.device)
    prints = (catalog.fingerprint(wanted.baseline), catalog.fingerprint(wanted.compressed))
    key = session.store().key("reading", wanted, prints, device, str(devices.default_dtype(device)))
    st.session_state["_read_now"] = None
    if now.again or session.store().load("reading", key) is None:
        began = time.monotonic()

        def told(done: int, total: int) -> None:
            session.breathe()
            left = (time.monotonic() - began) / done * (total - done)
            if left > 2:
                words = ngettext(
                    "{done:,} of {n:,} token read, about {left:.0f} s left",
                    "{done:,} of {n:,} tokens read, about {left:.0f} s left",
                    total,
                    done=done,
                    left=left,
                )
            else:
                words = ngettext(
                    "{done:,} of {n:,} token read",
                    "{done:,} of {n:,} tokens read",
                    total,
                    done=done,
                )
            status.progress(done / total, words)

        with seated(wanted.baseline, wanted.compressed, machine, device, status) as pair:
            began = time.monotonic()
            reading = read(pair, wanted, on_batch=told)
            kept = _keep(key, reading)
            if wanted.floor:
                status.progress(1.0, _("All is read and kept; now the noise floor…"))
                reading = with_floor(pair, reading)
                kept = _keep(key, reading)
        if not kept:
            now.unsaved = reading
            st.query_params.pop("reading", None)
            return
        st.session_state["_read_now"] = key
    st.query_params["reading"] = st.session_state["_restored_reading"] = key
    for name in ("token", "chips"):
        st.query_params.pop(name, None)
