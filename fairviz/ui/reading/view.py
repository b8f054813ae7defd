"""How a reading is looked at: coloured by what, by token or word, which place of which text."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from fairviz.analyses.reading.request import Reading
from fairviz.i18n import N_, _
from fairviz.metrics.by_word import words
from fairviz.metrics.quantities import BY_NAME, Quantity
from fairviz.metrics.traces import PairTrace
from fairviz.ui import address

# Chips on one page: more make the browser slow and the reader lost.
CHIPS = 400
UNITS = {"token": N_("Tokens"), "word": N_("Words")}


class View(NamedTuple):
    """How a reading is looked at.

    Attributes:
        quantity: Colours the chips.
        unit: `token` or `word`.
        traces: One per text, in that unit.
        text: Which of them the plots and numbers are about.
        place: Index of the chosen token or word of that text.
        chips: Which page of chips is shown, from 0.
    """

    quantity: Quantity
    unit: str
    traces: tuple[PairTrace, ...]
    text: int
    place: int | None
    chips: int

    @property
    def trace(self) -> PairTrace:
        """The text that is looked at."""
        return self.traces[self.text]


def view(reading: Reading) -> View:
    """The widgets above the chips, each in the address."""
    first = next(iter(BY_NAME))
    address.follow("quantity", list(BY_NAME), lambda name: BY_NAME[name].title, first)
    address.follow("unit", list(UNITS), UNITS.__getitem__, "token")
    st.session_state.setdefault("unit", "token")
    many = len(reading.traces) > 1
    _move()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        quantity = st.selectbox(
            _("Colour"),
            list(BY_NAME),
            key="quantity",
            format_func=lambda name: _(BY_NAME[name].title),
            width=280,
            help=_("Every token or word is coloured by this number, read under both models."),
        )
        unit = st.segmented_control(
            _("By"),
            list(UNITS),
            key="unit",
            required=True,
            format_func=lambda name: _(UNITS[name]),
            help=_(
                "A word's log-probability, entropy and KL are sums over its tokens; its "
                "Jensen-Shannon divergence and rank are the largest among them."
            ),
        )
        text = "1"
        if many:
            address.follow("text", ["1", "2"], lambda number: f"text {number}", "1")
            st.session_state.setdefault("text", "1")
            text = (
                st.segmented_control(
                    _("Plots and numbers of"),
                    ["1", "2"],
                    key="text",
                    required=True,
                    format_func=lambda number: _("text {number}", number=number),
                )
                or "1"
            )
            address.write("text", text, "1")
    address.write("quantity", quantity, first)
    address.write("unit", unit, "token")
    traces = reading.traces
    if unit == "word":
        traces = tuple(words(trace).trace for trace in traces)
    place, chips = st.query_params.get("token", ""), st.query_params.get("chips", "")
    return View(
        BY_NAME[str(quantity)],
        str(unit or "token"),
        traces,
        int(text) - 1 if many else 0,
        int(place) if place.isdecimal() else None,
        max(int(chips) - 1, 0) if chips.isdecimal() else 0,
    )


def choose(text: int, place: int | None) -> None:
    """In a callback: look at this place; the next run of the page writes the address."""
    st.session_state["_place"] = (text, place)


def turn(page: int) -> None:
    """In a callback: show this page of chips."""
    st.session_state["_chips"] = page


def _move() -> None:
    """What a callback chose goes into the address: callbacks themselves cannot write it."""
    moved = st.session_state.pop("_place", None)
    if moved is not None:
        text, place = moved
        if place is None:
            st.query_params.pop("token", None)
        else:
            st.query_params["token"] = str(place)
            st.session_state["_chips"] = place // CHIPS
            st.session_state["text"] = str(text + 1)
    page = st.session_state.pop("_chips", None)
    if page is not None:
        if page:
            st.query_params["chips"] = str(page + 1)
        else:
            st.query_params.pop("chips", None)
