"""A text that is there already: how far compression moved every token and word of it."""

import streamlit as st

from fairviz.analyses import forms
from fairviz.ui import address, below, reading, render, shell, visitors, widgets
from fairviz.ui.widgets import paragraph

with shell.page("Token shift"):
    found = visitors.shown("reading") or reading.answer(reading.wanted())
    if not found:
        st.markdown(paragraph("press_read"))
        below.recent("reading")
        st.stop()

    together = forms.Forms("reading", tuple(one.result for one in found))
    token = address.index("token")
    choices = forms.options(together)
    seen = widgets.options(choices)
    run = together.results[forms.place_of(together, seen)]
    shown = forms.present(together, {**seen, "token": token}, "page")
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
    below.add_to_report("reading", *(one.key for one in found), options=seen)
    below.recent("reading")
