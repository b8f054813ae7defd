"""The page Compare: what is asked, and both answers, out of the store or written live."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.comparison.branch import alternatives, branched
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.analyses.runner import Loading, Machine
from fairviz.core.specs import Chat, Decoding, ModelSpec
from fairviz.figures.labels import visible
from fairviz.figures.palette import scale
from fairviz.i18n import _
from fairviz.metrics.quantities import QUANTITIES, Quantity
from fairviz.metrics.traces import PairTrace
from fairviz.models.pair import Pair
from fairviz.prompts.bank import bundled_examples
from fairviz.ui import (
    address,
    cards,
    chat,
    chips,
    controls,
    device_queue,
    links,
    measuring,
    served,
    visitors,
)
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.present import deck
from fairviz.ui.present.deck import replay
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import number, paragraph, widget

if TYPE_CHECKING:
    from fairviz.analyses.comparison.run import Writing

PROMPT = "Il était une fois"
_MOST_TOKENS = 1024

_REST = ("temperature", "top_k", "top_p", "repetition_penalty", "seed")


def wanted(kind: str = "comparison") -> Wanted:
    """The widgets of a question, also to models behind servers: the pair, how it writes, where,
    and the prompt."""
    _restore(kind)
    baseline, named = controls.models()
    pairs = controls.specs(baseline, named)
    if kind == "served":
        served.check(pairs)
    with controls.settings():
        decoding = _decoding()
        served.settings(kind)
        put = chat.chosen(*controls.each(pairs))
        machine = controls.machine()
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        links.head("Compare")
        examples = bundled_examples()  # each fills the box in one click
        st.selectbox(
            **widget("example"),
            options=range(len(examples)),
            index=None,
            format_func=lambda n: f"{examples[n].language} · {examples[n].title}",
            on_change=_fill_in,
        )
    device_queue.warm(baseline, named[0])
    return _prompt(kind, pairs, decoding, put, machine)


def _restore(kind: str) -> None:
    """Fill the widgets from the run in the address, where the address says no more."""
    stored = measuring.restored(kind)
    if stored is None:
        return
    if kind == "served":
        st.session_state.update(served.values(stored.request), prompt=stored.request.text)
        return
    request = stored.request.document()
    values = {**request, **request["decoding"], **chat.values(stored.request.chat)}
    del values["decoding"]
    values.pop("branch", None)
    if not any(name in st.query_params for name in values):
        st.session_state.update(values)


def _decoding() -> Decoding:
    """How the next token is chosen."""
    shared = visitors.here()
    most = max(1, min(_MOST_TOKENS, shared.tokens)) if shared else _MOST_TOKENS
    values: dict[str, Any] = {"max_new_tokens": _number("max_new_tokens", most)}
    if shared:
        st.caption(paragraph("tokens_left", n=visitors.left()))
    values |= {name: _number(name) for name in _REST}
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
    kind: str,
    pairs: Sequence[tuple[ModelSpec, ModelSpec]],
    decoding: Decoding,
    put: Chat | None,
    machine: Machine,
) -> Wanted:
    """The prompt box with its two buttons; what is asked as it stands."""
    from fairviz.analyses.comparison.run import measure

    now = measuring.of_page(kind)
    row = st.form("ask", border=False, enter_to_submit=True).container(
        horizontal=True, vertical_alignment="center", gap="small"
    )
    with row:
        prompt = st.text_area(**widget("prompt"), value=PROMPT, width="stretch")
        if kind == "served":
            asked = served.wanted(pairs, prompt, machine, decoding, put)
        else:
            requests = tuple(ComparisonRequest(*two, prompt, decoding, put) for two in pairs)
            asked = Wanted("comparison", requests, measure, machine)
        going_on = now.wanted is not None and bool(getattr(now.wanted.requests[0], "branch", None))
        if now.wanted is not None and now.wanted[:2] != asked[:2] and not going_on:
            now.wanted = None  # another question by now: what was written is kept as stopped
        begun = st.session_state.pop(_START, False)
        if st.form_submit_button(**widget("compare")) or begun:
            now.ask(asked)
        st.form_submit_button(**widget("stop"), disabled=now.wanted is None, on_click=now.stop)
    return asked


_REDRAW_SECONDS = 1 / 15


_START = "_start"


def start() -> None:
    """Open the page, and compare what it opens with at once."""
    st.session_state[_START] = True
    st.switch_page(links.page("Compare").path, query_params={"prompt": PROMPT})


def answer(wanted: Wanted, quantity: str) -> tuple[Shown, ...]:
    """What the page shows, one a form, its tokens coloured by a quantity; nothing before anything
    was asked."""
    now, colour = measuring.of_page("comparison"), QUANTITIES[quantity]
    slots: dict[str, DeltaGenerator] = {}
    latest: Writing | None = None  # one growing object
    place, drawn = 0, 0.0

    def draw_step(writing: Writing, status: DeltaGenerator) -> None:
        nonlocal drawn, latest
        latest = writing
        if time.monotonic() - drawn >= _REDRAW_SECONDS or writing.done:
            drawn = time.monotonic()
            _feed(writing, place, now.done, colour, slots)
            status.progress(min(writing.step / writing.total, 1.0), _pace(writing))

    def loading(status: DeltaGenerator) -> Loading:
        @contextmanager
        def load(request: Any, machine: Machine, device: str) -> Iterator[Pair | None]:
            nonlocal latest, place
            asked = now.wanted.requests
            place, latest = asked.index(request), None
            if not slots:
                slots.update(
                    {name: st.empty() for name in ("baseline", *map(_pane, range(len(asked))))}
                )
                _begin(asked, now.done, colour)
            with (
                visitors.asks(request),
                device_queue.loading(status)(request, machine, device) as pair,
                now.writing,
            ):
                try:
                    yield pair
                finally:
                    if latest is not None and not latest.done:
                        stopped = latest.snapshot()
                        now.unkept = (*now.done, Shown(stopped, ""))
                        longest = max(map(len, stopped.texts.values()))
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


def _pane(place: int) -> str:
    """The name of a form's pane."""
    return f"compressed_{place + 1}" if place else "compressed"


def _feed(
    writing: Writing,
    place: int,
    done: Sequence[Shown],
    colour: Quantity,
    slots: dict[str, DeltaGenerator],
) -> None:
    """Show the pane that is written; that of the baseline too, unless another form showed it."""
    comparison = writing.snapshot()
    both = scale(colour, *comparison.texts.values(), *_texts(done))
    for side, pair in comparison.texts.items():
        if side == "compressed" or not done:
            name = _pane(place) if side == "compressed" else side
            view = chips.written(pair, both, comparison.first_divergence)
            chips.feed(slots[name], name, {**view, "live": not writing.done}, both)


def _texts(done: Sequence[Shown]) -> list[PairTrace]:
    return [text for one in done for text in one.result.texts.values()]


def _begin(asked: Sequence[ComparisonRequest], done: Sequence[Shown], colour: Quantity) -> None:
    """The panes before anything is written, but for what the store had."""
    both = scale(colour, *_texts(done))
    views = {"baseline": _empty(asked[0], "baseline")}
    views |= {_pane(at): _empty(one, "compressed", at) for at, one in enumerate(asked)}
    for found in done:
        run = found.result
        for side, key in (
            ("baseline", "baseline"),
            ("compressed", _pane(asked.index(run.request))),
        ):
            text = chips.written(run.texts[side], both, run.first_divergence)
            views[key] = {**views[key], **text, "live": False}
    chips.draw([*views.values()], both, _select, tall=True)


def draw(
    runs: Sequence[Comparison],
    at: int,
    seen: Mapping[str, Any],
    token: int | None,
    *,
    bounds: bool = False,
) -> None:
    """The panes of finished answers of one baseline, whose numbers are those of the form at `at`.

    Args:
        seen: What they are coloured by, `quantity`, and whose text is looked at, `context`.
        token: The one of that text that the reader chose.
        bounds: Whether every token shows where it begins and ends.
    """
    looked_at = "baseline" if seen["context"] == "baseline" else _pane(at)
    panes = [("baseline", runs[at], "baseline")]
    panes += [(_pane(place), run, "compressed") for place, run in enumerate(runs)]
    both = scale(QUANTITIES[seen["quantity"]], *(run.texts[who] for _rest, run, who in panes))
    longest = max(len(run.texts[who]) for _rest, run, who in panes)
    views = []
    for place, (name, run, who) in enumerate(panes, -1):
        pair = run.texts[who]
        chosen = token if name == looked_at else None
        views.append(
            {
                **_empty(run.request, who, max(place, 0)),
                **chips.written(pair, both, run.first_divergence),
                **chips.finished(pair, _("No token was written."), selected=chosen),
            }
        )
    again = replay(longest) if deck.on() else None
    chips.draw(views, both, _select, bounds=bounds, tall=True, replay=again)


# Characters of a text that a link takes along.
_IN_ADDRESS = 1500


def opened(
    run: Comparison,
    side: str,
    token: int | None,
    go_on: Callable[[int, str, int], None] | None = None,
) -> bool:
    """What both models expected at the `token` of a `side` that the reader chose; whether there is
    such a token.

    Args:
        go_on: Called with a token's place, its side and the id of another token that both models
            shall go on from; None where nothing may be asked.
    """
    text = run.texts[side]
    if token is None or token >= len(text):
        return False
    others = alternatives(run, token, side) if go_on else {}
    others.pop(int(text.ids[token]), None)
    cards.place(
        text,
        token,
        run.request.before,
        _("Token {place}", place=token),
        others,
        partial(go_on, token, side) if go_on else lambda token_id: None,
    )
    read = run.request.before + "".join(text.tokens[: token + 1])
    if go_on and len(read) <= _IN_ADDRESS:
        links.to_parts(run.request, parts_text=read, place="last")
    return True


def parted(run: Comparison, looked_at: bool) -> None:
    """Where the texts part, unless a token is looked at."""
    if not looked_at:
        cards.divergence(run)


def parent(run: Comparison) -> None:
    """Of a branch, what was given and the way to the run that it goes on from."""
    branch = run.request.branch
    if branch is None:
        return
    st.caption(paragraph("branch_of", n=len(branch.ids), token=plain(visible(branch.tokens[-1]))))
    if branch.parent:
        links.to_run("comparison", branch.parent, _("The run that it branches from"), "undo")


def go_on(found: Shown, machine: Machine, at: int, side: str, token_id: int) -> None:
    """In a callback: both models go on from another token of a run."""
    from fairviz.analyses.comparison.run import measure

    request = branched(found.result, found.key, at, token_id, side)
    measuring.of_page("comparison").ask(Wanted("comparison", (request,), measure, machine))


def _empty(request: ComparisonRequest, side: str, place: int = 0) -> dict[str, Any]:
    name = side if side == "baseline" else _pane(place)
    title, model = _(chips.TITLES[side]), str(getattr(request, side))
    return chips.empty(name, side, title, model, request.before)


def _select(name: str, index: int) -> None:
    """In a callback: look at a token of a pane."""
    address.later(token=str(index))
    side, _rest, place = name.partition("_")
    st.session_state["context"] = side
    if side == "compressed" and "form" in st.session_state:
        st.session_state["form"] = place or "1"
