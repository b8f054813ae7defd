"""The outcome of a review, models named: as presented, and pair by pair where people differ."""

from __future__ import annotations

import math

import streamlit as st

from fairviz.analyses import store
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.review import export
from fairviz.analyses.review.request import OPTIONS, Review
from fairviz.analyses.review.result import Judged, Result, result, said, sides
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.review.words import ANSWERS, SIDES, TITLES, called
from fairviz.core.shortened import shortened
from fairviz.i18n import _, joined
from fairviz.metrics.traces import BOTH
from fairviz.ui import below, links, markup, render
from fairviz.ui.below import File, as_json
from fairviz.ui.markup import plain
from fairviz.ui.present import deck
from fairviz.ui.review import enter
from fairviz.ui.widgets import widget

_PAGE = 10


def draw(review: Review) -> None:
    """Everything that came out, and its files."""
    found = result(review)
    presented = ANALYSES["review"].present(review, audience="page")
    if not deck.on():
        st.header(_("Result of “{title}”", title=plain(called(review))), anchor=False)
        pairs = [f"{before} → {after}" for before, after in found.pairs]
        st.caption(_("**Models:** {pairs}", pairs=plain(joined(pairs))))
    render.finding(presented)
    render.pictures(presented)
    deck.alone()
    with st.expander(_("What the numbers allow to say")):
        render.sentences(presented)
    render.tables(presented.tables)
    _disagreements(found)
    render.limits(presented)
    _files(found)


def example() -> None:
    """What comes of a review, on the one that ships, until there is one on this machine.

    The result of a reader's own is not shown unasked: who has seen it cannot judge.
    """
    name = store.example("review")
    review = Reviews().load(name) if name else None
    if review is None:
        return
    presented = ANALYSES["review"].present(review, {}, audience="page")
    render.finding(presented)
    render.pictures(presented)
    deck.alone()
    links.link("Blind review", _("Open the example"), review=name)


def _files(found: Result) -> None:
    stem = f"fairviz-review-{found.review.name}"
    history = _("CSV: with every answer that was changed")
    below.downloads(
        File(_("JSON: everything"), f"{stem}.json", lambda: as_json(export.document(found))),
        File(_("CSV: one row an answer"), f"{stem}.csv", lambda: export.rows(found)),
        File(
            history, f"{stem}-history.csv", lambda: export.rows(found, history=True), key="history"
        ),
        link=_("Link to this review: whoever opens it can judge blind, or ask for the result."),
        without=enter.REVIEWER,
    )


def _disagreements(found: Result) -> None:
    differing = found.disagreements
    st.header(_("Where the reviewers disagree"), anchor=False)
    if not differing:
        st.caption(
            _("Nowhere: everybody gave the same answers.")
            if len(found.reviewers) > 1
            else _("Nowhere, for one person alone has judged.")
        )
        return
    pages = math.ceil(len(differing) / _PAGE)
    page = 1
    if pages > 1:
        page = int(
            st.number_input(**widget("disagreements_page", n=pages), max_value=pages, value=1)
        )
    bare = not found.review.sensitive or st.toggle(**widget("result_bare"))
    for judged in differing[(page - 1) * _PAGE : page * _PAGE]:
        _judged(judged, bare or not judged.item.sensitive)


def _judged(judged: Judged, bare: bool) -> None:
    item = judged.item
    about = joined([_(TITLES[name]) for name in judged.differ])
    shown = _("“{text}”", text=plain(shortened(item.prompt, 50))) if bare else item.id
    names = item.baseline, item.compressed
    titles = _("Baseline: {name}", name=names[0]), _("Compressed: {name}", name=names[1])
    asked = [(name, side) for name in OPTIONS for side in sides(name)]
    heads = [
        f"{_(TITLES[name])} {_(SIDES[side])}" if side else _(TITLES[name]) for name, side in asked
    ]
    rows = []
    for who, answer in judged.answers.items():
        typed = [answer.of("towards", side) for side in BOTH]
        remarks = [word for word in (*typed, answer.given.get("remark", "")) if word]
        words = [_(ANSWERS[said(answer, name, side)]) for name, side in asked]
        rows.append([who, *words, " · ".join(remarks)])
    with st.expander(f"{shown} · {plain(about)}"):
        markup.draw("prompt", text=item.prompt, blurred=not bare)
        for column, side, title, body in zip(
            st.columns(2, gap="medium"), BOTH, titles, item.texts, strict=True
        ):
            with column:
                markup.draw(
                    "text",
                    title=title,
                    text=body,
                    side=side,
                    blurred=not bare,
                    name=f"{item.id}-{side}",
                )
        markup.draw(
            "table",
            title=shortened(item.prompt),
            heads=[_("Reviewer"), *heads, _("Remarks")],
            rows=rows,
            name=f"answers-{item.id}",
        )


def back(review: Review) -> None:
    """The way to the other reviews, and out of this person's name."""
    with st.container(horizontal=True, gap="small"):
        if not enter.unblinded(review.name):
            st.button(**widget("back_to_review"), on_click=enter.go, args=(review.name,))
        st.button(_("All reviews"), key="all_reviews", on_click=enter.go)
