"""The way into a review: all of them, a new one, or one with the name of whoever answers it."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime

import streamlit as st

from fairviz.analyses.base import Stored
from fairviz.analyses.review.pairs import gather
from fairviz.analyses.review.request import Review
from fairviz.analyses.review.reviews import named
from fairviz.analyses.review.words import left_out
from fairviz.i18n import _, moment, ngettext
from fairviz.ui import device_queue, links
from fairviz.ui.markup import plain, shortened
from fairviz.ui.review import place
from fairviz.ui.widgets import paragraph, widget


def head() -> Review | None:
    """The title of the page, and the review in its address if there is one."""
    name = st.query_params.get(place.REVIEW, "")
    review = place.reviews().load(name) if name else None
    st.title(_("Blind review"), anchor=False)
    if name and review is None:
        st.error(paragraph("no_such_review", name=plain(name)), icon=":material/lightbulb:")
    if review is None:
        st.markdown(paragraph("about_review"))
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
        links.link(
            "Blind review", f"{plain(review.title)} · {pairs} · {people}", review=review.name
        )


def reviewer(review: Review) -> None:
    """Who is here: a new name, or one that goes on; or whoever only wants the result."""
    pairs = ngettext("{n} pair of texts", "{n} pairs of texts", len(review.items))
    st.header(plain(review.title), anchor=False)
    made = _("made {when}", when=moment(datetime.fromisoformat(review.date)))
    st.caption(" · ".join((pairs, made, *left_out(review.left_out))))
    st.markdown(paragraph("how_to_judge"))
    with st.form("who", border=False):
        typed = st.text_input(**widget("reviewer_name"))
        if st.form_submit_button(**widget("begin")):
            place.go(review.name, named(typed))
            st.rerun()
    _begun(review)
    st.button(**widget("all_reviews"), on_click=place.go)


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
            on_click=place.go,
            args=(review.name, log.reviewer),
        )
    if any(log.finished for log in review.logs):
        st.button(**widget("only_result"), on_click=place.unblind, args=(review.name,))


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
        made = place.reviews().make(title, found.items, left_out=found.left_out)
        place.go(made.name)
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
            key: f"{one.probe} · {one.source} · {one.baseline} → {one.compressed}"
            for key, one in asked.items()
        }
        return _several("review_outcomes", names)
    return [run.key for run in runs]


def _several(key: str, names: dict[str, str]) -> list[str]:
    return list(st.multiselect(**widget(key), options=list(names), format_func=names.__getitem__))


def _pair(run: Stored) -> str:
    asked = run.request
    return f"{asked.baseline} → {asked.compressed}"
