"""The page Compare: what is asked, and both answers, out of the store or written live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.base import Request
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.analyses.runner import Loading, Machine
from fairviz.core.specs import Chat, Decoding, ModelSpec
from fairviz.figures.palette import Scale, scale
from fairviz.i18n import _
from fairviz.metrics.quantities import QUANTITIES, Quantity
from fairviz.metrics.traces import BOTH
from fairviz.prompts.bank import bundled_examples
from fairviz.ui import address, cards, chat, chips, controls, device_queue, measuring, visitors
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.present import deck
from fairviz.ui.present.deck import replay
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import number, paragraph, widget

if TYPE_CHECKING:
    from fairviz.analyses.comparison.run import Writing
    from fairviz.models.pair import Pair

PROMPT = "Il était une fois"
_MOST_TOKENS = 1024

_FILTERS = ("top_k", "top_p", "repetition_penalty", "seed")


def wanted() -> Wanted:
    """The widgets of a question: the pair, how it writes, where, and the prompt."""
    _restore()
    baseline, compressed = controls.pair()
    two = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
    put = chat.chosen(*two)
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
    return _prompt(*two, decoding, put, machine)


def _restore() -> None:
    """Fill the widgets from the run in the address, where the address says no more."""
    stored = measuring.restored("comparison")
    if stored is None:
        return
    request = stored.request.document()
    values = {**request, **request["decoding"], **chat.values(stored.request.chat)}
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


def _prompt(
    baseline: ModelSpec,
    compressed: ModelSpec,
    decoding: Decoding,
    put: Chat | None,
    machine: Machine,
) -> Wanted:
    """The prompt box with its two buttons; what is asked as it stands."""
    from fairviz.analyses.comparison.run import measure

    now = measuring.of_page("comparison")
    with st.form("ask", border=False, enter_to_submit=True):
        prompt = st.text_area(**widget("prompt"), value=PROMPT)
        request = ComparisonRequest(baseline, compressed, prompt, decoding, put)
        asked = Wanted("comparison", request, measure(request), machine)
        if now.wanted is not None and now.wanted[:2] != asked[:2]:
            now.wanted = None  # another question by now: what was written is kept as stopped
        with st.container(horizontal=True, gap="small"):
            if st.form_submit_button(**widget("compare")):
                now.ask(asked)
            st.form_submit_button(**widget("stop"), disabled=now.wanted is None, on_click=now.stop)
    return asked


_REDRAW_SECONDS = 1 / 15


def answer(wanted: Wanted, quantity: str) -> Shown | None:
    """What the page shows, its tokens coloured by a quantity; None before anything was asked."""
    now, colour = measuring.of_page("comparison"), QUANTITIES[quantity]
    slots: dict[str, DeltaGenerator] = {}
    latest: Writing | None = None  # one growing object
    drawn = 0.0

    def draw_step(writing: Writing, status: DeltaGenerator) -> None:
        nonlocal drawn, latest
        latest = writing
        if time.monotonic() - drawn >= _REDRAW_SECONDS or writing.done:
            drawn = time.monotonic()
            _feed(writing.snapshot(), colour, slots)
            status.progress(min(writing.step / writing.total, 1.0), _pace(writing))

    def loading(status: DeltaGenerator) -> Loading:
        @contextmanager
        def load(request: Request, machine: Machine, device: str) -> Iterator[Pair | None]:
            blank, asked = scale(colour), now.wanted.request
            slots.update({side: st.empty() for side in BOTH})
            _both({side: _empty(asked, side, blank) for side in BOTH}, blank)
            with (
                visitors.asks(asked),
                device_queue.loading(status)(request, machine, device) as pair,
                now.writing,
            ):
                try:
                    yield pair
                finally:
                    if latest is not None and not latest.done:
                        now.unkept = latest.snapshot()
                        longest = max(map(len, now.unkept.texts.values()))
                        now.origin = paragraph("stopped_after", n=longest)

        return load

    return measuring.shown(
        "comparison", wanted, draw_step, button=_("Compare"), again=True, loading=loading
    )


def _pace(writing: Writing) -> str:
    pace = writing.step / writing.seconds if writing.seconds > 0 else 0.0
    if 0 < pace < 1:
        slow = {"step": writing.step, "total": writing.total, "seconds": 1 / pace}
        return paragraph("pace_compare_slow", **slow)
    return paragraph("pace_compare", step=writing.step, total=writing.total, pace=pace)


def _feed(comparison: Comparison, colour: Quantity, slots: dict[str, DeltaGenerator]) -> None:
    """Show both panes as far as they are written."""
    both = scale(colour, *comparison.texts.values())
    for side, pair in comparison.texts.items():
        chips.feed(slots[side], side, chips.written(pair, both, comparison.first_divergence))


def draw(comparison: Comparison, quantity: str, side: str, token: int | None) -> None:
    """Both panes of a finished answer, and the `token` of a `side` that is looked at."""
    both = scale(QUANTITIES[quantity], *comparison.texts.values())
    again = {"replay": replay(comparison)} if deck.on() else {}
    views = {}
    for who, pair in comparison.texts.items():
        views[who] = {
            **_empty(comparison.request, who, both),
            **chips.written(pair, both, comparison.first_divergence),
            **chips.finished(
                pair, _("No token was written."), selected=token if who == side else None
            ),
            **again,
        }
    _both(views, both)
    text = comparison.texts[side]
    if token is not None and token < len(text):
        cards.place(text, token, comparison.request.before, _("Token {place}", place=token))
    cards.divergence(comparison)


def _empty(request: ComparisonRequest, side: str, colours: Scale) -> dict[str, object]:
    title, model = _(chips.TITLES[side]), str(getattr(request, side))
    return chips.empty(side, title, model, request.before, colours)


def _both(views: dict[str, dict[str, object]], colours: Scale) -> None:
    chips.legend(colours)
    for column, side in zip(st.columns(2), BOTH, strict=True):
        with column:
            chips.draw(views[side], key=f"pane_{side}", on_select=_select)


def _select(key: str) -> None:
    chosen = st.session_state[key].get("selected")
    if chosen is not None:
        address.later(token=str(int(chosen)))
        st.session_state["context"] = key.removeprefix("pane_")
