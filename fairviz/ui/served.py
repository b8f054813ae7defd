"""Models behind servers on Token shift and Compare: named like others, shown between two ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import forms
from fairviz.analyses.chips import MOST
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.runner import Machine
from fairviz.analyses.served.call import frame, refuse_beside
from fairviz.analyses.served.request import USUAL_K, ServedRequest
from fairviz.core.specs import Chat, Decoding, ModelSpec, is_served
from fairviz.i18n import N_, _
from fairviz.metrics.traces import BOTH
from fairviz.models.served_address import address_of
from fairviz.serving.sharing import check_server
from fairviz.ui import below, coloured, measuring, render, visitors, widgets
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.present import deck
from fairviz.ui.visitors import Shown

if TYPE_CHECKING:
    from fairviz.analyses.served.run import Progress


def kind(usual: str) -> str:
    """`served` where a model that is named is behind a server, or the address names such a run."""
    state, query = st.session_state, st.query_params
    names = [state.get(name) or query.get(name) for name in BOTH]
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


_LISTED = "top_k_logprobs"


def settings(kind: str) -> None:
    """The widget of how many tokens a server is asked for at each place, where one is asked."""
    if kind == "served":
        widgets.number(_LISTED, USUAL_K)


def wanted(
    pairs: Sequence[tuple[ModelSpec, ModelSpec]],
    text: str,
    machine: Machine,
    decoding: Decoding | None = None,
    chat: Chat | None = None,
) -> Wanted:
    """What is asked of servers as it stands: to read a text, or to go on from it by `decoding`.

    Raises:
        BadSpec: If a chat template is asked for.
    """
    from fairviz.analyses.served.run import measure

    refuse_beside(chat=chat)
    k = int(st.session_state.get(_LISTED, USUAL_K))
    requests = tuple(ServedRequest(*two, text, k, decoding) for two in pairs)
    return Wanted("served", requests, measure, machine)


def values(request: ServedRequest) -> dict[str, Any]:
    """What the widgets hold, the text aside, from a stored request."""
    how = asdict(request.decoding) if request.decoding else {}
    two = {name: str(getattr(request, name)) for name in BOTH}
    return {**two, _LISTED: request.k, **how}


# The page of a kind whose place it takes: the name of its button, and what is said before that was
# pressed.
_PAGES = {"reading": (N_("Read"), "press_read"), "comparison": (N_("Compare"), "press_compare")}


def instead(usual: str, asking: Callable[[str], Wanted]) -> None:
    """The whole page where a model behind a server is named; otherwise nothing.

    Args:
        usual: The kind of the page.
        asking: Draws its widgets for a kind.
    """
    if kind(usual) == usual:
        return
    button, press = _PAGES[usual]
    found = visitors.shown("served")
    asked = None if found else asking("served")
    top, rest = measuring.places("served")
    with top:
        found = found or measuring.shown("served", asked, _draw_step, button=_(button), again=True)
        if not found:
            st.markdown(widgets.paragraph(press))
            below.recent("served")
            st.stop()
    with rest:
        draw(found)
    st.stop()


def _draw_step(step: Progress, status: DeltaGenerator) -> None:
    """Who is asked now."""
    words, share = _("{model} is asked…", model=plain(step.model)), 0.0
    if step.tokens:
        share = step.token / step.tokens
        words = f"{words} {step.token:,}/{step.tokens:,}"
    status.progress((step.done + share) / step.of, words)


def draw(found: Sequence[Shown]) -> None:
    """Everything that was found, and its files."""
    together = forms.Forms("served", tuple(one.result for one in found))
    choices = forms.options(together)
    seen = widgets.view(choices)
    shown = forms.present(together, seen, "page")
    render.finding(shown)
    for text in shown.texts:
        coloured.draw(text, most=MOST)
        st.caption(plain(text.legend))
    deck.alone()
    render.pictures(shown, choices)
    render.details(shown)
    run = together.results[forms.place_of(together, seen)]
    below.of_tokens("served", run, lambda: frame(run))
    below.add_to_report("served", *(one.key for one in found), options=seen)
    below.recent("served")
