"""On which prompts the baseline was unsure, what compression did there, which answers flipped."""

import streamlit as st

from fairviz.analyses.audit import present
from fairviz.ui import controls, device_queue, options, recent, render, shell, visitors
from fairviz.ui.audit import answer, panels, sets
from fairviz.ui.measuring import Shown
from fairviz.ui.report import add

with shell.page("Uncertain prompts"):
    visit = visitors.shown("audit")
    if visit:
        shown = Shown(visit.run, visit.key)
    else:
        baseline, compressed = controls.pair()
        machine = controls.machine()
        panels.head()
        device_queue.warm(baseline, compressed)
        chosen = sets.choose()
        wanted = answer.button(baseline, compressed, chosen, machine)
        shown = answer.answer(chosen, wanted)
    if shown is None:
        recent.draw("audit")
        st.stop()

    said = st.container()
    choices = present.options(shown.result)
    value = options.widgets(choices)
    presented = present.present(shown.result, value, "page")
    with said:
        render.findings(presented)
        render.numbers(presented.numbers)
    render.pictures(presented, choices)
    panels.most_changed(present.seen_as(shown.result, value), rows=bool(value.get("show_rows")))
    render.tables(presented.tables)
    render.limits(presented)
    render.identities(presented.identities)
    panels.files(present.seen_as(shown.result, value))
    add.button("audit", shown.key, value)
    recent.draw("audit")
