"""Whom a pair of models prefers, and whether compression changes it by more than chance."""

from dataclasses import replace

import streamlit as st

from fairviz.analyses.probe import present
from fairviz.analyses.runner import Machine
from fairviz.ui import below, chat, controls, device_queue, links, probes, render, shell, visitors
from fairviz.ui.probe_items import allowed, draw
from fairviz.ui.widgets import options, paragraph

with shell.page("Bias probes"):
    shown = visitors.shown("probe")
    if shown:
        which = probes.of(shown.result)
    else:
        probes.restore()
        links.head("Bias probes")
        which = probes.probe()
        two = probes.models(which)
        put = probes.put(which, two)
        machine = controls.machine() if which.models else Machine()
        if which.sensitive:
            probes.note()
        chosen = probes.chosen_items(which)
        if which.models and two is not None:
            device_queue.warm(*map(str, two))
        wanted = probes.button(which, two, chosen, put, machine)
        shown = probes.answer(which, wanted, chosen.items)
    if shown is None:
        st.markdown(paragraph("press_run" if which.models else "press_run_files"))
        below.recent("probe")
        st.stop()

    result = shown.result
    choices = present.options(result)
    value = options(choices)
    presented = present.present(result, value, "page")
    render.findings(presented)
    chat.given(result.provenance)
    render.pictures(presented, choices)
    opened = allowed(which)
    if opened:
        draw(result, which)
    tables = [table for table in presented.tables if opened or not table.sensitive]
    render.tables([replace(table, sensitive=False) for table in tables])
    render.limits(presented)
    probes.studies(result, which)
    probes.identities(result, which)
    probes.files(result)
    below.add_to_report("probe", shown.key, value)
    below.recent("probe")
