"""Models behind servers on the page Token shift: named like others, shown between two ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import forms
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.runner import Machine
from fairviz.analyses.served.call import frame
from fairviz.analyses.served.request import ServedRequest
from fairviz.core import csv_file
from fairviz.core.specs import ModelSpec, is_served
from fairviz.i18n import _
from fairviz.models.served import address_of
from fairviz.serving.sharing import check_server
from fairviz.ui import below, measuring, render, widgets
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.present import deck, slide
from fairviz.ui.visitors import Shown

if TYPE_CHECKING:
    from fairviz.analyses.served.run import Progress

_WIDGETS = ("baseline", "compressed")


def kind(usual: str) -> str:
    """`served` where a model that is named is behind a server, or the address names such a run."""
    state, query = st.session_state, st.query_params
    names = [state.get(name) or query.get(name) for name in _WIDGETS]
    names += state.get("also") or query.get_all("also")
    if any(is_served(str(name)) for name in names if name):
        return "served"
    other = query.get(ANALYSES[usual].parameter)
    return "served" if measuring.is_new("served") and not other else usual


def check(pairs: Sequence[tuple[ModelSpec, ModelSpec]]) -> None:
    """Refuse servers that this page may not ask.

    Raises:
        FairvizError: If an address is none, or nobody allowed it.
    """
    for spec in (one for two in pairs for one in two if one.served):
        address = address_of(spec.source)
        check_server(address.url, address.local)


def wanted(pairs: Sequence[tuple[ModelSpec, ModelSpec]], text: str, machine: Machine) -> Wanted:
    """What is asked of servers as it stands."""
    from fairviz.analyses.served.run import measure

    requests = tuple(ServedRequest(*two, text) for two in pairs)
    return Wanted("served", requests, measure, machine)


def draw_step(step: Progress, status: DeltaGenerator) -> None:
    """Who is asked now."""
    status.progress(step.done / step.of, _("{model} reads…", model=plain(step.model)))


def draw(found: Sequence[Shown]) -> None:
    """Everything that was found, and its files."""
    together = forms.Forms("served", tuple(one.result for one in found))
    choices = forms.options(together)
    seen = widgets.view(choices)
    shown = forms.present(together, seen, "page")
    render.finding(shown)
    for text in shown.texts:
        st.markdown(f"**{plain(text.title)}**")
        slide.draw_text(text, blurred=False)
        st.caption(plain(text.legend))
    deck.alone()
    render.pictures(shown, choices)
    render.details(shown)
    run = together.results[forms.place_of(together, seen)]
    below.downloads(
        below.File(
            _("JSON: everything measured"),
            "fairviz-served.json",
            lambda: below.as_json(run.document()),
        ),
        below.File(
            _("CSV: one row per token"),
            "fairviz-tokens.csv",
            lambda: csv_file.written(frame(run)),
        ),
    )
    below.add_to_report("served", *(one.key for one in found), options=seen)
    below.recent("reading", "served")
