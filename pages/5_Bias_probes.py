"""Whom a pair of models prefers, and whether compression changes it by more than chance."""

import streamlit as st

from fairviz.ui import controls, session, shell, visitors
from fairviz.ui.probes import answer, beside, choose, items, listed, panels, taken
from fairviz.ui.report import add
from fairviz.ui.session import Machine

with shell.page("Bias probes"):
    visit = visitors.shown("probe")
    if visit:
        which, shown = choose.of(visit.run), answer.Shown(visit.run, visit.key)
    else:
        choose.restore()
        choose.head()
        which = choose.probe()
        two = choose.models(which)
        machine = controls.machine() if which.models else Machine()
        if which.sensitive:
            choose.note()
        chosen = items.choose(which)
        if which.models and two is not None:
            session.warm(*map(str, two))
        wanted = answer.button(which, two, chosen, machine)
        shown = answer.answer(which, wanted)
    if shown is None:
        taken.nothing_yet(which)
        taken.recent()
        st.stop()

    run = shown.run
    panels.sentences(run)
    panels.groups(run.outcome)
    panels.spread(run.outcome)
    if listed.allowed(which):
        listed.draw(run, which)
        panels.details(run.outcome, which)
    beside.draw(run.outcome, which)
    panels.left_out(run)
    taken.identities(run, which)
    taken.downloads(run, which)
    add.button("probe", shown.key)
    taken.recent()
