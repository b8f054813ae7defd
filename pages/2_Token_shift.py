"""A text that is there already: how far compression moved every token and word of it."""

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.ui import address, downloads, options, recent, render, shell, visitors
from fairviz.ui.measuring import Shown
from fairviz.ui.reading import answer, ask, texts
from fairviz.ui.report import add

READING = ANALYSES["reading"]

with shell.page("Token shift"):
    visit = visitors.shown("reading")
    found = Shown(*visit) if visit else answer.answer(ask.wanted())
    if found is None:
        ask.nothing_yet()
        recent.draw("reading")
        st.stop()

    reading, token = found.result, address.index("token")
    choices = READING.options(reading)
    seen = options.widgets(choices)
    texts.draw(reading, seen, token)
    shown = READING.present(reading, {**seen, "token": token}, "page")
    render.findings(shown)
    texts.largest(shown, seen)
    render.numbers(shown.numbers)
    render.pictures(shown, choices)
    render.tables(shown.tables)
    render.limits(shown)
    render.identities(shown.identities)
    downloads.draw(*answer.files(reading))
    add.button("reading", found.key, seen)
    recent.draw("reading")
