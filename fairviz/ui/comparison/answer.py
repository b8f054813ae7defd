"""A comparison on the page: out of the store, or written live into two panes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.base import Request
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.analyses.runner import Loading, Machine
from fairviz.figures.palette import Scale, scale
from fairviz.i18n import _
from fairviz.metrics.quantities import QUANTITIES, Quantity
from fairviz.metrics.traces import BOTH
from fairviz.ui import address, cards, chips, device_queue, measuring, visitors
from fairviz.ui.measuring import Shown, Wanted
from fairviz.ui.present import deck
from fairviz.ui.present.deck import replay
from fairviz.ui.widgets import paragraph

if TYPE_CHECKING:
    from fairviz.analyses.comparison.run import Writing
    from fairviz.models.pair import Pair

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
                        _keep_stopped(now, latest.snapshot())

        return load

    return measuring.shown(
        "comparison", wanted, draw_step, button=_("Compare"), again=True, loading=loading
    )


def _keep_stopped(now: measuring.Job, comparison: Comparison) -> None:
    now.unkept = comparison
    now.origin = paragraph("stopped_after", n=max(map(len, comparison.texts.values())))


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
        cards.place(text, token, comparison.request.prompt, _("Token {place}", place=token))
    cards.divergence(comparison)


def _empty(request: ComparisonRequest, side: str, colours: Scale) -> dict[str, object]:
    title, model = _(chips.TITLES[side]), str(getattr(request, side))
    return chips.empty(side, title, model, request.prompt, colours)


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
