"""From the button to an audit on the page: out of the store, or measured batch by batch."""

from __future__ import annotations

import logging
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.audit.request import Audit, AuditRequest, audit_request
from fairviz.analyses.audit.words import called
from fairviz.core.specs import ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.i18n import N_, _, ngettext
from fairviz.ui import controls, job, session, shell
from fairviz.ui.answers import stored_on
from fairviz.ui.audit.sets import Chosen
from fairviz.ui.audit.words import counted
from fairviz.ui.desk import seated
from fairviz.ui.plain import plain
from fairviz.ui.session import Machine

if TYPE_CHECKING:
    from collections.abc import Generator

    from fairviz.analyses.audit.run import Progress

PAGE = "audit"
_log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """What a press of the button asks for."""

    asked: AuditRequest
    chosen: Chosen
    machine: Machine


class Shown(NamedTuple):
    """An audit on the page; `key` is empty where it is not in the store."""

    audit: Audit
    key: str


def button(baseline: str, compressed: str, chosen: Chosen, machine: Machine) -> Wanted | None:
    """Run and Stop; what the button would ask for as the page stands."""
    now = job.of_page(PAGE)
    wanted = None
    floor = controls.floor()
    if chosen.units:
        specs = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
        question = audit_request(
            *specs, chosen.source, chosen.units, chosen.max_new_tokens, floor=floor
        )
        wanted = Wanted(question, chosen, machine)
    with st.container(horizontal=True, gap="small"):
        st.button(
            _run(wanted),
            type="primary",
            key="run",
            icon=":material/play_arrow:",
            disabled=wanted is None or now.wanted is not None,
            on_click=job.ask,
            args=(now, wanted),
        )
        st.button(
            _("Stop"),
            key="stop_run",
            icon=":material/stop:",
            disabled=now.wanted is None,
            on_click=job.stop,
            args=(now, _STOPPED),
            help=_("Stops after this batch; what is measured is kept."),
        )
    return wanted


_STOPPED = N_("Stopped. What is measured is kept: press Run to go on from there.")


def _run(wanted: Wanted | None) -> str:
    if wanted is None:
        return _("Run")
    n = len(wanted.chosen.units)
    if wanted.asked.kind == "prompts":
        return ngettext("Run on {n:,} prompt", "Run on {n:,} prompts", n)
    return ngettext("Run on {n:,} question", "Run on {n:,} questions", n)


def answer(chosen: Chosen, wanted: Wanted | None) -> Shown | None:
    """What the page shows; None before anything was measured."""
    now = job.of_page(PAGE)
    status = st.empty()  # always there, so that what is below keeps its place
    if now.wanted is not None:
        asking = now.wanted
        job.finish(now, lambda: _compute(asking, status))
    if now.failure is not None:
        shell.advise(now.failure)
    if now.stopped:
        status.info(_(now.stopped), icon=":material/stop:")
    if chosen.ready is not None:
        status.caption(_("Read from the two runs of lm-evaluation-harness. No model was run."))
        return Shown(chosen.ready, "")
    shown = _known()
    if shown is not None and not now.stopped:
        _say_origin(shown, wanted, status)
    return shown


def _known() -> Shown | None:
    unsaved = job.of_page(PAGE).unsaved
    if unsaved is not None:
        return Shown(unsaved, "")
    key = st.query_params.get("audit")
    if not key:
        return None
    stored = session.store().load("audit", key)
    if stored is None:
        st.warning(
            _(
                "The audit of this link is not in this machine's store. Choose the set and press "
                "Run."
            ),
            icon=":material/inventory_2:",
        )
        return None
    return Shown(stored, key)


def _say_origin(shown: Shown, wanted: Wanted | None, status: DeltaGenerator) -> None:
    audit = shown.audit
    date = stored_on(audit.provenance) if audit.provenance.get("date") else ""
    fresh = st.session_state.get("_measured_now") == shown.key
    with status.container():
        if not shown.key:
            st.caption(_("Measured just now, but not stored: download it below."))
        elif fresh:
            st.caption(_("Measured just now."))
        elif date:
            st.caption(
                _("Answered from the store, measured on {date} UTC. No model was run.", date=date)
            )
        else:
            st.caption(_("Answered from the store. No model was run."))
        if wanted is None or wanted.asked != audit.request:
            before = audit.request
            st.info(
                _(
                    "This is {set} with {baseline} and {compressed}, {counted}. Press Run for what "
                    "is chosen above.",
                    set=plain(called(before.source)),
                    baseline=plain(str(before.baseline)),
                    compressed=plain(str(before.compressed)),
                    counted=counted(before.kind, len(audit.table)),
                )
            )


def _compute(wanted: Wanted, status: DeltaGenerator) -> None:
    """Fetch or make the audit, and put its key into the address."""
    from fairviz.models import catalog, devices

    now = job.of_page(PAGE)
    question = wanted.asked
    device = devices.choose(wanted.machine.device)
    prints = (catalog.fingerprint(question.baseline), catalog.fingerprint(question.compressed))
    dtype = str(devices.default_dtype(device))
    key = session.store().key("audit", question, prints, device, dtype)
    st.session_state["_measured_now"] = None
    if session.store().load("audit", key) is None:
        audit, kept = _measure(wanted, key, device, status)
        if not kept:
            now.unsaved = audit
            st.query_params.pop("audit", None)
            return
        st.session_state["_measured_now"] = key
    st.query_params["audit"] = key


def _measure(wanted: Wanted, key: str, device: str, status: DeltaGenerator) -> tuple[Audit, bool]:
    """The audit, and whether it is in the store."""
    from fairviz.analyses.audit.run import run

    question, chosen = wanted.asked, wanted.chosen
    try:
        place = session.store().begin("audit", key, question)
    except CannotKeep as error:
        _log.warning("%s", error)
        place = None
    with seated(question.baseline, question.compressed, wanted.machine, device, status) as pair:
        steps = run(pair, question, chosen.units, place, left_out=chosen.left_out)
        with closing(cast("Generator[Progress | Audit]", steps)) as measured:
            for step in measured:
                if isinstance(step, Audit):
                    return step, place is not None
                session.breathe()
                status.progress(step.done / max(step.total, 1), _pace(step))
    raise RuntimeError("the audit ended before its last step")


def _pace(step: Progress) -> str:
    if step.floor:
        return _("All is measured and kept; now the noise floor…")
    words = [_("{done:,} of {total:,}", done=step.done, total=step.total)]
    if step.resumed:
        words[0] += " " + _("({n:,} from an earlier start)", n=step.resumed)
    if step.left_out:
        words.append(ngettext("{n:,} left out", "{n:,} left out", step.left_out))
    if step.seconds_left is not None:
        minutes, seconds = divmod(round(step.seconds_left), 60)
        words.append(
            _("about {minutes} min {seconds} s left", minutes=minutes, seconds=seconds)
            if minutes
            else _("about {seconds} s left", seconds=seconds)
        )
    return ", ".join(words)
