"""Whom a pair of models prefers, and whether compression changes it by more than chance."""

from dataclasses import replace

import streamlit as st

from fairviz.analyses import forms
from fairviz.ui import below, chat, links, probes, render, shell, visitors
from fairviz.ui.present import deck
from fairviz.ui.probe_items import allowed, draw
from fairviz.ui.widgets import options, paragraph

with shell.page("Bias probes"):
    found = visitors.shown("probe")
    if found:
        verdict, which = st.container(key="verdict"), probes.of(found[0].result)
    else:
        probes.restore()
        links.head("Bias probes")
        verdict = st.container(key="verdict")
        which, found = probes.asked(verdict)
    if not found:
        st.markdown(paragraph("press_run" if which.models else "press_run_files"))
        below.recent("probe")
        st.stop()

    together = forms.Forms("probe", tuple(one.result for one in found))
    choices = forms.options(together)
    value = options(choices)
    result = together.results[forms.place_of(together, value)]
    presented = forms.present(together, value, "page")
    with verdict:
        render.finding(presented)
    render.pictures(presented, choices)
    deck.alone()
    render.sentences(presented)
    chat.given(result.provenance)
    opened = allowed(which)
    if opened:
        draw(result, which)
    tables = [table for table in presented.tables if opened or not table.sensitive]
    render.tables([replace(table, sensitive=False) for table in tables])
    render.limits(presented)
    probes.studies(result, which)
    probes.identities(result, presented, which)
    probes.parts(result)
    probes.files(result)
    below.add_to_report("probe", *(one.key for one in found), options=value)
    below.recent("probe")
