"""Whom a pair of models prefers, and whether compression changes it by more than chance."""

from dataclasses import replace

import streamlit as st

from fairviz.analyses import forms
from fairviz.analyses.runner import Machine
from fairviz.ui import below, chat, controls, device_queue, links, probes, render, shell, visitors
from fairviz.ui.probe_items import allowed, draw
from fairviz.ui.widgets import options, paragraph

with shell.page("Bias probes"):
    found = visitors.shown("probe")
    if found:
        which = probes.of(found[0].result)
    else:
        probes.restore()
        links.head("Bias probes")
        which = probes.probe()
        pairs = probes.models(which)
        put, machine = None, Machine()
        if which.models:
            with controls.settings():
                put, machine = probes.put(which, pairs), controls.machine()
        if which.sensitive:
            probes.note()
        chosen = probes.chosen_items(which)
        if which.models and pairs:
            device_queue.warm(*map(str, pairs[0]))
        wanted = probes.button(which, pairs, chosen, put, machine)
        found = probes.answer(which, wanted, chosen.items)
    if not found:
        st.markdown(paragraph("press_run" if which.models else "press_run_files"))
        below.recent("probe")
        st.stop()

    together = forms.Forms("probe", tuple(one.result for one in found))
    choices = forms.options(together)
    value = options(choices)
    result = together.results[forms.place_of(together, value)]
    presented = forms.present(together, value, "page")
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
    probes.identities(result, presented, which)
    probes.files(result)
    below.add_to_report("probe", *(one.key for one in found), options=value)
    below.recent("probe")
