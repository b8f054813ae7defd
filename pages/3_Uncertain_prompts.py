"""On which prompts the baseline was unsure, what compression did there, which answers flipped."""

import streamlit as st

from fairviz.analyses import forms
from fairviz.analyses.audit import present
from fairviz.i18n import _
from fairviz.ui import (
    audit,
    below,
    chat,
    controls,
    device_queue,
    links,
    render,
    shell,
    visitors,
    widgets,
)
from fairviz.ui.present import deck

with shell.page("Uncertain prompts"):
    found = visitors.shown("audit")
    if not found:
        baseline, named = controls.models()
        with controls.settings():
            put = chat.chosen(*controls.each(controls.specs(baseline, named)))
            machine = controls.machine()
        links.head("Uncertain prompts")
        device_queue.warm(baseline, named[0])
        run = st.container()  # the button stands above what it asks
        chosen, floor, null = audit.choose()
        with run:
            wanted = audit.button(baseline, named, chosen, put, machine, floor, null)
        found = audit.answer(chosen, wanted)
    if not found:
        below.recent("audit")
        st.stop()

    together, said = forms.Forms("audit", tuple(one.result for one in found)), st.container()
    choices = forms.options(together)
    with st.expander(_("How it is drawn"), icon=":material/palette:"):
        value = widgets.options(choices)
    presented = forms.present(together, value, "page")
    with said:
        render.finding(presented)
    render.pictures(presented, choices)
    deck.alone()
    render.sentences(presented)
    chat.given(together.results[forms.place_of(together, value)].provenance)
    render.numbers(presented.numbers)
    seen = present.seen_as(together.results[forms.place_of(together, value)], value)
    audit.most_changed(seen, rows=bool(value.get("show_rows")))
    render.tables(presented.tables)
    render.limits(presented)
    render.identities(presented.identities)
    audit.files(seen)
    below.add_to_report("audit", *(one.key for one in found), options=value)
    below.recent("audit")
