"""One prompt, two models: what they write, and which words compression moved."""

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.ui import address, below, render, shell, visitors, widgets
from fairviz.ui.comparison import answer, ask
from fairviz.ui.measuring import Shown
from fairviz.ui.widgets import paragraph

COMPARISON = ANALYSES["comparison"]

with shell.page("Compare"):
    visit = visitors.shown("comparison")
    wanted = None if visit else ask.wanted()
    choices = COMPARISON.options(None)  # they colour a text while it is written
    seen = widgets.options(choices)
    found = Shown(*visit) if visit else answer.answer(wanted, seen["quantity"])
    if found is None:
        st.markdown(paragraph("press_compare"))
        st.stop()

    comparison, token = found.result, address.index("token")
    answer.draw(comparison, seen["quantity"], seen["context"], token)
    shown = COMPARISON.present(comparison, {**seen, "token": token}, "page")
    render.render(shown, choices)
    render.identities(shown.identities)
    below.of_traces("comparison", comparison, comparison.texts)
    below.add_to_report("comparison", found.key, seen)
    below.recent("comparison")
