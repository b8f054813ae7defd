"""A text that is there already: how far compression moved every token and word of it."""

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.ui import address, below, reading, render, shell, visitors, widgets
from fairviz.ui.widgets import paragraph

READING = ANALYSES["reading"]

with shell.page("Token shift"):
    found = visitors.shown("reading") or reading.answer(reading.wanted())
    if found is None:
        st.markdown(paragraph("press_read"))
        below.recent("reading")
        st.stop()

    run, token = found.result, address.index("token")
    choices = READING.options(run)
    seen = widgets.options(choices)
    shown = READING.present(run, {**seen, "token": token}, "page")
    render.finding(shown)
    reading.draw(run, seen, token)
    render.sentences(shown)
    reading.largest(shown, seen)
    render.numbers(shown.numbers)
    render.pictures(shown, choices)
    render.tables(shown.tables)
    render.limits(shown)
    render.identities(shown.identities)
    below.of_traces("reading", run, dict(enumerate(run.traces, 1)))
    below.add_to_report("reading", found.key, seen)
    below.recent("reading")
