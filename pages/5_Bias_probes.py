"""Whom a pair of models prefers, and whether compression changes it by more than chance."""

from dataclasses import replace

import streamlit as st

from fairviz.analyses.probe import present
from fairviz.analyses.runner import Machine
from fairviz.ui import controls, device_queue, options, recent, render, shell, visitors
from fairviz.ui.measuring import Shown
from fairviz.ui.probes import answer, beside, choose, items, listed
from fairviz.ui.report import add

with shell.page("Bias probes"):
    visit = visitors.shown("probe")
    if visit:
        which, shown = choose.of(visit.run), Shown(visit.run, visit.key)
    else:
        choose.restore()
        choose.head()
        which = choose.probe()
        two = choose.models(which)
        machine = controls.machine() if which.models else Machine()
        if which.sensitive:
            choose.note()
        chosen = items.choose(which)
        if which.models and two is not None:
            device_queue.warm(*map(str, two))
        wanted = answer.button(which, two, chosen, machine)
        shown = answer.answer(which, wanted, chosen.items)
    if shown is None:
        choose.first(which)
        recent.draw("probe")
        st.stop()

    result = shown.result
    choices = present.options(result)
    value = options.widgets(choices)
    presented = present.present(result, value, "page")
    render.findings(presented)
    render.pictures(presented, choices)
    opened = listed.allowed(which)
    if opened:
        listed.draw(result, which)
    tables = [table for table in presented.tables if opened or not table.sensitive]
    render.tables([replace(table, sensitive=False) for table in tables])
    render.limits(presented)
    beside.studies(result, which)
    beside.identities(result, which)
    beside.files(result)
    add.button("probe", shown.key, value)
    recent.draw("probe")
