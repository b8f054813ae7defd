"""The button of a probe, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.probe.request import probe_request
from fairviz.analyses.probe.run import measure
from fairviz.analyses.runner import Machine
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _, ngettext
from fairviz.probes.record import Items, Probe, Step
from fairviz.ui import job, measuring, session
from fairviz.ui.measuring import Shown, Wanted
from fairviz.ui.probes.gallery import latest
from fairviz.ui.probes.items import Chosen

# Seconds between two redraws.
_PACE = 0.15
_STOPPED = N_("Stopped. Nothing was changed: press Run to measure it from the start.")


def button(
    which: Probe, two: tuple[ModelSpec, ModelSpec] | None, chosen: Chosen, machine: Machine
) -> Wanted | None:
    """Run and Stop; what the button would ask for as the page stands."""
    wanted, label = None, _("Run")
    if two is not None and chosen.items is not None and len(chosen.items.rows):
        request = probe_request(which.name, *two, chosen.items, chosen.settings)
        measuring_it = measure(request, chosen.items, chosen.settings)
        wanted = Wanted("probe", request, measuring_it, machine, which.models)
        label = ngettext("Run on {n:,} item", "Run on {n:,} items", request.n)
    measuring.buttons("probe", wanted, label, stop=_("Stops after this step."), stopped=_STOPPED)
    return wanted


def answer(which: Probe, wanted: Wanted | None, items: Items | None) -> Shown | None:
    """What the page shows; None before anything was measured."""
    now = job.of_page("probe")
    if now.unkept is not None and now.unkept.request.probe != which.name:
        now.unkept = None
    key = st.query_params.get("outcome")
    stored = session.store().load("probe", key) if key else None
    if stored is not None and stored.request.probe != which.name:  # another was chosen since
        st.query_params.pop("outcome", None)
    return measuring.shown("probe", wanted, _drawing(which, items))


def _drawing(which: Probe, items: Items | None) -> Callable[[Step, DeltaGenerator], None]:
    """What tells the reader of each step, and shows the text that was finished last."""
    began = drawn = time.monotonic()
    prompts = items.rows["prompt"].tolist() if items and "prompt" in items.rows else []

    def draw(step: Step, status: DeltaGenerator) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < _PACE:
            return
        drawn = now
        words = _("{done:,} of {total:,}", done=step.done, total=step.of)
        if step.done:
            left = (now - began) * (step.of - step.done) / step.done
            words = f"{words}, {measuring.time_left(left)}"
        with status.container():
            st.progress(min(step.done / max(step.of, 1), 1.0), words)
            if not which.sensitive:
                latest(step.rows, prompts)

    return draw
