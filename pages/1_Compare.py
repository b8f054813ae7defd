"""One prompt, two models: what they write, and which words compression moved."""

from functools import partial

import streamlit as st

from fairviz.analyses import forms
from fairviz.analyses.registry import ANALYSES
from fairviz.ui import address, below, chat, comparison, render, shell, visitors, widgets
from fairviz.ui.widgets import paragraph

COMPARISON = ANALYSES["comparison"]

with shell.page("Compare"):
    found = visitors.shown("comparison")
    wanted = None if found else comparison.wanted()
    choices = COMPARISON.options(None)  # they colour a text while it is written
    seen = widgets.options(choices)
    found = found or comparison.answer(wanted, seen["quantity"])
    if not found:
        st.markdown(paragraph("press_compare"))
        st.stop()

    together = forms.Forms("comparison", tuple(one.result for one in found))
    seen |= widgets.options(forms.which(together))
    place, token = forms.place_of(together, seen), address.index("token")
    shown = forms.present(together, {**seen, "token": token}, "page")
    render.finding(shown)
    run, go_on = together.results[place], None
    if wanted is not None:
        go_on = partial(comparison.go_on, found[place], wanted.machine)
    comparison.parent(run)
    comparison.draw(together.results, place, seen["quantity"], seen["context"], token, go_on)
    chat.given(run.provenance)
    render.rest(shown, choices)
    render.identities(shown.identities)
    below.of_traces("comparison", run, run.texts)
    below.add_to_report("comparison", *(one.key for one in found), options=seen)
    below.recent("comparison")
