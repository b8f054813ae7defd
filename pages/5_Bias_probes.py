"""Whom a pair of models prefers, and whether compression changes it by more than chance."""

from dataclasses import replace

import streamlit as st

from fairviz.analyses.probe import present
from fairviz.analyses.runner import Machine
from fairviz.ui import below, controls, device_queue, links, render, shell, visitors, widgets
from fairviz.ui.measuring import Shown
from fairviz.ui.probes import answer, choose, listed
from fairviz.ui.widgets import paragraph

with shell.page("Bias probes"):
    visit = visitors.shown("probe")
    if visit:
        which, shown = choose.of(visit.run), Shown(visit.run, visit.key)
    else:
        choose.restore()
        links.head("Bias probes")
        which = choose.probe()
        two = choose.models(which)
        machine = controls.machine() if which.models else Machine()
        if which.sensitive:
            choose.note()
        chosen = choose.chosen_items(which)
        if which.models and two is not None:
            device_queue.warm(*map(str, two))
        wanted = answer.button(which, two, chosen, machine)
        shown = answer.answer(which, wanted, chosen.items)
    if shown is None:
        st.markdown(paragraph("press_run" if which.models else "press_run_files"))
        below.recent("probe")
        st.stop()

    result = shown.result
    choices = present.options(result)
    value = widgets.options(choices)
    presented = present.present(result, value, "page")
    render.findings(presented)
    render.pictures(presented, choices)
    opened = listed.allowed(which)
    if opened:
        listed.draw(result, which)
    tables = [table for table in presented.tables if opened or not table.sensitive]
    render.tables([replace(table, sensitive=False) for table in tables])
    render.limits(presented)
    answer.studies(result, which)
    answer.identities(result, which)
    answer.files(result)
    below.add_to_report("probe", shown.key, value)
    below.recent("probe")
