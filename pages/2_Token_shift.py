"""A text that is there already: how far compression moved every token and word of it."""

import streamlit as st

from fairviz.i18n import _
from fairviz.ui import controls, session, shell, takeaway, visitors
from fairviz.ui.reading import answer, ask, chips_page, panels
from fairviz.ui.reading.view import view
from fairviz.ui.report import add

with shell.page("Token shift"):
    visit = visitors.shown("reading")
    if visit:
        shown = answer.Shown(visit.run, visit.key)
    else:
        ask.restore()
        baseline, compressed = controls.pair()
        machine = controls.machine()
        ask.head()
        session.warm(baseline, compressed)
        wanted = ask.texts(baseline, compressed, machine)
        shown = answer.answer(wanted, machine)
    if shown is None:
        panels.nothing_yet()
        panels.recent()
        st.stop()

    reading = shown.reading
    looked_at = view(reading)
    chips_page.draw(reading, looked_at)
    st.caption(_(looked_at.quantity.meaning))
    panels.chosen(reading, looked_at)
    panels.largest(reading, looked_at)
    panels.numbers(looked_at, reading)
    panels.plots(reading, looked_at)
    takeaway.identities(reading.request.baseline, reading.request.compressed, reading.provenance)
    panels.downloads(reading)
    add.button("reading", shown.key)
    panels.recent()
