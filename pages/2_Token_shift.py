"""A text that is there already: how far compression moved every token and word of it."""

import streamlit as st

from fairviz.analyses import forms
from fairviz.ui import (
    address,
    below,
    chips,
    measuring,
    reading,
    render,
    served,
    shell,
    visitors,
    widgets,
)
from fairviz.ui.present import deck
from fairviz.ui.widgets import paragraph

with shell.page("Token shift"):
    served.instead("reading", reading.wanted)
    found = visitors.shown("reading")
    wanted = None if found else reading.wanted()
    top, rest = measuring.places("reading")
    with top:
        found = found or reading.answer(wanted)
        if not found:
            st.markdown(paragraph("press_read"))
            below.recent("reading", "served")
            st.stop()

    together = forms.Forms("reading", tuple(one.result for one in found))
    token = address.index("token")
    choices = forms.options(together)
    with rest:
        seen = widgets.view((*choices, chips.BOUNDS))
    bounds = bool(seen.pop("bounds"))
    run = together.results[forms.place_of(together, seen)]
    shown = forms.present(together, {**seen, "token": token}, "page")
    with top:
        render.finding(shown)
        reading.draw(run, seen, token, bounds=bounds)
        deck.alone()
    with rest:
        reading.opened(run, seen, token)
        render.pictures(shown, choices)
        reading.largest(shown, seen)
        render.details(shown)
        below.of_traces("reading", run, dict(enumerate(run.traces, 1)))
        below.add_to_report("reading", *(one.key for one in found), options=seen)
        below.recent("reading", "served")
