"""How much can a model be compressed: the methods, the made models, what each does to it."""

import streamlit as st

from fairviz.i18n import _
from fairviz.ui import controls, links, shell, visitors
from fairviz.ui.methods import catalogue, evenness, made, make, picture, work

with shell.page("Methods"):
    if visitors.here():
        links.head("Methods")
        catalogue.draw()
    else:
        running = work.busy()
        links.head("Methods")
        asked = "baseline" in st.query_params
        with st.expander(_("What is measured"), expanded=asked, icon=":material/tune:"):
            baseline = make.baseline()
            text, null = make.measured_on(baseline), controls.null()
        slots = picture.draw(baseline, text, null)
        slot = make.draw(baseline, text, null)
        make.others(baseline, text, null)
        made.draw(baseline, text, null)
        evenness.draw(baseline)
        catalogue.draw()
        work.follow((*slots, slot), running)
