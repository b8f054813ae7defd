"""A text that is there already: how far compression moved every token and word of it."""

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.ui import address, below, render, shell, visitors, widgets
from fairviz.ui.measuring import Shown
from fairviz.ui.reading import answer, ask
from fairviz.ui.widgets import paragraph

READING = ANALYSES["reading"]

with shell.page("Token shift"):
    visit = visitors.shown("reading")
    found = Shown(*visit) if visit else answer.answer(ask.wanted())
    if found is None:
        st.markdown(paragraph("press_read"))
        below.recent("reading")
        st.stop()

    reading, token = found.result, address.index("token")
    choices = READING.options(reading)
    seen = widgets.options(choices)
    answer.draw(reading, seen, token)
    shown = READING.present(reading, {**seen, "token": token}, "page")
    render.findings(shown)
    answer.largest(shown, seen)
    render.numbers(shown.numbers)
    render.pictures(shown, choices)
    render.tables(shown.tables)
    render.limits(shown)
    render.identities(shown.identities)
    below.of_traces("reading", reading, dict(enumerate(reading.traces, 1)))
    below.add_to_report("reading", found.key, seen)
    below.recent("reading")
