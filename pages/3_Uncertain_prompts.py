"""On which prompts the baseline was unsure, what compression did there, which answers flipped."""

import streamlit as st

from fairviz.ui import controls, session, shell, takeaway, visitors
from fairviz.ui.audit import answer, panels, pictures, sets
from fairviz.ui.audit.view import view
from fairviz.ui.report import add

with shell.page("Uncertain prompts"):
    visit = visitors.shown("audit")
    if visit:
        shown = answer.Shown(visit.run, visit.key)
    else:
        baseline, compressed = controls.pair()
        machine = controls.machine()
        panels.head()
        session.warm(baseline, compressed)
        chosen = sets.choose()
        wanted = answer.button(baseline, compressed, chosen, machine)
        shown = answer.answer(chosen, wanted)
    if shown is None:
        panels.recent()
        st.stop()

    said = st.container()
    looked_at = view(shown.audit)
    with said:
        panels.sentences(shown.audit, looked_at.shown.length)
    pictures.pictures(looked_at)
    panels.most_changed(looked_at)
    panels.left_out(shown.audit)
    asked = shown.audit.request
    takeaway.identities(asked.baseline, asked.compressed, shown.audit.provenance)
    panels.downloads(looked_at)
    add.button("audit", shown.key)
    panels.recent()
