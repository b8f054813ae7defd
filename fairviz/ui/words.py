"""Sentences of the pages that more than one panel needs."""

from __future__ import annotations

import streamlit as st

from fairviz.figures.labels import inside
from fairviz.i18n import N_, _, ngettext
from fairviz.metrics.quantities import Quantity
from fairviz.metrics.traces import PairTrace
from fairviz.ui import controls
from fairviz.ui.plain import plain

_READ = {
    "baseline": N_("{title}, on the baseline's text"),
    "compressed": N_("{title}, on the compressed model's text"),
}


def compare(baseline: str, compressed: str) -> None:
    """The head of the Compare page, with the pair in one line."""
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
        controls.examples()


def nothing_yet() -> None:
    """What will be here once something was asked."""
    st.markdown(
        _(
            "Press **Compare**: both models continue the prompt at once. Every token is coloured "
            "by how far compression moved it, and the first word on which they part is marked."
        )
    )


def section(title: str, side: str) -> None:
    """A heading, translated already, that says on whose text the numbers below it are."""
    st.header(_(_READ[side], title=title), anchor=False)


def along_text(pair: PairTrace, distance: Quantity) -> str:
    """The three linked plots for a reader who does not see them."""
    return ngettext(
        "Three plots over the {n} token of the text: the probability of the written "
        "token under the baseline and under the compressed model, the entropy of both "
        "in nats, and the {distance} in {unit}.",
        "Three plots over the {n} tokens of the text: the probability of each written "
        "token under the baseline and under the compressed model, the entropy of both "
        "in nats, and the {distance} in {unit}.",
        len(pair),
        distance=_(distance.title),
        unit=_(distance.unit),
    )


def uncertainty(pair: PairTrace, quantity: Quantity) -> str:
    """The scatter plot for a reader who does not see it."""
    return ngettext(
        "A scatter plot of {n} token: entropy of the baseline in nats across, {quantity} in "
        "{unit} up.",
        "A scatter plot of {n} tokens: entropy of the baseline in nats across, {quantity} in "
        "{unit} up.",
        len(pair),
        quantity=inside(_(quantity.title)),
        unit=_(quantity.unit),
    )
