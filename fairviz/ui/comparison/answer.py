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
from fairviz.core import csv_file
from fairviz.figures.palette import Scale, scale
from fairviz.i18n import _, ngettext
from fairviz.metrics import trace_tables
from fairviz.metrics.quantities import QUANTITIES, Quantity
from fairviz.metrics.traces import BOTH
from fairviz.ui import (
    address,
    bounds,
    cards,
    chips,
    device_queue,
    downloads,
    job,
    measuring,
    panes,
)
from fairviz.ui.measuring import Shown, Wanted
from fairviz.ui.present import mode
from fairviz.ui.present.replay import replay

if TYPE_CHECKING:
    from fairviz.analyses.comparison.run import Writing
    from fairviz.models.pair import Pair

_REDRAW_SECONDS = 1 / 15


def answer(wanted: Wanted, quantity: str) -> Shown | None:
    """What the page shows; None before anything was asked.

    Args:
        wanted: What the widgets ask.
        quantity: Name of the one that colours the tokens.
    """
    now, colour = job.of_page("comparison"), QUANTITIES[quantity]
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
                bounds.asks(asked),
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


def _keep_stopped(now: job.Job, comparison: Comparison) -> None:
    now.unkept = comparison
    now.origin = ngettext(
        "Stopped after {n} token. This part is shown here only, not stored.",
        "Stopped after {n} tokens. This part is shown here only, not stored.",
        max(map(len, comparison.texts.values())),
    )


def _pace(writing: Writing) -> str:
    pace = writing.step / writing.seconds if writing.seconds > 0 else 0.0
    return _(
        "Token {step} of at most {total} · {pace:.0f} tokens per second each",
        step=writing.step,
        total=writing.total,
        pace=pace,
    )


def _feed(comparison: Comparison, colour: Quantity, slots: dict[str, DeltaGenerator]) -> None:
    """Show both panes as far as they are written."""
    both = scale(colour, *comparison.texts.values())
    for side, pair in comparison.texts.items():
        chips.feed(slots[side], side, panes.text(pair, both, comparison.first_divergence))


def draw(comparison: Comparison, quantity: str, side: str, token: int | None) -> None:
    """Both panes of a finished answer.

    Args:
        comparison: The answer.
        quantity: Name of the one that colours the tokens.
        side: Whose text is looked at.
        token: Index of the token chosen in it.
    """
    both = scale(QUANTITIES[quantity], *comparison.texts.values())
    again = {"replay": replay(comparison)} if mode.on() else {}
    views = {}
    for who, pair in comparison.texts.items():
        views[who] = {
            **_empty(comparison.request, who, both),
            **panes.text(pair, both, comparison.first_divergence),
            **panes.finished(
                pair, _("No token was written."), selected=token if who == side else None
            ),
            **again,
        }
    _both(views, both)


def _empty(request: ComparisonRequest, side: str, colours: Scale) -> dict[str, object]:
    title, model = _(panes.TITLES[side]), str(getattr(request, side))
    return panes.empty(side, title, model, request.prompt, colours)


def _both(views: dict[str, dict[str, object]], colours: Scale) -> None:
    chips.legend(colours)
    for column, side in zip(st.columns(2), BOTH, strict=True):
        with column:
            chips.chips(views[side], key=f"pane_{side}", on_select=_select)


def _select(key: str) -> None:
    chosen = st.session_state[key].get("selected")
    if chosen is not None:
        address.later(token=str(int(chosen)))
        st.session_state["context"] = key.removeprefix("pane_")


def card(comparison: Comparison, side: str, token: int | None) -> None:
    """The token that is looked at, under both models; nothing where there is none."""
    pair = comparison.texts[side]
    if token is not None and token < len(pair):
        title = _("Token {place}", place=token)
        cards.place(pair, token, comparison.request.prompt, title)


def files(comparison: Comparison) -> tuple[downloads.File, ...]:
    """The whole comparison, and its tokens as a table."""
    return (
        downloads.File(
            _("JSON: everything measured"),
            "fairviz-comparison.json",
            lambda: downloads.as_json(comparison.document()),
        ),
        downloads.File(
            _("CSV: one row per token"),
            "fairviz-tokens.csv",
            lambda: csv_file.written(trace_tables.rows(comparison.texts)),
        ),
    )
