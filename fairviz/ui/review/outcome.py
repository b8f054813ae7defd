"""The outcome of a review, models named: what was found, and every pair on which people differ."""

from __future__ import annotations

import math

import streamlit as st

from fairviz.analyses.review.present import present
from fairviz.analyses.review.record import OPTIONS, Review
from fairviz.analyses.review.result import Judged, Result, result, said, sides
from fairviz.analyses.review.words import ANSWERS, SIDES, TITLES
from fairviz.i18n import _, joined
from fairviz.metrics.traces import BOTH
from fairviz.ui import render
from fairviz.ui.plain import plain, shortened
from fairviz.ui.review import place, texts

_PAGE = 10


def draw(review: Review) -> None:
    """Everything that came out."""
    shown = present(review, {}, "page")
    st.header(_("Result of {title}", title=plain(review.title)), anchor=False)
    pairs = [f"{before} → {after}" for before, after in result(review).pairs]
    st.markdown(_("**Models:** {pairs}", pairs=plain(joined(pairs))))
    render.findings(shown)
    render.tables(shown.tables)
    _disagreements(result(review))
    render.limits(shown)


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
            st.number_input(_("Page of {n}", n=pages), 1, pages, 1, key="disagreements_page")
        )
    bare = True
    if found.review.sensitive:
        bare = st.toggle(_("Show the texts, which may hurt"), key="result_bare")
    for one in differing[(page - 1) * _PAGE : page * _PAGE]:
        _judged(one, bare or not one.item.sensitive)


def _judged(one: Judged, bare: bool) -> None:
    about = joined([_(TITLES[name]) for name in one.differ])
    shown = _("“{text}”", text=plain(shortened(one.item.prompt, 50))) if bare else one.item.id
    label = f"{shown} · {plain(about)}"
    with st.expander(label):
        texts.prompt(one.item.prompt, blurred=not bare)
        names = one.item.baseline, one.item.compressed
        titles = _("Baseline: {name}", name=names[0]), _("Compressed: {name}", name=names[1])
        columns = st.columns(2, gap="medium")
        for column, side, title, body in zip(columns, BOTH, titles, one.item.texts, strict=True):
            with column:
                texts.text(title, body, side=side, blurred=not bare, name=f"{one.item.id}-{side}")
        asked = [(name, side) for name in OPTIONS for side in sides(name)]
        heads = [
            _("Reviewer"),
            *(
                f"{_(TITLES[name])} {_(SIDES[side])}" if side else _(TITLES[name])
                for name, side in asked
            ),
            _("Remarks"),
        ]
        rows = []
        for who, answer in one.answers.items():
            typed = [answer.of("towards", side) for side in BOTH]
            remarks = [word for word in (*typed, answer.given.get("remark", "")) if word]
            words = [_(ANSWERS[said(answer, name, side)]) for name, side in asked]
            rows.append([who, *words, " · ".join(remarks)])
        texts.table(shortened(one.item.prompt), heads, rows, f"answers-{one.item.id}")


def back(review: Review) -> None:
    """The way to the other reviews, and out of this person's name."""
    with st.container(horizontal=True, gap="small"):
        if not place.unblinded(review.name):
            st.button(
                _("Back to this review"),
                key="back_to_review",
                icon=":material/arrow_back:",
                on_click=place.go,
                args=(review.name,),
            )
        st.button(_("All reviews"), key="all_reviews", on_click=place.go)
