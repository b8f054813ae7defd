"""One prompt, two models: what they write, and which words compression moved."""

import streamlit as st

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
    if found is None:
        st.markdown(paragraph("press_compare"))
        st.stop()

    run, token = found.result, address.index("token")
    shown = COMPARISON.present(run, {**seen, "token": token}, "page")
    render.finding(shown)
    comparison.draw(run, seen["quantity"], seen["context"], token)
    chat.given(run.provenance)
    render.rest(shown, choices)
    render.identities(shown.identities)
    below.of_traces("comparison", run, run.texts)
    below.add_to_report("comparison", found.key, seen)
    below.recent("comparison")
