"""On which prompts the baseline was unsure, what compression did there, which answers flipped."""

import streamlit as st

from fairviz.analyses.audit import present
from fairviz.core.specs import ModelSpec
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

with shell.page("Uncertain prompts"):
    shown = visitors.shown("audit")
    if shown is None:
        baseline, compressed = controls.pair()
        two = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
        put = chat.chosen(*two)
        machine = controls.machine()
        links.head("Uncertain prompts")
        device_queue.warm(baseline, compressed)
        chosen = audit.choose()
        wanted = audit.button(two, chosen, put, machine)
        shown = audit.answer(chosen, wanted)
    if shown is None:
        below.recent("audit")
        st.stop()

    said = st.container()
    choices = present.options(shown.result)
    value = widgets.options(choices)
    presented = present.present(shown.result, value, "page")
    with said:
        render.findings(presented)
        chat.given(shown.result.provenance)
        render.numbers(presented.numbers)
    render.pictures(presented, choices)
    audit.most_changed(present.seen_as(shown.result, value), rows=bool(value.get("show_rows")))
    render.tables(presented.tables)
    render.limits(presented)
    render.identities(presented.identities)
    audit.files(present.seen_as(shown.result, value))
    below.add_to_report("audit", shown.key, value)
    below.recent("audit")
