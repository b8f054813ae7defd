"""From the button to an outcome on the page: out of the store, or measured step by step."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.probe.request import ProbeRequest, ProbeResult, probe_request, without_models
from fairviz.analyses.runner import Machine
from fairviz.core.specs import ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.i18n import _, ngettext
from fairviz.probes.headings import called
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.registry import probe_of
from fairviz.ui import job, session, shell
from fairviz.ui.answers import stored_on
from fairviz.ui.desk import seated
from fairviz.ui.plain import plain
from fairviz.ui.probes.items import Chosen
from fairviz.ui.probes.written import latest

PAGE = "probes"
# Seconds between two redraws.
_PACE = 0.15
_log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """What a press of the button asks for; `settings` hold files as bytes and name."""

    asked: ProbeRequest
    items: Items
    settings: dict[str, Any]
    machine: Machine


class Shown(NamedTuple):
    """An outcome on the page; `key` is empty where it is not in the store."""

    run: ProbeResult
    key: str


def button(
    which: Probe, two: tuple[ModelSpec, ModelSpec] | None, chosen: Chosen, machine: Machine
) -> Wanted | None:
    """Run and Stop; what the button would ask for as the page stands."""
    now = job.of_page(PAGE)
    wanted, label = None, _("Run")
    if two is not None and chosen.items is not None and len(chosen.items.rows):
        question = probe_request(which.name, *two, chosen.items, chosen.settings)
        wanted = Wanted(question, chosen.items, chosen.settings, machine)
        label = ngettext("Run on {n:,} item", "Run on {n:,} items", question.n)
    with st.container(horizontal=True, gap="small"):
        st.button(
            label,
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
            args=(
                now,
                _("Stopped. Nothing was changed: press Run to measure it from the start."),
            ),
            help=_("Stops after this step."),
        )
    return wanted


def answer(which: Probe, wanted: Wanted | None) -> Shown | None:
    """What the page shows; None before anything was measured."""
    now = job.of_page(PAGE)
    status = st.empty()  # always there, so that what is below keeps its place
    if now.wanted is not None:
        asking = now.wanted
        job.finish(now, lambda: _compute(asking, status))
    if now.failure is not None:
        shell.advise(now.failure)
    if now.stopped:
        status.info(now.stopped, icon=":material/stop:")
    shown = _known(which)
    if shown is not None and not now.stopped:
        _say_origin(shown, wanted, status)
    return shown


def _known(which: Probe) -> Shown | None:
    unsaved = job.of_page(PAGE).unsaved
    if unsaved is not None and unsaved.request.probe == which.name:
        return Shown(unsaved, "")
    key = st.query_params.get("outcome")
    if not key:
        return None
    stored = session.store().load("probe", key)
    if stored is None:
        st.warning(
            _(
                "The outcome of this link is not in this machine's store. Choose the items and "
                "press Run."
            ),
            icon=":material/inventory_2:",
        )
        return None
    if stored.request.probe != which.name:  # another probe was chosen since
        st.query_params.pop("outcome", None)
        return None
    return Shown(stored, key)


def _say_origin(shown: Shown, wanted: Wanted | None, status: DeltaGenerator) -> None:
    run, before = shown.run, shown.run.request
    date = stored_on(run.provenance) if run.provenance.get("date") else ""
    with status.container():
        if not shown.key:
            st.caption(_("Measured just now, but not stored: download it below."))
        elif st.session_state.get("_probed_now") == shown.key:
            st.caption(_("Measured just now."))
        elif date:
            st.caption(
                _("Answered from the store, measured on {date} UTC. No model was run.", date=date)
            )
        else:
            st.caption(_("Answered from the store, measured on an unknown date. No model was run."))
        if wanted is None or wanted.asked != before:
            below = ngettext(
                "Below: {source}, {n:,} item, with {baseline} and {compressed}.",
                "Below: {source}, {n:,} items, with {baseline} and {compressed}.",
                before.n,
                source=plain(called(before.source)),
                baseline=plain(str(before.baseline)),
                compressed=plain(str(before.compressed)),
            )
            more = _("Press Run for what is chosen above.") if wanted is not None else ""
            st.info(f"{below} {more}".strip())


def _compute(wanted: Wanted, status: DeltaGenerator) -> None:
    """Fetch or make the outcome, and put its key into the address."""
    question, shelf = wanted.asked, session.store()
    device, prints, dtype = "", ("", ""), ""
    if probe_of(question.probe).models:
        from fairviz.models import catalog, devices

        device = devices.choose(wanted.machine.device)
        prints = (catalog.fingerprint(question.baseline), catalog.fingerprint(question.compressed))
        dtype = str(devices.default_dtype(device))
    key = shelf.key("probe", question, prints, device, dtype)
    st.session_state["_probed_now"] = None
    if shelf.load("probe", key) is None:
        run = _measure(wanted, device, status)
        try:
            shelf.save("probe", key, run)
        except CannotKeep as error:
            _log.warning("%s", error)
            job.of_page(PAGE).unsaved = run
            st.query_params.pop("outcome", None)
            return
        st.session_state["_probed_now"] = key
    st.session_state["_restored_outcome"] = key  # the widgets say it already
    st.query_params["outcome"] = key


def _measure(wanted: Wanted, device: str, status: DeltaGenerator) -> ProbeResult:
    question, items = wanted.asked, wanted.items
    which = probe_of(question.probe)
    told = _progress(which, items, status)

    def run(outcome: Outcome, known: dict[str, Any]) -> ProbeResult:
        return ProbeResult(question, outcome, items.warts, items.left_out, known)

    if not which.models:
        return run(which.run(None, items, told, **wanted.settings), without_models())
    from fairviz.models.provenance import provenance

    with seated(question.baseline, question.compressed, wanted.machine, device, status) as pair:
        status.progress(0.0, _("Measuring…"))
        return run(which.run(pair, items, told, **wanted.settings), provenance(pair))


def _progress(which: Probe, items: Items, status: DeltaGenerator) -> Callable[[Step], None]:
    """What tells the reader of each step, and stops where the reader has pressed Stop."""
    began = drawn = time.monotonic()
    prompts = items.rows["prompt"].tolist() if "prompt" in items.rows else []

    def told(step: Step) -> None:
        nonlocal drawn
        session.breathe()
        now = time.monotonic()
        if now - drawn < _PACE:
            return
        drawn = now
        with status.container():
            st.progress(min(step.done / max(step.of, 1), 1.0), _how_far(step, now - began))
            if not which.sensitive:
                latest(step.rows, prompts)

    return told


def _how_far(step: Step, seconds: float) -> str:
    if not step.done:
        return _("{done:,} of {of:,}", done=step.done, of=step.of)
    minutes, left = divmod(round(seconds * (step.of - step.done) / step.done), 60)
    if not minutes:
        return _("{done:,} of {of:,}, about {s} s left", done=step.done, of=step.of, s=left)
    return _(
        "{done:,} of {of:,}, about {min} min {s} s left",
        done=step.done,
        of=step.of,
        min=minutes,
        s=left,
    )
