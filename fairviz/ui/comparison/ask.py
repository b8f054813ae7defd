"""What is asked on the page Compare: a pair, a way of decoding, a prompt."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.runner import Machine
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import N_, _, ngettext
from fairviz.prompts.examples import bundled_examples
from fairviz.ui import address, bounds, controls, device_queue, job, measuring, visitors
from fairviz.ui.measuring import Wanted
from fairviz.ui.plain import plain

PROMPT = "Il était une fois"
_MOST_TOKENS = 1024


class _Setting(NamedTuple):
    """One field of `Decoding` as a widget."""

    label: str
    least: Any
    most: Any
    step: Any
    help: str


_SETTINGS = {
    "max_new_tokens": _Setting(
        N_("New tokens"),
        1,
        _MOST_TOKENS,
        1,
        N_("The most tokens each model writes; it may stop earlier."),
    ),
    "temperature": _Setting(
        N_("Temperature"),
        0.0,
        5.0,
        0.1,
        N_(
            "0 always takes the most likely token (greedy). Above 0 both models draw with the "
            "same random numbers, so that a difference is owed to compression, not to luck."
        ),
    ),
    "top_k": _Setting(N_("Top-k"), 0, 1000, 1, N_("Only the k likeliest; 0 is off.")),
    "top_p": _Setting(N_("Top-p"), 0.01, 1.0, 0.05, N_("Only this much mass; 1 is off.")),
    "repetition_penalty": _Setting(
        N_("Repetition penalty"),
        0.1,
        5.0,
        0.1,
        N_("Makes tokens already in the text less likely; 1 is off."),
    ),
    "seed": _Setting(N_("Seed"), 0, 2**31 - 1, 1, N_("Of the random numbers both models share.")),
}
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
            _(
                ":blue-badge[Baseline: {baseline}] :orange-badge[Compressed: {compressed}]",
                baseline=plain(baseline),
                compressed=plain(compressed),
            )
        )
    with right:
        _examples()
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
            st.caption(
                ngettext(
                    "You may have {n:,} token more written in this hour.",
                    "You may have {n:,} tokens more written in this hour.",
                    bounds.left(),
                )
            )
        values["temperature"] = _number("temperature")
        with st.expander(_("Sampling filters and seed")):
            values |= {name: _number(name) for name in _FILTERS}
    return Decoding(**values)


def _number(name: str, most: int | None = None) -> int | float:
    setting = _SETTINGS[name]
    highest = setting.most if most is None else most
    value: int | float = st.number_input(
        _(setting.label),
        setting.least,
        highest,
        min(getattr(Decoding(), name), highest),
        setting.step,
        key=name,
        bind=address.number_bound(name),
        help=_(setting.help),
    )
    return value


def _examples() -> None:
    """Prompts in French and English that fill the box in one click."""
    examples = bundled_examples()
    st.selectbox(
        _("Examples"),
        range(len(examples)),
        index=None,
        key="example",
        format_func=lambda n: f"{examples[n].language} · {examples[n].title}",
        placeholder=_("Examples, in French and English"),
        label_visibility="collapsed",
        on_change=_fill_in,
    )


def _fill_in() -> None:
    chosen = st.session_state["example"]
    if chosen is not None:
        st.session_state["prompt"] = bundled_examples()[chosen].text
        st.session_state["example"] = None


def _prompt(baseline: str, compressed: str, decoding: Decoding, machine: Machine) -> Wanted:
    """The prompt box with its two buttons; what is asked as it stands."""
    from fairviz.analyses.comparison.run import measure

    now = job.of_page("comparison")
    with st.form("ask", border=False, enter_to_submit=True):
        prompt = st.text_area(
            _("Prompt"),
            PROMPT,
            key="prompt",
            height=68,
            bind="query-params",
            help=_("Both models go on from this text. Ctrl+Enter compares."),
        )
        request = ComparisonRequest(
            ModelSpec.parse(baseline), ModelSpec.parse(compressed), prompt, decoding
        )
        asked = Wanted("comparison", request, measure(request), machine)
        if now.wanted is not None and now.wanted[:2] != asked[:2]:
            now.wanted = None  # another question by now: what was written is kept as stopped
        with st.container(horizontal=True, gap="small"):
            if st.form_submit_button(
                _("Compare"), type="primary", key="compare", icon=":material/play_arrow:"
            ):
                job.ask(now, asked)
            st.form_submit_button(
                _("Stop"),
                key="stop",
                icon=":material/stop:",
                disabled=now.wanted is None,
                on_click=job.stop,
                args=(now,),
                help=_("Stops both models before their next token; what they wrote stays."),
            )
    return asked


def nothing_yet() -> None:
    """What will be here once something was asked."""
    st.markdown(
        _(
            "Press **Compare**: both models continue the prompt at once. Every token is coloured "
            "by how far compression moved it, and the first word on which they part is marked."
        )
    )
