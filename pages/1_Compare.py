"""One prompt, two models: what they write, and which words compression moved."""

from functools import partial

import streamlit as st

from fairviz.analyses import forms
from fairviz.analyses.registry import ANALYSES
from fairviz.ui import (
    address,
    below,
    chat,
    chips,
    comparison,
    measuring,
    render,
    served,
    shell,
    visitors,
    widgets,
)
from fairviz.ui.present import deck

with shell.page("Compare"):
    served.instead("comparison", comparison.wanted)
    found = visitors.shown("comparison")
    wanted = None if found else comparison.wanted()
    top, rest = measuring.places("comparison")
    choices = ANALYSES["comparison"].options(None)  # they colour a text while it is written
    with rest:
        seen = widgets.view((*choices, chips.BOUNDS))
    bounds = bool(seen.pop("bounds"))
    with top:
        found = found or comparison.answer(wanted, seen["quantity"])
        if not found:
            st.markdown(widgets.paragraph("press_compare"))
            below.recent("comparison", "served")
            st.stop()

    together = forms.Forms("comparison", tuple(one.result for one in found))
    with rest:
        seen |= widgets.options(forms.which(together))
    place, token = forms.place_of(together, seen), address.index("token")
    shown = forms.present(together, {**seen, "token": token}, "page")
    run = together.results[place]
    go_on = partial(comparison.go_on, found[place], wanted.machine) if wanted else None
    with top:
        render.finding(shown)
        comparison.parent(run)
        comparison.draw(together.results, place, seen, token, bounds=bounds)
        deck.alone()
    with rest:
        looked_at = comparison.opened(run, seen["context"], token, go_on)
        render.pictures(shown, choices)
        comparison.parted(run, looked_at)
        chat.given(run.provenance)
        render.details(shown)
        below.of_traces("comparison", run, run.texts)
        below.add_to_report("comparison", *(one.key for one in found), options=seen)
        below.recent("comparison", "served")
