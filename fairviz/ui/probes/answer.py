"""The button of a probe, how far it is, and what stands beside its outcome."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import identity
from fairviz.analyses.presentation import Table
from fairviz.analyses.probe.document import as_table, document
from fairviz.analyses.probe.request import ProbeResult, probe_request
from fairviz.analyses.probe.run import measure
from fairviz.analyses.runner import Machine
from fairviz.benchmarks import labels
from fairviz.core import csv_file
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _, ngettext
from fairviz.probes.cells import published, titled
from fairviz.probes.labels import called
from fairviz.probes.record import Items, Probe, Step
from fairviz.ui import below, device_queue, links, measuring, render
from fairviz.ui.below import File
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Shown, Wanted
from fairviz.ui.probes.choose import Chosen
from fairviz.ui.probes.listed import latest
from fairviz.ui.tables import head
from fairviz.ui.widgets import paragraph

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
    now = measuring.of_page("probe")
    if now.unkept is not None and now.unkept.request.probe != which.name:
        now.unkept = None
    key = st.query_params.get("outcome")
    stored = device_queue.store().load("probe", key) if key else None
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


def studies(result: ProbeResult, which: Probe) -> None:
    """Published values of the same benchmark, and the way to their page."""
    if not which.benchmark:
        return
    found = published(result.outcome, which, head.table())
    name = labels.benchmark(which.benchmark)
    st.header(_("What studies have published of {benchmark}", benchmark=plain(name)), anchor=False)
    if len(found):
        caption = _("Published values, after those of these two models")
        render.table(Table(caption, titled(found), folded=False), key="published")
        st.caption(paragraph("read_published"))
    else:
        st.caption(paragraph("none_published"))
    label = _("{benchmark} in the bias tables", benchmark=name)
    links.link("Bias tables", label, dimension=which.dimension, benchmark=which.benchmark)


def identities(result: ProbeResult, which: Probe) -> None:
    """Both models as loaded, or that none was."""
    request = result.request
    if which.models:
        render.identities(identity.cards(request.baseline, request.compressed, result.provenance))
        return
    st.header(_("Where the numbers come from"), anchor=False)
    source = plain(called(request.source))
    st.caption(_("Read from {source}; no model was loaded here.", source=source))


def files(result: ProbeResult) -> None:
    """The outcome as files, and the address that restores it."""
    name = f"fairviz-{result.request.probe}"
    outcome, csv = result.outcome.items, csv_file.written
    said = _("python -m fairviz tables import FILE takes it; then it stands in Bias tables.")
    everything, items = _("JSON: everything measured"), _("CSV: one row an item")
    table = _("CSV: rows of the bias tables")
    below.downloads(
        File(everything, f"{name}.json", lambda: below.as_json(document(result))),
        File(items, f"{name}-items.csv", lambda: csv(outcome)),
        File(table, f"{name}-table.csv", lambda: csv(as_table(result)), said, "table"),
    )
