"""What is asked on the page Compare: a pair, a way of decoding, a prompt."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.runner import Machine
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import _
from fairviz.prompts.bank import bundled_examples
from fairviz.ui import controls, device_queue, measuring, visitors
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.widgets import number, paragraph, widget

PROMPT = "Il était une fois"
_MOST_TOKENS = 1024


_FILTERS = ("top_k", "top_p", "repetition_penalty", "seed")


def wanted() -> Wanted:
    """The widgets of a question: the pair, how it writes, where, and the prompt."""
    _restore()
    baseline, compressed = controls.pair()
    decoding, machine = _decoding(), controls.machine()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.title(_("Compare"), anchor=False)
        st.markdown(
            paragraph("the_two_models", baseline=plain(baseline), compressed=plain(compressed))
        )
    with right:
        examples = bundled_examples()  # each fills the box in one click
        st.selectbox(
            **widget("example"),
            options=range(len(examples)),
            index=None,
            format_func=lambda n: f"{examples[n].language} · {examples[n].title}",
            on_change=_fill_in,
        )
    device_queue.warm(baseline, compressed)
    return _prompt(baseline, compressed, decoding, machine)


def _restore() -> None:
    """Fill the widgets from the run in the address, where the address says no more."""
    stored = measuring.restored("comparison")
    if stored is None:
        return
    request = stored.request.document()
    values = {**request, **request["decoding"]}
    del values["decoding"]
    if not any(name in st.query_params for name in values):
        st.session_state.update(values)


def _decoding() -> Decoding:
    """The sidebar's second half: how the next token is chosen."""
    shared = visitors.here()
    most = max(1, min(_MOST_TOKENS, shared.tokens)) if shared else _MOST_TOKENS
    values: dict[str, Any] = {}
    with st.sidebar:
        st.header(_("Decoding"), anchor=False)
        values["max_new_tokens"] = _number("max_new_tokens", most)
        if shared:
            st.caption(paragraph("tokens_left", n=visitors.left()))
        values["temperature"] = _number("temperature")
        with st.expander(_("Sampling filters and seed")):
            values |= {name: _number(name) for name in _FILTERS}
    return Decoding(**values)


def _number(name: str, most: int | None = None) -> int | float:
    usual = getattr(Decoding(), name)
    return number(name, usual) if most is None else number(name, min(usual, most), max_value=most)


def _fill_in() -> None:
    chosen = st.session_state["example"]
    if chosen is not None:
        st.session_state["prompt"] = bundled_examples()[chosen].text
        st.session_state["example"] = None


def _prompt(baseline: str, compressed: str, decoding: Decoding, machine: Machine) -> Wanted:
    """The prompt box with its two buttons; what is asked as it stands."""
    from fairviz.analyses.comparison.run import measure

    now = measuring.of_page("comparison")
    with st.form("ask", border=False, enter_to_submit=True):
        prompt = st.text_area(**widget("prompt"), value=PROMPT)
        request = ComparisonRequest(
            ModelSpec.parse(baseline), ModelSpec.parse(compressed), prompt, decoding
        )
        asked = Wanted("comparison", request, measure(request), machine)
        if now.wanted is not None and now.wanted[:2] != asked[:2]:
            now.wanted = None  # another question by now: what was written is kept as stopped
        with st.container(horizontal=True, gap="small"):
            if st.form_submit_button(**widget("compare")):
                now.ask(asked)
            st.form_submit_button(**widget("stop"), disabled=now.wanted is None, on_click=now.stop)
    return asked
