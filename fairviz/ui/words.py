"""Sentences of the pages that more than one panel needs."""

from __future__ import annotations

import streamlit as st

from fairviz.quantities import Quantity
from fairviz.traces import PairTrace
from fairviz.ui import controls
from fairviz.ui.plain import plain

_READ = {"baseline": "on the baseline's text", "compressed": "on the compressed model's text"}


def compare(baseline: str, compressed: str) -> None:
    """The head of the Compare page, with the pair in one line."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.title("Compare", anchor=False)
        st.markdown(
            f":blue-badge[Baseline: {plain(baseline)}] "
            f":orange-badge[Compressed: {plain(compressed)}]"
        )
    with right:
        controls.examples()


def nothing_yet() -> None:
    """What will be here once something was asked."""
    st.markdown(
        "Press **Compare**: both models continue the prompt at once. Every token is coloured by "
        "how far compression moved it, and the first word on which they part is marked."
    )


def section(title: str, side: str) -> None:
    """A heading that says on whose text the numbers below it are."""
    st.subheader(f"{title}, {_READ[side]}", anchor=False)


def along_text(pair: PairTrace, distance: Quantity) -> str:
    """The three linked plots for a reader who does not see them."""
    return (
        f"Three plots over the {len(pair)} tokens of the text: the probability of each written "
        "token under the baseline and under the compressed model, the entropy of both in nats, "
        f"and the {distance.title} in {distance.unit}."
    )


def uncertainty(pair: PairTrace, quantity: Quantity) -> str:
    """The scatter plot for a reader who does not see it."""
    return (
        f"A scatter plot of {len(pair)} tokens: entropy of the baseline in nats across, "
        f"{quantity.title.lower()} in {quantity.unit} up."
    )
