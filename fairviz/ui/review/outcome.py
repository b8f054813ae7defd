"""The outcome of a review, models named: what it allows to say, the numbers, the disagreements."""

from __future__ import annotations

import math

import streamlit as st

from fairviz.analyses.review.majority import Test
from fairviz.analyses.review.record import OPTIONS, Review
from fairviz.analyses.review.result import Judged, Result, result, said, sides
from fairviz.analyses.review.words import ANSWERS, SIDES, TITLES, alpha, reading
from fairviz.i18n import _, joined, ngettext, number
from fairviz.metrics.traces import BOTH
from fairviz.ui.plain import plain, shortened
from fairviz.ui.review import place, texts

_PAGE = 10


def draw(review: Review) -> None:
    """Everything that came out."""
    found = result(review)
    st.header(_("Result of {title}", title=plain(review.title)), anchor=False)
    pairs = [f"{before} → {after}" for before, after in found.pairs]
    st.markdown(_("**Models:** {pairs}", pairs=plain(joined(pairs))))
    st.markdown("\n".join(f"- {plain(line)}" for line in found.sentences()))
    _tests(found)
    _people(found)
    _agreement(found)
    _counts(found)
    _disagreements(found)
    st.header(_("What these numbers do not say"), anchor=False)
    st.markdown("\n".join(f"- {plain(line)}" for line in found.limits()))


def _tests(found: Result) -> None:
    title = _("Which text speaks against its model, pair by pair")
    st.header(title, anchor=False)
    heads = [
        _("Question"),
        _("Against the compressed model"),
        _("Against the baseline"),
        _("No difference"),
        _("Undecided"),
        _("Share against the compressed model"),
        _("95 % interval"),
        _("p, sign test"),
        _("p after Holm"),
    ]
    rows = [
        [
            _(TITLES[test.question]),
            *(str(n) for n in (test.compressed, test.baseline, test.same, test.open)),
            _share(test),
            _interval(test),
            _number(test.p),
            _number(test.p_holm),
        ]
        for test in found.tests
    ]
    texts.table(title, heads, rows, "tests")
    st.caption(
        _(
            "Each pair counts once, by the answer that most reviewers gave; undecided are pairs "
            "where no answer has more voices than the others, or most are unsure. Pairs without a "
            "difference and undecided ones are left out of the exact two-sided sign test. "
            "Interval: Clopper-Pearson. 50 % is no preference."
        )
    )


def _people(found: Result) -> None:
    title = _("Reviewer by reviewer")
    st.header(title, anchor=False)
    heads = [
        _("Reviewer"),
        _("Pairs answered"),
        _("Compressed model's text worse"),
        _("Baseline's text worse"),
        _("No difference"),
        _("Share compressed"),
        _("95 % interval"),
        _("How far"),
    ]
    rows = []
    for one in found.reviewers:
        own = one.preference
        state = _("ended") if one.finished else _("under way")
        if one.unreadable:
            torn = ngettext(
                "{n} torn line passed over", "{n} torn lines passed over", one.unreadable
            )
            state = f"{state}, {torn}"
        counts = [one.answered, own.compressed, own.baseline, own.same]
        rows.append([one.name, *map(str, counts), _share(own), _interval(own), state])
    texts.table(title, heads, rows, "people")


def _agreement(found: Result) -> None:
    title = _("How far the reviewers agree")
    st.header(title, anchor=False)
    heads = [
        _("Question"),
        _("Krippendorff's alpha"),
        _("Judged by two or more"),
        _("Answers to these"),
        _("What that allows"),
    ]
    rows = [
        [_(TITLES[one.question]), alpha(one), str(one.units), str(one.answers), reading(one)]
        for one in found.agreements
    ]
    texts.table(title, heads, rows, "agreement")
    st.caption(
        _(
            "Nominal alpha over all answers to the same text (coherent, biased) or the same pair "
            "(worse); what only one person answered is left out. 1 is full agreement, 0 what "
            "chance alone gives; Krippendorff asks for 0.8, and for 0.667 at the least."
        )
    )


def _counts(found: Result) -> None:
    title = _("Every answer, counted")
    with st.expander(title, icon=":material/table_rows:"):
        heads = [
            _("Question"),
            _("About which text"),
            _("Answer"),
            _("Answers"),
            _("Pairs by majority"),
        ]
        rows = [
            [
                _(TITLES[one.question]),
                _(SIDES[one.side]),
                _(ANSWERS[one.answer]),
                str(one.answers),
                str(one.items),
            ]
            for one in found.counts
        ]
        texts.table(title, heads, rows, "counts")


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


def _share(test: Test) -> str:
    return "–" if math.isnan(test.share) else number(test.share, ".0%")


def _interval(test: Test) -> str:
    if math.isnan(test.low):
        return "–"
    return _("{low:.0%} to {high:.0%}", low=test.low, high=test.high)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else number(value, ".4g")
