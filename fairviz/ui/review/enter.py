"""The way into a review: all of them, a new one, or one under the name of whoever answers it."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime

import streamlit as st

from fairviz.analyses.base import Stored
from fairviz.analyses.review.pairs import gather
from fairviz.analyses.review.request import Review
from fairviz.analyses.review.reviews import Closed, Reviews, named
from fairviz.analyses.review.words import left_out
from fairviz.analyses.store import is_example
from fairviz.core.shortened import middle, shortened
from fairviz.i18n import _, moment, ngettext
from fairviz.ui import address, device_queue, links
from fairviz.ui.markup import plain
from fairviz.ui.widgets import paragraph, widget

# The address names the review and the person, and nothing that tells a model.
REVIEW, REVIEWER = "review", "reviewer"
_AT, _SEEN, _ENDED = "_review_at", "_review_unblinded", "_review_ended"


def reviewer() -> str:
    """Who answers; empty where nobody has said."""
    typed = st.query_params.get(REVIEWER, "")
    return named(typed) if typed.strip() else ""


def go(review: str = "", who: str = "") -> None:
    """Turn to a review, to one person's part of it, or, with neither, to all reviews."""
    address.put(REVIEW, review)
    address.put(REVIEWER, who)
    st.session_state.pop(_AT, None)


def at(review: Review, first: int) -> int:
    """The place of the pair that is shown; `first` when the person has just come."""
    place = int(st.session_state.setdefault(_AT, first))
    return min(max(place, 0), len(review.items) - 1)


def turn(place: int) -> None:
    """Show the pair at another place."""
    st.session_state[_AT] = place


def unblind(review: str) -> None:
    """Remember that this viewer has seen the result without answering."""
    st.session_state[_SEEN] = {*st.session_state.get(_SEEN, ()), review}


def unblinded(review: str) -> bool:
    """Whether this viewer has seen the result without answering."""
    return review in st.session_state.get(_SEEN, ())


def ended(review: str, who: str) -> None:
    """Remember that this person has ended their review here, so that it is their result."""
    st.session_state[_ENDED] = {*st.session_state.get(_ENDED, ()), (review, who)}


def sees_result(review: Review, who: str) -> bool:
    """Whether the result may be shown: to whoever has ended, or does not judge at all.

    Raises:
        Closed: If somebody who has seen the result would judge.
    """
    if is_example(review.name):
        return True
    if who:
        if Reviews().answers(review, who).finished:
            # Anyone may open the result of a person who has ended, and then cannot judge.
            if (review.name, who) not in st.session_state.get(_ENDED, ()):
                unblind(review.name)
            return True
        if unblinded(review.name):
            raise Closed(
                _("You have seen the result of this review, so you cannot judge it blind."),
                fix=_("Leave it to somebody else, in a browser of their own."),
            )
        return False
    return unblinded(review.name)


def head() -> Review | None:
    """The title of the page, and the review in its address if there is one."""
    name = st.query_params.get(REVIEW, "")
    review = Reviews().load(name) if name else None
    st.title(_("Blind review"), anchor=False)
    if name and review is None:
        st.error(paragraph("no_such_review", name=plain(name)), icon=":material/lightbulb:")
    if review is None:
        st.markdown(paragraph("about_review"))
    return review


def listed() -> bool:
    """Every review, the newest first; whether there are any."""
    found = Reviews().recent()
    if found:
        st.header(_("Reviews on this machine"), anchor=False)
    for review in found:
        pairs = ngettext("{n} pair", "{n} pairs", len(review.items))
        people = ngettext("{n} reviewer", "{n} reviewers", len(review.logs))
        links.link(
            "Blind review", f"{plain(review.title)} · {pairs} · {people}", review=review.name
        )
    return bool(found)


def ask_name(review: Review) -> None:
    """Who is here: a new name, or one that goes on; or whoever only wants the result."""
    pairs = ngettext("{n} pair of texts", "{n} pairs of texts", len(review.items))
    st.header(plain(review.title), anchor=False)
    made = _("made {when}", when=moment(datetime.fromisoformat(review.date)))
    st.caption(" · ".join((pairs, made, *left_out(review.left_out))))
    st.markdown(paragraph("how_to_judge"))
    with st.form("who", border=False):
        typed = st.text_input(**widget("reviewer_name"))
        if st.form_submit_button(**widget("begin")):
            go(review.name, named(typed))
            st.rerun()
    _begun(review)
    st.button(**widget("all_reviews"), on_click=go)


def _begun(review: Review) -> None:
    if not review.logs:
        return
    st.header(_("Begun already"), anchor=False)
    for number, log in enumerate(review.logs):
        n, answered = len(review.items), review.done(log)
        done = ngettext("{done} of {n} pair", "{done} of {n} pairs", n, done=answered)
        ended = _("ended, opens the result") if log.finished else _("under way")
        st.button(
            f"{plain(log.reviewer)} · {done} · {ended}",
            key=f"go_on_{number}",
            icon=":material/history:",
            on_click=go,
            args=(review.name, log.reviewer),
        )
    if any(log.finished for log in review.logs):
        st.button(**widget("only_result"), on_click=unblind, args=(review.name,))


_RECENT = 20


def make() -> None:
    """Choose the pairs and keep the review; whoever does that sees the models' names."""
    if not st.toggle(**widget("review_make")):
        return
    st.caption(paragraph("names_models"))
    keys = _keys(device_queue.store().recent("comparison", sys.maxsize))
    title = st.text_input(**widget("review_title"))
    most = st.number_input(**widget("review_most"), value=0)
    sensitive = st.checkbox(**widget("review_sensitive"))
    if st.button(**widget("make_review")):
        found = gather(keys, store=device_queue.store(), most=int(most), sensitive=bool(sensitive))
        made = Reviews().make(title, found.items, left_out=found.left_out)
        go(made.name)
        st.rerun()
    st.caption(ngettext("{n} run is chosen.", "{n} runs are chosen.", len(keys)))


def _keys(runs: list[Stored]) -> list[str]:
    words = widget("review_way")
    ways = words.pop("choices")
    way = st.segmented_control(
        **words, options=list(ways), default="all", format_func=lambda way: _(ways[way])
    )
    if way == "recent":
        return [run.key for run in runs[:_RECENT]]
    if way == "pair":
        counts = Counter(_pair(run) for run in runs)
        pair = st.selectbox(
            **widget("review_pair"),
            options=list(counts),
            format_func=lambda pair: f"{pair} ({counts[pair]})",
        )
        return [run.key for run in runs if _pair(run) == pair]
    if way == "chosen":
        names = {run.key: f"{shortened(run.request.prompt, 50)} · {_pair(run)}" for run in runs}
        return _several("review_keys_chosen", names)
    if way == "samples":
        kept = device_queue.store().recent("probe", sys.maxsize)
        asked = {one.key: one.request for one in kept}
        names = {
            key: f"{one.probe} · {one.source} · {middle(one.baseline)} → {middle(one.compressed)}"
            for key, one in asked.items()
        }
        return _several("review_outcomes", names)
    return [run.key for run in runs]


def _several(key: str, names: dict[str, str]) -> list[str]:
    return list(st.multiselect(**widget(key), options=list(names), format_func=names.__getitem__))


def _pair(run: Stored) -> str:
    asked = run.request
    return f"{middle(asked.baseline)} → {middle(asked.compressed)}"
