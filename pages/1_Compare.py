"""One prompt, two models: what they write, and which words compression moved."""

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.ui import address, cards, downloads, options, recent, render, shell, visitors
from fairviz.ui.comparison import answer, ask
from fairviz.ui.measuring import Shown
from fairviz.ui.report import add

COMPARISON = ANALYSES["comparison"]

with shell.page("Compare"):
    visit = visitors.shown("comparison")
    wanted = None if visit else ask.wanted()
    choices = COMPARISON.options(None)  # they colour a text while it is written
    seen = options.widgets(choices)
    found = Shown(*visit) if visit else answer.answer(wanted, seen["quantity"])
    if found is None:
        ask.nothing_yet()
        st.stop()

    comparison, token = found.result, address.index("token")
    answer.draw(comparison, seen["quantity"], seen["context"], token)
    answer.card(comparison, seen["context"], token)
    cards.divergence(comparison)
    shown = COMPARISON.present(comparison, {**seen, "token": token}, "page")
    render.render(shown, choices)
    render.identities(shown.identities)
    downloads.draw(*answer.files(comparison))
    add.button("comparison", found.key, seen)
    recent.draw("comparison")
