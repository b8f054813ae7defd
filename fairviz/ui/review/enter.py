"""The way into a review: all of them, or one with the name of whoever answers it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from fairviz.analyses.review.request import Review
from fairviz.analyses.review.reviews import named
from fairviz.analyses.review.words import left_out
from fairviz.i18n import _, moment, ngettext
from fairviz.ui.plain import plain
from fairviz.ui.review import place


def head() -> Review | None:
    """The title of the page, and the review in its address if there is one."""
    name = st.query_params.get(place.REVIEW, "")
    review = place.reviews().load(name) if name else None
    st.title(_("Blind review"), anchor=False)
    if name and review is None:
        st.error(
            _(
                "**There is no review named {name} that can be read.**\n\nChoose one of those "
                "below, or make one.",
                name=plain(name),
            ),
            icon=":material/lightbulb:",
        )
    if review is None:
        st.markdown(
            _(
                "Pairs of stored texts, one pair at a time as A and B: whoever judges them does "
                "not know which model wrote which. The outcome is a number with its interval, and "
                "how far the judges agree."
            )
        )
    return review


def listed() -> None:
    """Every review, the newest first."""
    found = place.reviews().recent()
    st.header(_("Reviews on this machine"), anchor=False)
    if not found:
        st.caption(_("None yet."))
    for review in found:
        pairs = ngettext("{n} pair", "{n} pairs", len(review.items))
        people = ngettext("{n} reviewer", "{n} reviewers", len(review.logs))
        st.page_link(
            "pages/8_Blind_review.py",
            label=f"{plain(review.title)} · {pairs} · {people}",
            icon=":material/visibility_off:",
            query_params={place.REVIEW: review.name},
        )


def reviewer(review: Review) -> None:
    """Who is here: a new name, or one that goes on; or whoever only wants the result."""
    pairs = ngettext("{n} pair of texts", "{n} pairs of texts", len(review.items))
    st.header(plain(review.title), anchor=False)
    made = _("made {when}", when=moment(datetime.fromisoformat(review.date)))
    st.caption(" · ".join((pairs, made, *left_out(review.left_out))))
    st.markdown(
        _(
            "You see two texts that go on from the same prompt and say of each whether it is "
            "coherent and whether it is biased, then which is worse. Which model wrote which is "
            "told at the end. Every answer is kept at once: stop whenever you like, and come back "
            "with the same name."
        )
    )
    with st.form("who", border=False):
        typed = st.text_input(
            _("Your name, as the result shows it"),
            key="reviewer_name",
            max_chars=80,
            help=_("Any name will do. The same name goes on where it stopped."),
        )
        if st.form_submit_button(
            _("Begin, or go on"), type="primary", icon=":material/play_arrow:", key="begin"
        ):
            place.go(review.name, named(typed))
            st.rerun()
    _begun(review)
    st.button(_("All reviews"), key="all_reviews", icon=":material/arrow_back:", on_click=place.go)


def _begun(review: Review) -> None:
    if not review.logs:
        return
    st.header(_("Begun already"), anchor=False)
    for number, log in enumerate(review.logs):
        done = ngettext(
            "{done} of {n} pair",
            "{done} of {n} pairs",
            len(review.items),
            done=review.done(log),
        )
        ended = _("ended, opens the result") if log.finished else _("under way")
        st.button(
            f"{plain(log.reviewer)} · {done} · {ended}",
            key=f"go_on_{number}",
            icon=":material/history:",
            on_click=place.go,
            args=(review.name, log.reviewer),
        )
    if any(log.finished for log in review.logs):
        st.button(
            _("Show me the result; I do not judge"),
            key="only_result",
            icon=":material/visibility:",
            on_click=place.unblind,
            args=(review.name,),
            help=_("The result names the models. Whoever has seen it cannot judge blind."),
        )
