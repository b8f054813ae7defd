"""Which part of a compressed model brings the shift, and the change of a probe's rate."""

import streamlit as st

from fairviz.analyses import forms
from fairviz.ui import attribution, below, links, render, shell, visitors
from fairviz.ui.below import File
from fairviz.ui.widgets import options, paragraph

with shell.page("Parts"):
    found = visitors.shown("attribution")
    if not found:
        links.head("Parts")
        wanted, chosen = attribution.wanted()
        found = attribution.answer(wanted)
    if not found:
        st.markdown(paragraph("press_run_parts"))
        below.recent("attribution")
        st.stop()

    together = forms.Forms("attribution", tuple(one.result for one in found))
    choices = forms.options(together)
    seen = options(choices)
    place = forms.place_of(together, seen)
    run = together.results[place]
    presented = forms.present(together, {**seen, "token": attribution.place(run)}, "page")
    render.finding(presented)
    render.pictures(presented, choices)
    attribution.token(run)
    if not visitors.here():
        attribution.mix(run, found[place].key, chosen)
    render.details(presented)
    document = run.document
    below.downloads(File("JSON", "fairviz-parts.json", lambda: below.as_json(document())))
    below.add_to_report("attribution", *(one.key for one in found), options=seen)
    below.recent("attribution")
